import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DliError } from '../contract/errors.ts';

/** How long a closing server waits for answers under way before it cuts their connections. */
const closeGraceMs = 1_000;

/** Listens and tells the port, which the system chose for port 0. @throws DLI-503 when it is taken, DLI-504 for an address that this machine lacks */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      reject(
        new DliError(
          taken ? 'DLI-503' : 'DLI-504',
          taken ? `Port ${port} on ${host} is taken` : `Cannot listen on ${host}:${port}: ${cause.message}`,
          {
            hints: ['Give another port: dli server start --port 8082'],
            cause,
          },
        ),
      );
    });
    // A TCP server's address is an AddressInfo once it listens.
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Stops listening and waits for answers under way, for a while. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), closeGraceMs).unref();
  });
}
