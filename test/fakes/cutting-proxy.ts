import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy that ends connections in the middle of what the server sends. */
export interface CuttingProxy {
  readonly url: string;
  /** How many connections it has cut. */
  readonly cuts: () => number;
  readonly close: () => Promise<void>;
}

/**
 * Passes bytes between its clients and the server at `target`, and cuts a connection after as many bytes of the server as
 * `cutAfter` says for it: bytes and not time, so that a connection breaks at the same place each time. Undefined: never.
 */
export async function startCuttingProxy(
  target: string,
  cutAfter: (cuts: number) => number | undefined,
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      // A cut connection is what this is for.
      socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    }
    client.pipe(upstream);
    client.on('close', () => upstream.destroy());
    let left = cutAfter(cuts) ?? Number.POSITIVE_INFINITY;
    upstream.on('data', (bytes: Buffer) => {
      if (bytes.length < left) {
        left -= bytes.length;
        if (client.write(bytes)) return;
        upstream.pause();
        client.once('drain', () => upstream.resume());
        return;
      }
      cuts += 1;
      upstream.removeAllListeners('data').destroy();
      client.end(bytes.subarray(0, left));
    });
    upstream.on('end', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is an AddressInfo once it listens.
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    cuts: () => cuts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
