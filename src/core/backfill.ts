import type { RunStatus } from '../contract/runs.ts';
import type { ParameterValues } from './parameters.ts';

/** Which dates of a range are computed, by their records: those without any success, or whose last started run did not complete. */
export type OnlyDates = 'missing' | 'failed';

/** How a backfill goes through its dates. */
export interface BackfillOptions {
  /** Dates at work at once, at most. */
  readonly parallel: number;
  readonly reverse: boolean;
  readonly continueOnFailure: boolean;
  readonly only: OnlyDates | null;
  /** One run for each tick of the schedule instead of one for each date. */
  readonly ticks: boolean;
}

/** A backfill as the server keeps it. Times are milliseconds since the epoch. */
export interface BackfillRecord extends BackfillOptions {
  readonly seq: number;
  readonly backfillId: string;
  readonly dataset: string;
  readonly startDate: string;
  readonly endDate: string;
  readonly params: ParameterValues;
  readonly revision: string;
  readonly status: RunStatus;
  /** Set when it starts no more dates: how it ends once the running ones have finished. */
  readonly ending: 'FAILED' | 'KILLED' | null;
  readonly totalRuns: number;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly stopRequestedAt: number | null;
  readonly failedRunId: string | null;
  readonly createdAt: number;
  readonly resumedAt: number | null;
  /** Set while a resume replaces the runs up to this seq that did not complete. */
  readonly resumeUntil: number | null;
  readonly finishedAt: number | null;
}

/** What a backfill does next. */
export type BackfillStep =
  | { readonly kind: 'release'; readonly count: number }
  /** No date is left: it ends as {@link finalStatus} says. */
  | { readonly kind: 'finish' }
  /** Start no more dates: make the waiting ones KILLED, then finish. */
  | { readonly kind: 'end'; readonly status: 'FAILED' | 'KILLED' }
  | { readonly kind: 'wait' };

/**
 * Decides what a backfill does after one of its runs has ended, or after it was stored or resumed (`ended` is null then):
 * more dates, so that `parallel` of them are at work or may start, or the end. It stops at the first date that did not
 * complete, unless it is to go on, and lets what is running finish.
 */
export function nextBackfillStep({
  ended,
  ending,
  continueOnFailure,
  parallel,
  held,
  released,
  running,
}: Pick<BackfillRecord, 'ending' | 'continueOnFailure' | 'parallel'> & {
  readonly ended: RunStatus | null;
  /** Whether dates wait that may not start yet. */
  readonly held: boolean;
  /** Dates that wait and may start. */
  readonly released: number;
  readonly running: number;
}): BackfillStep {
  const status = ending ?? (continueOnFailure ? null : outcomeOf(ended));
  const isWaiting = held || released > 0;
  if (status && isWaiting) return { kind: 'end', status };
  if (!isWaiting && running === 0) return { kind: 'finish' };
  const room = parallel - running - released;
  return held && room > 0 ? { kind: 'release', count: room } : { kind: 'wait' };
}

function outcomeOf(ended: RunStatus | null): 'FAILED' | 'KILLED' | null {
  return ended === 'FAILED' || ended === 'KILLED' ? ended : null;
}

/** Decides how a backfill ends that has no date left. One that was stopped when every date had completed is COMPLETED. */
export function finalStatus({
  ending,
  failed,
  killed,
}: {
  readonly ending: BackfillRecord['ending'];
  /** Whether it has dates that failed. */
  readonly failed: boolean;
  /** Whether it has dates that were stopped or never started. */
  readonly killed: boolean;
}): 'COMPLETED' | 'FAILED' | 'KILLED' {
  if (!failed && !killed) return 'COMPLETED';
  return ending ?? (failed ? 'FAILED' : 'KILLED');
}
