import { OpenAPIHandler } from '@orpc/openapi/fetch';
import { traverseContractProcedures } from '@orpc/server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { apiPrefix, contract } from '../contract/contract.ts';
import { largestDeploy } from '../contract/deploys.ts';
import { DliError, errorCatalogue } from '../contract/errors.ts';
import type { Access, Identity } from './access.ts';
import { checkRole, roleOf } from './admission.ts';
import { bodyOfOrpcError, errorBody, type ReportBug, toDliError, toOrpcError } from './error-answer.ts';
import type { Metrics } from './metrics.ts';
import { createOpenapi, type OpenapiDocument } from './openapi.ts';
import { renderReference } from './reference-page.ts';
import type { createRouter, RequestContext } from './router.ts';
import { type OwnHosts, refuseForeign } from './same-host.ts';
import { sendStreams } from './sent-events.ts';

/** The largest request body, in bytes: a spec and its SQL files fit with room to spare. A deploy holds those of a project. */
const largestBody = 4 * 1024 * 1024;
const deployPath = `${apiPrefix}/workflows/deploy`;
const longestKey = 200;

/** What the app needs besides its routes. */
export interface AppOptions {
  readonly reportBug: ReportBug;
  readonly metrics: Metrics;
  readonly access: Access;
  /** By which names the server is reached. @default this machine's own */
  readonly own?: OwnHosts;
  /** How often a stream shows that its connection lives. @default 5000 */
  readonly heartbeatMs?: number;
}

/** What the server knows of a request's connection. */
interface Peer {
  /** @default unknown, as one address */
  readonly remoteAddress?: string | undefined;
}

interface AppEnv {
  readonly Bindings: Peer;
  readonly Variables: { identity: Identity | typeof nobody };
}

/** Builds the HTTP app: the contract's routes, and an answer of the catalogue for everything else. */
export function createApp(
  router: ReturnType<typeof createRouter>,
  { reportBug, metrics, access, own = { host: 'localhost' }, heartbeatMs = 5_000 }: AppOptions,
): Hono<AppEnv> {
  const handler = createHandler(router, { reportBug, heartbeatMs });
  const identify = (headers: Headers, peer: Peer | undefined) =>
    access.identify({ headers, remoteAddress: peer?.remoteAddress ?? 'unknown' });
  const app = new Hono<AppEnv>();
  app.use(async (context, next) => {
    const refused = refuseForeign(context.req.raw, own);
    return refused ? answer(refused) : next();
  });
  // Before the body is read: nobody who may do nothing shall make the server read megabytes.
  app.use(`${apiPrefix}/*`, async (context, next) => {
    const identity = identify(context.req.raw.headers, context.env);
    if ('error' in identity && !openPaths.has(context.req.path)) return answer(identity.error, identity.headers);
    context.set('identity', 'error' in identity ? nobody : identity);
    return next();
  });
  app.post(deployPath, async (context, next) => {
    const refused = refusalOf(() => checkRole(['workflow', 'deploy'], context.get('identity')));
    return refused ? answer(refused) : next();
  });
  const [limit, deployLimit] = [limitBody(largestBody), limitBody(largestDeploy)];
  app.use((context, next) => (context.req.path === deployPath ? deployLimit : limit)(context, next));
  app.use(`${apiPrefix}/*`, async (context) => {
    const { method, path } = context.req;
    if (ownPaths.get(path)?.includes(method) === false) return answerNoRoute(method, path);
    const refused = await refuseBody(context.req.raw);
    if (refused) return answer(refused);
    const { matched, response } = await handler.handle(context.req.raw, {
      prefix: apiPrefix,
      context: requestContext(context.req.raw.headers, context.get('identity')),
    });
    return matched ? response : answerNoRoute(method, path);
  });
  addReference(app);
  app.get('/metrics', async (context) => {
    const identity = identify(context.req.raw.headers, context.env);
    if ('error' in identity) return answer(identity.error, identity.headers);
    const { contentType, text } = await metrics.write();
    return new Response(text, { headers: { 'content-type': contentType } });
  });
  app.notFound((context) => answerNoRoute(context.req.method, context.req.path));
  app.onError((error) => answer(toDliError(error, reportBug)));
  return app;
}

