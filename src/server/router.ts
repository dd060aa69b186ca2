import { AsyncIteratorClass, implement, withEventMeta } from '@orpc/server';
import { contract } from '../contract/contract.ts';
import { DliError } from '../contract/errors.ts';
import type { ServerStatus } from '../contract/system.ts';
import { backfillWorkflow, getBackfill, listBackfills } from '../services/backfills.ts';
import { EventFeed } from '../services/event-feed.ts';
import { type Followed, followEvents } from '../services/events.ts';
import { explainRun, explainWorkflow } from '../services/explain.ts';
import { LogFeed } from '../services/log-feed.ts';
import { followLog } from '../services/log-stream.ts';
import type { Caller, ServiceParts } from '../services/parts.ts';
import { pauseWorkflow, unpauseWorkflow } from '../services/pauses.ts';
import { registerWorkflow, updateWorkflow } from '../services/registration.ts';
import { getHistory, getRun, getRunLogs, runWorkflow } from '../services/runs.ts';
import { stopBackfill, stopRun } from '../services/stop.ts';
import { syncWorkflows } from '../services/sync-manual.ts';
import { getWorkflow } from '../services/workflow-detail.ts';
import { listWorkflows, previewWorkflow, unregisterWorkflow } from '../services/workflows.ts';
import type { StreamPlace } from './sent-events.ts';
import { version } from './version.ts';

/** What one request brings besides its input. */
export interface RequestContext {
  readonly caller: Caller;
  /** The stream that answers the request, where one does. */
  readonly stream: StreamPlace;
}

/** What the router needs besides the services. */
export interface RouterParts extends ServiceParts {
  readonly status: () => ServerStatus;
  readonly isReady: () => boolean;
  /** Aborts when the server closes: followers are let go. */
  readonly closing: AbortSignal;
}

/** Implements the contract: each route calls one service and nothing else. */
export function createRouter(parts: RouterParts) {
  const api = implement(contract).$context<RequestContext>();
  const { database } = parts;
  const events = new EventFeed(database);
  const logs = new LogFeed(database, events);
  return api.router({
    workflow: {
      run: api.workflow.run.handler(({ context, input }) => runWorkflow(parts, context.caller, input)),
      backfill: api.workflow.backfill.handler(({ context, input }) => backfillWorkflow(parts, context.caller, input)),
      stop: api.workflow.stop.handler(({ context, input }) => stopRun(parts, context.caller, input)),
      status: api.workflow.status.handler(({ input }) => getRun(parts, input.run_id)),
      logs: api.workflow.logs.handler(({ input }) => getRunLogs(parts, input)),
      followLog: api.workflow.followLog.handler(({ context, input, lastEventId, signal }) => {
        const { run_id: runId, attempt } = input;
        const after = placeOf(lastEventId, input);
        return streamed((until) => followLog({ database, logs }, { runId, attempt, after, signal: until }), {
          ends: [signal, parts.closing],
          stream: context.stream,
          send: ({ id, line }) => withEventMeta(line, { id: String(id) }),
        });
      }),
      history: api.workflow.history.handler(({ input }) => getHistory(parts, input)),
      explain: api.workflow.explain.handler(({ input }) => explainWorkflow(parts, input.dataset)),
      explainRun: api.workflow.explainRun.handler(({ input }) => explainRun(parts, input.run_id)),
      pause: api.workflow.pause.handler(({ context, input }) => pauseWorkflow(parts, context.caller, input)),
      unpause: api.workflow.unpause.handler(({ context, input }) => unpauseWorkflow(parts, context.caller, input)),
      sync: api.workflow.sync.handler(() => syncWorkflows(parts)),
      list: api.workflow.list.handler(({ input }) => listWorkflows(parts, input)),
      show: api.workflow.show.handler(({ input }) => getWorkflow(parts, input.dataset)),
      preview: api.workflow.preview.handler(({ input, signal }) => previewWorkflow(parts, input, signal)),
      register: api.workflow.register.handler(({ context, input }) => registerWorkflow(parts, context.caller, input)),
      update: api.workflow.update.handler(({ context, input }) => updateWorkflow(parts, context.caller, input)),
      unregister: api.workflow.unregister.handler(({ context, input }) =>
        unregisterWorkflow(parts, context.caller, { ...input.params, ...input.query }),
      ),
    },
    backfill: {
      status: api.backfill.status.handler(({ input }) => getBackfill(parts, input.backfill_id)),
      list: api.backfill.list.handler(({ input }) => listBackfills(parts, input)),
      stop: api.backfill.stop.handler(({ context, input }) => stopBackfill(parts, context.caller, input)),
    },
    events: {
      // The place is read before the answer begins, so that a bad one is refused and nothing after it is missed.
      follow: api.events.follow.handler(({ context, input, lastEventId, signal }) => {
        const { run_id: runId, backfill_id: backfillId, dataset_name: dataset, kind } = input;
        const filter = { runId, backfillId, dataset, kinds: typeof kind === 'string' ? [kind] : kind };
        const after = placeOf(lastEventId, input);
        return streamed((until) => followEvents(events, { after, filter, signal: until }), {
          ends: [signal, parts.closing],
          stream: context.stream,
          send: (event) => withEventMeta(event, { id: String(event.seq) }),
        });
      }),
    },
    system: {
      version: api.system.version.handler(() => ({ version, api_version: 'v1' as const })),
      health: api.system.health.handler(() => parts.status()),
      ready: api.system.ready.handler(() => {
        if (!parts.isReady()) throw new DliError('DLI-816', 'The server is starting or closing');
        return { ready: true as const };
      }),
    },
  });
}

/** Makes the answer of a stream: its items get their ids, and it ends with the request, the reader or the server. */
function streamed<Item, Sent, End>(
  follow: (signal: AbortSignal) => Followed<Item, End>,
  {
    ends,
    stream,
    send,
  }: {
    readonly ends: readonly (AbortSignal | undefined)[];
    readonly stream: StreamPlace;
    readonly send: (item: Item) => Sent;
  },
): AsyncIteratorClass<Sent, End | undefined> {
  const left = new AbortController();
  const signals = [left.signal, ...ends].filter((signal) => signal !== undefined);
  const { items, place } = follow(AbortSignal.any(signals));
  stream.read = place;
  const next = async () => {
    const { done, value } = await items.next();
    return done ? { done: true as const, value } : { done: false as const, value: send(value) };
  };
  // The generator itself cannot be ended while it waits.
  return new AsyncIteratorClass<Sent, End | undefined>(next, async () => left.abort());
}

/** After which id a stream goes on: what a client that connects again says goes before what it asked for at first. */
function placeOf(lastEventId: string | undefined, { after }: { readonly after?: number | undefined }) {
  if (lastEventId === undefined) return after;
  const id = Number(lastEventId);
  if (/^\d+$/.test(lastEventId) && Number.isSafeInteger(id)) return id;
  throw new DliError('DLI-400', `Last-Event-ID '${lastEventId}' is not the number of an event`);
}
