/**
 * Answers requests to the API, whatever brought them: who sends it and whether it may come from there, its body, the
 * contract's route, and an answer of the catalogue for everything else.
 */
import { StandardOpenAPIHandler } from '@orpc/openapi/standard';
import type { StandardHandleResult } from '@orpc/server/standard';
import { apiPrefix } from '../contract/contract.ts';
import { largestDeploy } from '../contract/deploys.ts';
import { DliError, errorCatalogue } from '../contract/errors.ts';
import type { Access, Identity } from './access.ts';
import { checkRole } from './admission.ts';
import { type ApiRequest, type HeaderSource, headerSource } from './api-request.ts';
import { methodsOf, openPaths, ownPaths, pathFields } from './api-routes.ts';
import { bodyOfOrpcError, errorBody, type ReportBug, toDliError, toOrpcError } from './error-answer.ts';
import { largestBody, readJsonBody } from './request-body.ts';
import type { createRouter, RequestContext } from './router.ts';
import { type OwnHosts, refuseForeign } from './same-host.ts';
import { sendStreams } from './sent-events.ts';

const longestKey = 200;
/** It may be large, so who may not do it is refused before it is read. */
const deployPath = `${apiPrefix}/workflows/deploy`;

/** What answers need besides the routes. */
export interface ApiOptions {
  readonly reportBug: ReportBug;
  readonly access: Access;
  /** By which names the server is reached. @default this machine's own */
  readonly own?: OwnHosts;
  /** How often a stream shows that its connection lives. @default 5000 */
  readonly heartbeatMs?: number;
}

/** An answer: its body is a stream, or is sent as JSON; undefined for none. */
export type ApiAnswer = NonNullable<StandardHandleResult['response']>;

/** Answers one request; every error is an answer. */
export type Api = (request: ApiRequest) => Promise<ApiAnswer>;

/** Builds what answers the contract's routes. */
export function createApi(router: ReturnType<typeof createRouter>, options: ApiOptions): Api {
  const { reportBug, heartbeatMs = 5_000 } = options;
  const handler = createHandler(router, { reportBug, heartbeatMs });
  return async (request) => {
    try {
      return await handle(request, { handler, options });
    } catch (error) {
      return answerError(toDliError(error, reportBug));
    }
  };
}

type Handler = ReturnType<typeof createHandler>;

function createHandler(
  router: ReturnType<typeof createRouter>,
  { reportBug, heartbeatMs }: { readonly reportBug: ReportBug; readonly heartbeatMs: number },
) {
  return new StandardOpenAPIHandler(router, {
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

async function handle(
  request: ApiRequest,
  { handler, options }: { readonly handler: Handler; readonly options: ApiOptions },
): Promise<ApiAnswer> {
  const { access, own = { host: 'localhost' } } = options;
  const { method, url, signal, remoteAddress = 'unknown' } = request;
  const path = url.pathname;
  const headers = headerSource(request.headers);
  const foreign = refuseForeign({ method, headers }, own);
  if (foreign) return answerError(foreign);
  // Before the body is read: nobody who may do nothing shall make the server read megabytes.
  const identity = access.identify({ headers, remoteAddress });
  if ('error' in identity && !openPaths.has(path)) return answerError(identity.error, identity.headers);
  const sender = 'error' in identity ? nobody : identity;
  const isDeploy = method === 'POST' && path === deployPath;
  if (isDeploy) checkRole(['workflow', 'deploy'], sender);
  if (ownPaths.get(path)?.includes(method) === false) return answerNoRoute(method, path);
  const contentType = headers.get('content-type');
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const text = hasBody ? await request.readText(isDeploy ? largestDeploy : largestBody) : '';
  const body = readJsonBody(text, { contentType, taken: pathFields(method, path) });
  if ('refused' in body) return answerError(body.refused);
  const context = requestContext(headers, sender);
  const { response } = await handler.handle(
    { method, url, headers: request.headers, signal, body: async () => body.value },
    { prefix: apiPrefix, context },
  );
  return response ?? answerNoRoute(method, path);
}

/** Somebody without a token, at what needs none. */
const nobody = { actor: 'anonymous', role: undefined, isStillGood: () => true };

function requestContext(headers: HeaderSource, identity: Identity | typeof nobody): RequestContext {
  const { actor, role, isStillGood } = identity;
  const key = headers.get('idempotency-key') ?? undefined;
  if (key !== undefined && (key === '' || key.length > longestKey)) {
    throw new DliError('DLI-400', `An Idempotency-Key has 1 to ${longestKey} characters`);
  }
  return { caller: { actor, idempotencyKey: key }, role, stream: { isStillGood } };
}

/** Answers with an error of the catalogue. */
export function answerError(error: DliError, headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return { status: errorCatalogue[error.code].status, headers: { ...headers }, body: errorBody(error) };
}

/** Answers what no route is for: the methods that the path has, if it has any. */
export function answerNoRoute(method: string, path: string): ApiAnswer {
  const allowed = methodsOf(path).join(', ');
  if (allowed !== '') {
    const hints = [`Allowed: ${allowed}`];
    return answerError(new DliError('DLI-405', `${method} is not allowed on ${path}`, { hints }), { allow: allowed });
  }
  return answerError(
    new DliError('DLI-404', `There is no route ${method} ${path}`, { hints: [`The API lives under ${apiPrefix}`] }),
  );
}