function createHandler(
  router: ReturnType<typeof createRouter>,
  { reportBug, heartbeatMs }: { readonly reportBug: ReportBug; readonly heartbeatMs: number },
) {
  return new OpenAPIHandler(router, {
    interceptors: [sendStreams({ heartbeatMs, reportBug })],
    clientInterceptors: [
      async ({ next, path, context }) => {
        try {
          checkRole(path, { actor: context.caller.actor, role: context.role });
          return await next();
        } catch (error) {
          throw toOrpcError(toDliError(error, reportBug));
        }
      },
    ],
    customErrorResponseBodyEncoder: bodyOfOrpcError,
  });
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

function answer(error: DliError, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(errorBody(error), { status: errorCatalogue[error.code].status, headers });
}

/** Somebody without a token, at what needs none. */
const nobody = { actor: 'anonymous', role: undefined, isStillGood: () => true };

function requestContext(headers: Headers, identity: Identity | typeof nobody): RequestContext {
  const { actor, role, isStillGood } = identity;
  const key = headers.get('idempotency-key') ?? undefined;
  if (key !== undefined && (key === '' || key.length > longestKey)) {
    throw new DliError('DLI-400', `An Idempotency-Key has 1 to ${longestKey} characters`);
  }
  return { caller: { actor, idempotencyKey: key }, role, stream: { isStillGood } };
}

/** A body that would be ignored is refused, so that nobody believes that it counted. */
async function refuseBody(request: Request): Promise<DliError | undefined> {
  if (request.body === null || request.method === 'GET' || request.method === 'HEAD') return undefined;
  const text = await request.clone().text();
  if (text === '') return undefined;
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    return new DliError('DLI-400', 'The body is not declared as JSON', {
      hints: ['Send Content-Type: application/json'],
    });
  }
  return refuseJson(text, pathFields(request));
}

/** Refuses what the schemas would not see: no JSON, no object, a field that the path gives, a name that objects inherit. */
function refuseJson(text: string, taken: readonly string[]): DliError | undefined {
  let value: unknown;
  let inherited = false;
  try {
    value = JSON.parse(text, (key, part: unknown) => {
      inherited ||= key === '__proto__';
      return part;
    });
  } catch (cause) {
    // Anything else than bad syntax is V8's stack, which the nesting has used up.
    const why = cause instanceof SyntaxError ? cause.message : 'it nests too deeply';
    return new DliError('DLI-400', `The request body is not valid JSON: ${why}`, {
      hints: ['Send a JSON object'],
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new DliError('DLI-400', 'The body is not a JSON object', {
      hints: ['Send an object, such as {"params": {}}'],
    });
  }
  const field = inherited ? '__proto__' : taken.find((name) => Object.hasOwn(value, name));
  if (field === undefined) return undefined;
  return new DliError('DLI-400', `Malformed request: unknown field '${field}' in the body`, {
    hints: taken.length === 0 ? [] : [`The path gives: ${taken.join(', ')}`],
  });
}

function limitBody(maxSize: number): ReturnType<typeof bodyLimit> {
  const tooLarge = new DliError('DLI-413', `The request body has more than ${maxSize} bytes`, {
    hints: ['A spec with its SQL files has at most 1 MiB a file'],
  });
  return bodyLimit({ maxSize, onError: () => answer(tooLarge) });
}

function refusalOf(check: () => void): DliError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof DliError) return error;
    throw error;
  }
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly fields: readonly string[];
  readonly operation: readonly string[];
}

const routes = (() => {
  const known: Route[] = [];
  traverseContractProcedures({ router: contract, path: [] }, ({ contract: procedure, path: operation }) => {
    const { method = 'POST', path = '' } = procedure['~orpc'].route;
    const pattern = new RegExp(`^${apiPrefix}${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
    known.push({
      method,
      path: `${apiPrefix}${path}`,
      pattern,
      operation,
      fields: [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name),
    });
  });
  return known;
})();

/** Where no token is needed. */
const openPaths: ReadonlySet<string> = new Set(
  routes.filter(({ operation }) => roleOf(operation) === 'none').map(({ path }) => path),
);

/** The methods of paths without a field: `/workflows/sync` is no workflow that is called so, whatever the method. */
const ownPaths = ((): ReadonlyMap<string, readonly string[]> => {
  const own = new Map<string, string[]>();
  for (const { method, path, fields } of routes) {
    if (fields.length === 0) own.set(path, [...(own.get(path) ?? []), method]);
  }
  return own;
})();

/** The fields that a request's path gives. */
function pathFields({ method, url }: Request): readonly string[] {
  const path = new URL(url).pathname;
  return routes.find((route) => route.method === method && route.pattern.test(path))?.fields ?? [];
}

function answerNoRoute(method: string, path: string): Response {
  const matching = routes.filter(({ pattern }) => pattern.test(path)).map((route) => route.method);
  const allowed = (ownPaths.get(path) ?? [...new Set(matching)]).join(', ');
  if (allowed !== '') {
    const hints = [`Allowed: ${allowed}`];
    return answer(new DliError('DLI-405', `${method} is not allowed on ${path}`, { hints }), { allow: allowed });
  }
  return answer(
    new DliError('DLI-404', `There is no route ${method} ${path}`, { hints: [`The API lives under ${apiPrefix}`] }),
  );
}
