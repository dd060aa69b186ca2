import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { Backfill } from '../contract/backfills.ts';
import type { contract } from '../contract/contract.ts';
import { DliError } from '../contract/errors.ts';
import type { WorkflowRun } from '../contract/runs.ts';
import { fetchTransport } from './fetch-transport.ts';
import { type EventFilter, followEvents, followLog, type LogFilter } from './follow.ts';
import type { FollowOptions } from './follow-state.ts';
import type { StreamOptions } from './follow-stream.ts';
import { type CallContext, createLink } from './link.ts';
import type { Transport } from './transport.ts';
import { followBackfill, waitForRun } from './wait.ts';

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
  /**
   * A stream over which nothing came for this many milliseconds is lost; the server shows every 5 seconds that it is there.
   *
   * @default 20000
   */
  readonly quietMs?: number | undefined;
}

type Calls = ContractRouterClient<typeof contract, CallContext>;

/** A server that restarts is waited for. */
const defaults = { patienceMs: 30_000 };

/**
 * The typed client of a Basecamp server: one method per operation, grouped by noun. Every method takes an
 * `AbortSignal` as `{ signal }` and throws a {@link DliError} with the server's code, or `DLI-501` when it cannot be reached.
 */
export class BasecampClient {
  readonly url: string;
  /** Every operation of the API as it is, one request each: also the streams, which here end when their connection does. */
  readonly calls: Calls;
  /** Datasets and their runs. */
  readonly workflow: Calls['workflow'];
  /** What the server says of itself. */
  readonly system: Calls['system'];
  /** Messages about workflows. */
  readonly notification: Calls['notification'];
  /** Who may use the server, and as what. */
  readonly token: Calls['token'];
  /** Ranges of dates. */
  readonly backfill: Calls['backfill'] & {
    /**
     * Waits until a backfill has ended and returns it; `onState` sees every state on the way. It survives dropped
     * connections, and a server that is away for up to `patienceMs` (default 30,000).
     *
     * @throws DLI-501 when the server does not come back, DLI-809 when there is no such backfill
     */
    readonly wait: (backfillId: string, options?: FollowOptions<Backfill>) => Promise<Backfill>;
  };
  /** What happens, as it happens. */
  readonly events = {
    /**
     * Follows changes as they are committed, without a gap or a repeat, over as many connections as it takes. It resolves
     * when the server has fixed where it begins. A `reset` among the events says that some are no longer kept: read the state
     * again. A server that is away is waited for, up to `patienceMs` (default 30,000).
     *
     * @throws DLI-501 when the server cannot be reached, or does not come back
     */
    follow: (filter: EventFilter = {}, options: StreamOptions = {}) =>
      followEvents(this, filter, { ...defaults, ...options }),
  };
  /** Runs as they go. */
  readonly runs = {
    /**
     * Waits until a run has ended and returns it, however it ended; `onState` sees every state on the way. It survives
     * dropped connections, and a server that is away for up to `patienceMs` (default 30,000).
     *
     * @throws DLI-501 when the server does not come back, DLI-809 when there is no such run
     */
    wait: async (runId: string, options: FollowOptions<WorkflowRun> = {}): Promise<WorkflowRun> => {
      // The full id: events carry no shortened one.
      const { signal } = options;
      const { run_id } = await this.calls.workflow.status({ run_id: runId }, signal ? { signal } : {});
      return waitForRun(this, run_id, { ...defaults, ...options });
    },
    /**
     * Follows a run's log, each line once, over as many connections as it takes, until the run has ended; its return value
     * is the run. A server that is away is waited for, up to `patienceMs` (default 30,000).
     *
     * @throws DLI-501 when the server cannot be reached, or does not come back, DLI-809 when there is no such run
     */
    followLog: (runId: string, options: LogFilter = {}) => followLog(this, runId, { ...defaults, ...options }),
  };

  /** @throws DLI-400 when `url` is not an HTTP address */
  constructor({ url, apiKey, actor, fetch: send, transport, quietMs = 20_000 }: ClientOptions) {
    this.url = checkedUrl(url);
    const headers = {
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      // A header holds ASCII only and names of people do not.
      ...(actor === undefined ? {} : { 'x-dli-actor': encodeURIComponent(actor) }),
    };
    // The global fetch is looked up at each call: only looking at it costs Node 15 ms.
    const byFetch: Transport = (request) => fetchTransport(send ?? globalThis.fetch)(request);
    const link = createLink({ url: this.url, headers, transport: transport ?? byFetch, quietMs });
    const calls: Calls = createORPCClient(link);
    this.calls = calls;
    this.workflow = calls.workflow;
    this.system = calls.system;
    this.notification = calls.notification;
    this.token = calls.token;
    const { status, list, stop, resume } = calls.backfill;
    const wait = (backfillId: string, options: FollowOptions<Backfill> = {}) =>
      followBackfill(this, backfillId, { ...defaults, ...options });
    this.backfill = { status, list, stop, resume, wait };
  }
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href.replace(/\/+$/, '');
  throw new DliError('DLI-400', `'${text}' is not a server address`, {
    hints: ['write it like http://127.0.0.1:8081'],
  });
}
