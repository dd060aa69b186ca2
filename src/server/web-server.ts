import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import { apiPrefix } from '../contract/contract.ts';
import { DliError } from '../contract/errors.ts';
import type { Api, ApiAnswer } from './api.ts';
import type { createApp } from './http.ts';
import type { TlsFiles } from './tls.ts';

/** What answers: the API alone, and the app around it. */
interface Answering {
  readonly api: Api;
  readonly app: ReturnType<typeof createApp>;
}

/** A larger body comes through the app, which reads it piece by piece. In bytes. */
const smallBody = 64 * 1024;

/**
 * Makes the server, of HTTPS where there is a certificate. Requests that come before `ready` wait for it. Changes with a small
 * body go straight to the API: making web requests and responses of them costs more than all that they do.
 */
export function createWebServer(
  { api, app }: Answering,
  { tls, ready }: { readonly tls: TlsFiles | undefined; readonly ready: Promise<void> },
): Server {
  const throughApp = getRequestListener((request, { incoming }) => {
    const { remoteAddress } = incoming.socket;
    return ready.then(() => app.fetch(request, { remoteAddress }));
  });
  const listener: RequestListener = (incoming, outgoing) => {
    if (!isSmallChange(incoming)) void throughApp(incoming, outgoing);
    else ready.then(() => answerDirectly(api, incoming, outgoing)).catch((error: Error) => outgoing.destroy(error));
  };
  return tls ? createTlsServer(tls, listener) : createServer(listener);
}

/** Tells whether the answer is no stream and the body is small, with a length that is known. */
function isSmallChange({ method, url, headers }: IncomingMessage): boolean {
  if (method === 'GET' || method === 'HEAD' || !url?.startsWith(`${apiPrefix}/`)) return false;
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= smallBody;
}

async function answerDirectly(api: Api, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = '', url = '', headers, socket } = incoming;
  const answer = await api({
    method,
    // Only the path and the query count.
    url: new URL(`http://localhost${url}`),
    headers,
    remoteAddress: socket.remoteAddress,
    readText: () => readText(incoming),
  });
  send(answer, outgoing);
}

function send({ status, headers, body }: ApiAnswer, outgoing: ServerResponse): void {
  // A text and not its bytes: Node sends it in one piece with the headers.
  const text = JSON.stringify(body);
  outgoing
    .writeHead(status, { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

function readText(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    // Nobody is left to be told; only what waits for the body is.
    const giveUp = (cause?: Error) => {
      if (!incoming.readableEnded) reject(new DliError('DLI-400', 'The connection ended within the body', { cause }));
    };
    if (incoming.destroyed) giveUp();
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => resolve(Buffer.concat(chunks).toString()));
    incoming.once('error', giveUp);
    incoming.once('close', giveUp);
  });
}
