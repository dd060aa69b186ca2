import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '../contract/contract.ts';
import { DliError } from '../contract/errors.ts';
import { fetchTransport } from './fetch-transport.ts';
import { type CallContext, createLink } from './link.ts';
import type { Transport } from './transport.ts';

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
  /** Sends requests instead of `fetch`. @default fetch */
  readonly transport?: Transport | undefined;
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
  constructor({ url, apiKey, actor, fetch: send, transport }: ClientOptions) {
    this.url = checkedUrl(url);
    const headers = {
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      // A header holds ASCII only and names of people do not.
      ...(actor === undefined ? {} : { 'x-dli-actor': encodeURIComponent(actor) }),
    };
    // The global fetch is looked up at each call: only looking at it costs Node 15 ms.
    const byFetch: Transport = (request) => fetchTransport(send ?? globalThis.fetch)(request);
    const link = createLink({ url: this.url, headers, transport: transport ?? byFetch });
    const calls: Calls = createORPCClient(link);
    this.workflow = calls.workflow;
    this.backfill = calls.backfill;
    this.events = calls.events;
    this.system = calls.system;
  }
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href.replace(/\/+$/, '');
  throw new DliError('DLI-400', `'${text}' is not a server address`, {
    hints: ['write it like http://127.0.0.1:8081'],
  });
}
