import type { Run } from '../../core/run.ts';
import { noteBackfillStarted } from '../backfill-progress.ts';
import { type RunRow, toRun } from '../rows.ts';
import { transitionRun } from '../run-changes.ts';
import type { Queries, Transaction } from '../sqlite.ts';
import { lastAttemptEnd, openAttempt } from './attempts.ts';
import { getRun } from './runs.ts';

/** When the next delayed run becomes available; undefined when none is delayed. */
export function nextAvailableAt(queries: Queries, now: number): number | undefined {
  const row = queries.get<{ at: number | null }>(
    `SELECT min(available_at) AS at FROM runs INDEXED BY runs_delayed
     WHERE status = 'PENDING' AND available_at > 0 AND available_at > ? AND held = 0`,
    [now],
  );
  return row?.at ?? undefined;
}

/**
 * Claims a waiting run for this server: it becomes RUNNING, its attempt is opened and its backfill is at work.
 *
 * @returns the run, or undefined when it is no longer waiting
 */
export function claimRun(
  transaction: Transaction,
  { runUid, owner, now }: { readonly runUid: string; readonly owner: string; readonly now: number },
): Run | undefined {
  const waiting = getRun(transaction, runUid);
  // It may have been held (its workflow was paused) since the line was read.
  if (!waiting || waiting.held) return undefined;
  const attempt = waiting.attempt + 1;
  const run = transitionRun(transaction, {
    runUid,
    known: waiting,
    transition: 'claim',
    changes: {
      owner,
      claims: waiting.claims + 1,
      attempt,
      startedAt: waiting.startedAt ?? now,
      waitReason: null,
      // Why it waited is over; why it is stopped is not.
      reason: waiting.stopRequestedAt === null ? null : waiting.reason,
    },
    note: {
      at: now,
      actor: 'engine',
      reason: waiting.uncertain ? 'asks the ledger about the attempt that was lost' : null,
      data: delaysOf(transaction, waiting, now),
    },
  });
  if (!run) return undefined;
  openAttempt(transaction, { runUid, attempt, startedAt: now });
  if (run.backfillId !== null) noteBackfillStarted(transaction, run.backfillId);
  return run;
}

/**
 * How late an attempt starts: after its run could start, and after its tick. The dates of a backfill wait for each other
 * before their first attempt, which is no delay.
 */
function delaysOf(queries: Queries, waiting: Run, now: number): Readonly<Record<string, number>> {
  const isFirst = waiting.startedAt === null;
  const secondsSince = (at: number) => Math.max(0, now - at) / 1000;
  const readyAt = waiting.claims === 0 ? waiting.createdAt : lastAttemptEnd(queries, waiting.runUid);
  return {
    ...(isFirst && waiting.backfillId !== null
      ? {}
      : { start_delay_seconds: secondsSince(Math.max(readyAt, waiting.availableAt)) }),
    ...(isFirst && waiting.runType === 'scheduled' ? { tick_delay_seconds: secondsSince(waiting.logicalAt) } : {}),
  };
}

/** Reads runs that another boot of the server left RUNNING, at most `limit`: with the data folder locked, they are lost for certain. */
export function orphanedRuns(queries: Queries, owner: string, limit: number): readonly Run[] {
  return queries
    .all<RunRow>(`SELECT * FROM runs WHERE status = 'RUNNING' AND owner <> ? ORDER BY seq LIMIT ?`, [owner, limit])
    .map(toRun);
}

/**
 * Reads waiting runs that could not start since `waitedSince` because their warehouse, closed since `closedSince`, does
 * not open. A run whose earlier attempt may have been published is not among them: it has to wait for the ledger. One that says
 * to be created later than `now`, by a clock that was wrong, counts from when the warehouse closed.
 */
export function waitedTooLong(
  queries: Queries,
  {
    warehouse,
    closedSince,
    waitedSince,
    now,
    limit,
  }: {
    readonly warehouse: string;
    readonly closedSince: number;
    readonly waitedSince: number;
    readonly now: number;
    readonly limit: number;
  },
): readonly Run[] {
  return queries
    .all<RunRow>(
      `SELECT * FROM runs
       WHERE status = 'PENDING' AND held = 0 AND uncertain = 0 AND warehouse = ?
         AND coalesce(waiting_since, max(iif(created_at > ?, 0, created_at), available_at, ?)) <= ?
       ORDER BY seq
       LIMIT ?`,
      [warehouse, now, closedSince, waitedSince, limit],
    )
    .map(toRun);
}

/** A run that waits for an instant. */
export type DelayedRun = Pick<Run, 'seq' | 'runUid' | 'dataset' | 'revision' | 'availableAt' | 'conflicts'>;

/** Reads runs that are delayed beyond `after`, the nearest first, at most `limit`; from the place of the last one on. */
export function delayedRuns(
  queries: Queries,
  after: Pick<DelayedRun, 'availableAt' | 'seq'>,
  limit: number,
): readonly DelayedRun[] {
  return queries.all(
    `SELECT seq, run_uid AS runUid, dataset, revision, available_at AS availableAt, conflicts
     FROM runs INDEXED BY runs_delayed
     WHERE status = 'PENDING' AND available_at > 0 AND (available_at, seq) > (?, ?)
     ORDER BY available_at, seq
     LIMIT ?`,
    [after.availableAt, after.seq, limit],
  );
}

/** Lets waits for a warehouse begin at `now` that say to have begun later. */
export function startWaitsAgain(transaction: Transaction, now: number): void {
  transaction.run(
    "UPDATE runs INDEXED BY runs_status SET waiting_since = ?1 WHERE status = 'PENDING' AND waiting_since > ?1",
    [now],
  );
}
