import { AsyncIteratorClass, getEventMeta } from '@orpc/client';
import type { BasecampEvent, EventKind, StreamReset } from '../contract/events.ts';
import type { LogLine, WorkflowRun } from '../contract/runs.ts';
import type { BasecampClient } from './basecamp-client.ts';
import { type FollowedStream, followStream, reopened, type StreamOptions } from './follow-stream.ts';

/** Which events to follow; together they narrow. */
export interface EventFilter {
  /** A run's full id. */
  readonly run_id?: string | undefined;
  readonly backfill_id?: string | undefined;
  readonly dataset_name?: string | undefined;
  readonly kind?: EventKind | readonly EventKind[] | undefined;
  /** Begins after the event with this number; 0 is before the first one. @default the newest event */
  readonly after?: number | undefined;
}

/** Which lines of a run's log to follow. */
export interface LogFilter extends StreamOptions {
  /** @default every attempt */
  readonly attempt?: number | undefined;
  /** Begins after the line with this id. @default 0, before the first one */
  readonly after?: number | undefined;
}

type Calls = Pick<BasecampClient, 'url' | 'calls'>;

/** Follows events over as many connections as it takes. @throws DLI-501 when the server cannot be reached, or does not come back */
export async function followEvents(
  { url, calls }: Calls,
  { kind, ...filter }: EventFilter,
  options: StreamOptions,
): Promise<AsyncIteratorClass<BasecampEvent | StreamReset, unknown>> {
  const input = { ...filter, kind: typeof kind === 'object' ? [...kind] : kind };
  const open = (lastEventId: string | undefined, signal: AbortSignal) =>
    calls.events.follow(input, { signal, lastEventId });
  return itemsOnly(await followStream({ url, open, idOf: ({ seq }) => String(seq) }, options));
}

/** Follows a run's log over as many connections as it takes, until the run has ended. @throws DLI-501, DLI-809 */
export async function followLog(
  { url, calls }: Calls,
  runId: string,
  { attempt, after, ...options }: LogFilter,
): Promise<AsyncIteratorClass<LogLine, WorkflowRun>> {
  const open = (lastEventId: string | undefined, signal: AbortSignal) =>
    calls.workflow.followLog({ run_id: runId, attempt, after }, { signal, lastEventId });
  return itemsOnly(await followStream({ url, open, idOf: (line) => getEventMeta(line)?.id }, options));
}

function itemsOnly<Item, End>(stream: FollowedStream<Item, End>): AsyncIteratorClass<Item, End> {
  const next = async (): Promise<IteratorResult<Item, End>> => {
    for (;;) {
      const { done, value } = await stream.next();
      if (done) return { done, value };
      if (value !== reopened) return { done: false, value };
    }
  };
  return new AsyncIteratorClass<Item, End>(next, async () => void (await stream.return()));
}
