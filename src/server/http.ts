import { Hono } from 'hono';
import { apiPrefix } from '../contract/contract.ts';
import type { Access } from './access.ts';
import { type Api, type ApiAnswer, answerError, answerNoRoute } from './api.ts';
import { type ReportBug, toDliError } from './error-answer.ts';
import type { Metrics } from './metrics.ts';
import { createOpenapi, type OpenapiDocument } from './openapi.ts';
import { renderReference } from './reference-page.ts';
import { tooLarge } from './request-body.ts';
import { type OwnHosts, refuseForeign } from './same-host.ts';

/** What the app needs besides the API. */
export interface AppOptions {
  readonly reportBug: ReportBug;
  readonly metrics: Metrics;
  readonly access: Access;
  /** By which names the server is reached. @default this machine's own */
  readonly own?: OwnHosts;
}

/** What the server knows of a request's connection. */
interface Peer {
  /** @default unknown, as one address */
  readonly remoteAddress?: string | undefined;
}

interface AppEnv {
  readonly Bindings: Peer;
}

/** Builds the HTTP app: the API, the contract for programs and people, metrics, and an answer of the catalogue for everything else. */
export function createApp(
  api: Api,
  { reportBug, metrics, access, own = { host: 'localhost' } }: AppOptions,
): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(`${apiPrefix}/*`, async (context) => {
    const request = context.req.raw;
    const answer = await api({
      method: request.method,
      url: new URL(request.url),
      headers: Object.fromEntries(request.headers),
      remoteAddress: context.env?.remoteAddress,
      signal: request.signal,
      readText: (largest) => readText(request, largest),
    });
    return toResponse(answer);
  });
  app.use(async (context, next) => {
    const refused = refuseForeign(context.req.raw, own);
    return refused ? toResponse(answerError(refused)) : next();
  });
  addReference(app);
  app.get('/metrics', async (context) => {
    const { headers } = context.req.raw;
    const identity = access.identify({ headers, remoteAddress: context.env?.remoteAddress ?? 'unknown' });
    if ('error' in identity) return toResponse(answerError(identity.error, identity.headers));
    const { contentType, text } = await metrics.write();
    return new Response(text, { headers: { 'content-type': contentType } });
  });
  app.notFound((context) => toResponse(answerNoRoute(context.req.method, context.req.path)));
  app.onError((error) => toResponse(answerError(toDliError(error, reportBug))));
  return app;
}

/** The contract for programs and for people. It never changes while the server runs, so it is written once, when it is asked for. */
function addReference(app: Hono<AppEnv>): void {
  let document: Promise<OpenapiDocument> | undefined;
  const written = () => {
    document ??= createOpenapi();
    return document;
  };
  app.get('/openapi.json', async (context) => context.json(await written()));
  app.get('/docs', async (context) => context.html(renderReference(await written())));
}

function toResponse({ status, headers, body }: ApiAnswer): Response {
  const sent = new Headers(
    Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one ?? ''] as const)),
  );
  return body instanceof ReadableStream
    ? new Response(body, { status, headers: sent })
    : Response.json(body, { status, headers: sent });
}

/** Reads a body, but no more than it may have. @throws DLI-413 */
async function readText(request: Request, largest: number): Promise<string> {
  if (Number(request.headers.get('content-length')) > largest) throw tooLarge(largest);
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > largest) throw tooLarge(largest);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
