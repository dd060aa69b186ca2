import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createWebServer } from '../../src/server/web-server.ts';
import type { Api } from './api.ts';

/** Serves an app over HTTP on a free port, as `server/start.ts` does, until the test is over. */
export async function serve(api: Api): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createWebServer(api, { tls: undefined, ready: Promise.resolve() });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  // A TCP server's address is an AddressInfo once it listens.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server };
}
