import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import type { createApp } from './http.ts';
import type { TlsFiles } from './tls.ts';

/** Makes the server of an app, of HTTPS where there is a certificate. Requests that come before `ready` wait for it. */
export function createWebServer(
  app: ReturnType<typeof createApp>,
  { tls, ready }: { readonly tls: TlsFiles | undefined; readonly ready: Promise<void> },
): Server {
  const listener = getRequestListener((request, { incoming }) => {
    const { remoteAddress } = incoming.socket;
    return ready.then(() => app.fetch(request, { remoteAddress }));
  });
  return tls ? createTlsServer(tls, listener) : createServer(listener);
}
