import type { RunStatus } from '../contract/runs.ts';
import type { ParameterValues } from './parameters.ts';

/** A backfill as the server keeps it. Times are milliseconds since the epoch. */
export interface BackfillRecord {
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
  readonly finishedAt: number | null;
}

/** What a backfill does after one of its runs has ended. */
export type BackfillStep =
  | { readonly kind: 'release_next' }
  | { readonly kind: 'finish'; readonly status: 'COMPLETED' | 'FAILED' | 'KILLED' }
  /** Start no more dates: make the waiting ones KILLED, then finish with this status. */
  | { readonly kind: 'end'; readonly status: 'FAILED' | 'KILLED' }
  | { readonly kind: 'wait' };

/**
 * Decides what a backfill does after one of its runs has ended: the next date, or the end. It stops at the first date that
 * did not complete, and lets what is running finish.
 */
export function nextBackfillStep({
  ended,
  ending,
  pending,
  running,
}: {
  readonly ended: RunStatus;
  readonly ending: BackfillRecord['ending'];
  readonly pending: number;
  readonly running: number;
}): BackfillStep {
  const outcome = ending ?? (ended === 'COMPLETED' ? null : ended === 'FAILED' ? 'FAILED' : 'KILLED');
  if (outcome && pending > 0) return { kind: 'end', status: outcome };
  if (pending === 0 && running === 0) return { kind: 'finish', status: outcome ?? 'COMPLETED' };
  return pending > 0 && running === 0 ? { kind: 'release_next' } : { kind: 'wait' };
}
