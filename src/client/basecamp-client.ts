import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { apiPrefix, contract } from '../contract/contract.ts';
import { DliError } from '../contract/errors.ts';
import { errorFromAnswer } from './answer-errors.ts';
import { fetchFromBasecamp } from './basecamp-fetch.ts';
import { newIdempotencyKey } from './idempotency-key.ts';
import { repeatDropped } from './repeat-dropped.ts';

/** What a call may say besides its input: `client.workflow.run(input, { signal, context: { idempotencyKey } })`. */
interface CallContext {
  /** The same key within 24 hours gives the first answer again. @default a new random key for every call */
  readonly idempotencyKey?: string;
}

/** Where the server is and who calls. */
export interface ClientOptions {
  /** The server's URL, such as `http://127.0.0.1:8081`. */
  readonly url: string;
  /** The token that is sent as bearer. @default none */
  readonly apiKey?: string | undefined;
  /** Who acts, as events name it; a server that requires tokens goes by the token instead. @default none */
  readonly actor?: string | undefined;
  /** @default the global fetch */
  readonly fetch?: typeof fetch | undefined;
}

type Calls = ContractRouterClient<typeof contract, CallContext>;

/**
 * The typed client of a Basecamp server: one method per operation, grouped by noun. Every method takes an
 * `AbortSignal` as `{ signal }` and throws a {@link DliError} with the server's code, or `DLI-501` when it cannot be reached.
 */
export class BasecampClient {
  readonly url: string;
  readonly workflow: Calls['workflow'];
  readonly backfill: Calls['backfill'];
  readonly events: Calls['events'];
  readonly system: Calls['system'];

  /** @throws DLI-400 when `url` is not an HTTP address */
  constructor({ url, apiKey, actor, fetch: send = globalThis.fetch }: ClientOptions) {
    this.url = checkedUrl(url);
    const headers = {
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      // A header holds ASCII only and names of people do not.
      ...(actor === undefined ? {} : { 'x-dli-actor': encodeURIComponent(actor) }),
    };
    const link = new OpenAPILink<CallContext>(contract, {
      url: `${this.url}${apiPrefix}`,
      headers,
      fetch: fetchFromBasecamp(this.url, send),
      customErrorResponseBodyDecoder: (body, { status }) => {
        throw errorFromAnswer(body, { url: this.url, status });
      },
      interceptors: [
        // The key is made here, outside the repetition, so that every repetition carries the same one.
        ({ next, ...call }) => {
          const context = { idempotencyKey: newIdempotencyKey(), ...call.context };
          return repeatDropped(() => next({ ...call, context }), { url: this.url, signal: call.signal });
        },
      ],
      clientInterceptors: [
        ({ next, ...call }) => {
          if (call.request.method === 'GET' || isDryRun(call.input)) return next(call);
          const headers = { ...call.request.headers, 'idempotency-key': call.context.idempotencyKey };
          return next({ ...call, request: { ...call.request, headers } });
        },
      ],
    });
    const calls: Calls = createORPCClient(link);
    this.workflow = calls.workflow;
    this.backfill = calls.backfill;
    this.events = calls.events;
    this.system = calls.system;
  }
}

function isDryRun(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'dry_run' in input && input.dry_run === true;
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href.replace(/\/+$/, '');
  throw new DliError('DLI-400', `'${text}' is not a server address`, {
    hints: ['write it like http://127.0.0.1:8081'],
  });
}
