import type { RunStatus } from '../../contract/runs.ts';
import type { BackfillOptions, BackfillRecord } from '../../core/backfill.ts';
import type { Run } from '../../core/run.ts';
import { backfillLabel, numberLabel } from '../../core/run-id.ts';
import { type BackfillRow, type RunRow, toBackfill, toRun } from '../rows.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** What a backfill needs to be stored. */
export type NewBackfill = Pick<
  BackfillRecord,
  | 'backfillId'
  | 'dataset'
  | 'startDate'
  | 'endDate'
  | 'params'
  | 'revision'
  | 'totalRuns'
  | 'requestedBy'
  | 'createdAt'
  | 'reason'
> &
  BackfillOptions;

/** Gives a backfill that begins now its id, which no other one ever had: the uses of a label are counted. */
export function takeBackfillId(transaction: Transaction, now: number): string {
  const label = backfillLabel(now);
  const row = transaction.get<{ used: number }>(
    `INSERT INTO backfill_labels (label, used) VALUES (?, 1)
     ON CONFLICT (label) DO UPDATE SET used = used + 1
     RETURNING used`,
    [label],
  );
  return numberLabel(label, row?.used ?? 1, '-');
}

/** Begins to store a backfill; it counts only from {@link markBackfillStored} on. */
export function insertBackfill(transaction: Transaction, backfill: NewBackfill): void {
  transaction.run(
    `INSERT INTO backfills (backfill_id, dataset, start_date, end_date, params, revision, status, total_runs, requested_by,
                            created_at, parallel, reverse, continue_on_failure, only_dates, ticks, reason)
     VALUES (?, ?, ?, ?, ?, ?, 'PENDING', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      backfill.backfillId,
      backfill.dataset,
      backfill.startDate,
      backfill.endDate,
      JSON.stringify(backfill.params),
      backfill.revision,
      backfill.totalRuns,
      backfill.requestedBy,
      backfill.createdAt,
      backfill.parallel,
      backfill.reverse ? 1 : 0,
      backfill.continueOnFailure ? 1 : 0,
      backfill.only,
      backfill.ticks ? 1 : 0,
      backfill.reason,
    ],
  );
}

/** Says that all runs of a backfill are stored: from now on it is real. */
export function markBackfillStored(transaction: Transaction, backfillId: string): void {
  transaction.run('UPDATE backfills SET stored = 1 WHERE backfill_id = ?', [backfillId]);
}

/** Removes what is left of backfills that a crash interrupted before they were acknowledged, at most `limit` runs; tells how many. */
export function removeUnstoredRuns(transaction: Transaction, limit: number): number {
  const removed = transaction.run(
    `DELETE FROM runs WHERE seq IN (
       SELECT runs.seq FROM backfills JOIN runs USING (backfill_id) WHERE stored = 0 LIMIT ?
     )`,
    [limit],
  );
  if (removed < limit) transaction.run('DELETE FROM backfills WHERE stored = 0');
  return removed;
}

/** Removes a backfill that was never acknowledged once its runs are gone, of which this removes at most `limit`; tells how many. */
export function removeBackfill(transaction: Transaction, backfillId: string, limit: number): number {
  const removed = transaction.run(
    'DELETE FROM runs WHERE seq IN (SELECT seq FROM runs WHERE backfill_id = ? LIMIT ?)',
    [backfillId, limit],
  );
  if (removed < limit) transaction.run('DELETE FROM backfills WHERE backfill_id = ? AND stored = 0', [backfillId]);
  return removed;
}

/** Lets waiting dates of a backfill start. */
export function releaseRuns(transaction: Transaction, seqs: readonly number[]): void {
  // One after the other: measured, an UPDATE of a list takes 90 µs more than one of a row, and there is mostly one.
  for (const seq of seqs) transaction.run('UPDATE runs SET held = 0 WHERE seq = ?', [seq]);
}

/**
 * Reads how many dates of a backfill are at work and how many wait and may start, and the seqs of the next ones that wait
 * and may not. At most `parallel` are of the first two kinds, and what may start has the lowest seqs of all that wait, so
 * this reads few rows however many there are, and enough to fill every place.
 */
export function readAtWork(
  queries: Queries,
  { backfillId, parallel }: Pick<BackfillRecord, 'backfillId' | 'parallel'>,
): { readonly held: readonly number[]; readonly released: number; readonly running: number } {
  const waiting = queries.all<{ seq: number; held: 0 | 1 }>(
    `SELECT seq, held FROM runs WHERE backfill_id = ? AND superseded = 0 AND status = 'PENDING' ORDER BY seq LIMIT ?`,
    [backfillId, parallel + 1],
  );
  const running = queries.get<{ n: number }>(
    `SELECT count(*) AS n FROM runs WHERE backfill_id = ? AND superseded = 0 AND status = 'RUNNING'`,
    [backfillId],
  );
  const held = waiting.filter((run) => run.held === 1).map(({ seq }) => seq);
  return { held, released: waiting.length - held.length, running: running?.n ?? 0 };
}

/** Reads a backfill that was acknowledged. */
export function getBackfill(queries: Queries, backfillId: string): BackfillRecord | undefined {
  const row = queries.get<BackfillRow>('SELECT * FROM backfills WHERE backfill_id = ? AND stored = 1', [backfillId]);
  return row && toBackfill(row);
}

/** Which backfills a list shows. Times are epoch ms. */
export interface BackfillFilter {
  readonly dataset?: string | undefined;
  readonly status?: RunStatus | undefined;
  readonly createdFrom?: number | undefined;
  readonly createdBefore?: number | undefined;
  readonly beforeSeq?: number | undefined;
}

/**
 * Reads a page of backfills, newest first. But for `dataset` (index `backfills_dataset`), a filter walks the table until the
 * page is full: there is one backfill to many runs.
 */
export function listBackfills(queries: Queries, filter: BackfillFilter, limit: number): readonly BackfillRecord[] {
  const conditions = ['stored = 1'];
  const bindings: (string | number)[] = [];
  const narrow = (condition: string, value: string | number | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    bindings.push(value);
  };
  narrow('dataset = ?', filter.dataset);
  narrow('status = ?', filter.status);
  narrow('created_at >= ?', filter.createdFrom);
  narrow('created_at < ?', filter.createdBefore);
  narrow('seq < ?', filter.beforeSeq);
  return queries
    .all<BackfillRow>(`SELECT * FROM backfills WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ?`, [
      ...bindings,
      limit,
    ])
    .map(toBackfill);
}

/** Backfills that start no more dates but still have waiting or running ones. */
export function endingBackfills(queries: Queries): readonly string[] {
  return queries
    .all<{ backfill_id: string }>('SELECT backfill_id FROM backfills WHERE ending IS NOT NULL AND finished_at IS NULL')
    .map((row) => row.backfill_id);
}

/** Backfills whose resume is still replacing runs. */
export function resumingBackfills(queries: Queries): readonly string[] {
  return queries
    .all<{ backfill_id: string }>('SELECT backfill_id FROM backfills WHERE resume_until IS NOT NULL')
    .map((row) => row.backfill_id);
}

/** Counts a backfill's runs by status, from the index `runs_backfill` alone. */
export function countBackfillRuns(queries: Queries, backfillId: string): Readonly<Record<RunStatus, number>> {
  const rows = queries.all<{ status: RunStatus; n: number }>(
    'SELECT status, count(*) AS n FROM runs WHERE backfill_id = ? AND superseded = 0 GROUP BY status',
    [backfillId],
  );
  return {
    PENDING: 0,
    RUNNING: 0,
    COMPLETED: 0,
    FAILED: 0,
    KILLED: 0,
    ...Object.fromEntries(rows.map(({ status, n }) => [status, n])),
  };
}

/**
 * Reads a backfill's runs in one state, in the order of their dates, at most `limit`. The state stands in the text: SQLite compares a
 * bound one with those of partial indexes when it plans, and so plans anew for each (`exprCompareVariable` in its expr.c), for
 * ten times the price of the read.
 */
export function backfillRuns(
  queries: Queries,
  { backfillId, status, limit }: { readonly backfillId: string; readonly status: RunStatus; readonly limit: number },
): readonly Run[] {
  return queries
    .all<RunRow>(
      `SELECT * FROM runs WHERE backfill_id = ? AND superseded = 0 AND status = '${status}' ORDER BY seq LIMIT ?`,
      [backfillId, limit],
    )
    .map(toRun);
}

/** Tells whether a backfill has runs in a state, from the index `runs_backfill` alone. */
export function hasRuns(queries: Queries, backfillId: string, status: RunStatus): boolean {
  return (
    queries.get(`SELECT 1 FROM runs WHERE backfill_id = ? AND superseded = 0 AND status = '${status}' LIMIT 1`, [
      backfillId,
    ]) !== undefined
  );
}

/** The waiting run of a backfill whose date comes next. */
export function nextOfBackfill(queries: Queries, backfillId: string): Run | undefined {
  return backfillRuns(queries, { backfillId, status: 'PENDING', limit: 1 })[0];
}

/** The first date of a backfill, in its order, that did not complete. */
export function firstIncompleteDate(queries: Queries, backfillId: string): string | null {
  const row = queries.get<{ execution_date: string }>(
    `SELECT execution_date FROM runs
     WHERE seq = (
       SELECT min(seq) FROM runs
       WHERE backfill_id = ? AND superseded = 0 AND status IN ('FAILED', 'KILLED', 'PENDING', 'RUNNING')
     )`,
    [backfillId],
  );
  return row?.execution_date ?? null;
}

/** The date of a backfill that took longest, and its milliseconds. */
export function slowestDate(
  queries: Queries,
  backfillId: string,
): { readonly executionDate: string; readonly ms: number } | null {
  const row = queries.get<{ executionDate: string; ms: number }>(
    `SELECT execution_date AS executionDate, finished_at - started_at AS ms
     FROM runs
     WHERE backfill_id = ? AND superseded = 0 AND status = 'COMPLETED'
     ORDER BY ms DESC
     LIMIT 1`,
    [backfillId],
  );
  return row ?? null;
}

/** Notes that somebody asked to stop a backfill. */
export function requestBackfillStop(
  transaction: Transaction,
  { backfillId, at }: { readonly backfillId: string; readonly at: number },
): void {
  transaction.run('UPDATE backfills SET stop_requested_at = ? WHERE backfill_id = ?', [at, backfillId]);
}
