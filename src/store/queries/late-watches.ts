import type { Queries, Transaction } from '../sqlite.ts';

/** That a dataset's ticks are to be completed in time, and how far that was looked at. Times are epoch ms. */
export interface LateWatch {
  readonly dataset: string;
  readonly afterMinutes: number;
  /** Every tick up to this instant has been looked at. */
  readonly judgedUntil: number;
  /** When the next tick is to be completed at the latest; null when there is none. */
  readonly dueAt: number | null;
}

const columns = 'dataset, after_minutes AS afterMinutes, judged_until AS judgedUntil, due_at AS dueAt';

/** Reads how a dataset's ticks are watched, if they are. */
export function getLateWatch(queries: Queries, dataset: string): LateWatch | undefined {
  return queries.get<LateWatch>(`SELECT ${columns} FROM late_watches WHERE dataset = ?`, [dataset]);
}

/** Stores how a dataset's ticks are watched. */
export function saveLateWatch(
  transaction: Transaction,
  { dataset, afterMinutes, judgedUntil, dueAt }: LateWatch,
): void {
  transaction.run(
    'INSERT OR REPLACE INTO late_watches (dataset, after_minutes, judged_until, due_at) VALUES (?, ?, ?, ?)',
    [dataset, afterMinutes, judgedUntil, dueAt],
  );
}

/** Watches a dataset's ticks no more. */
export function deleteLateWatch(transaction: Transaction, dataset: string): void {
  transaction.run('DELETE FROM late_watches WHERE dataset = ?', [dataset]);
}

/** Reads watches whose time has come, the longest due first, at most `limit`. Leans on `late_watches_due`. */
export function dueLateWatches(queries: Queries, now: number, limit: number): readonly LateWatch[] {
  return queries.all<LateWatch>(
    `SELECT ${columns} FROM late_watches WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?`,
    [now, limit],
  );
}

/** When the next watch is due; undefined when none is. */
export function nextLateAt(queries: Queries): number | undefined {
  const row = queries.get<{ at: number | null }>('SELECT min(due_at) AS at FROM late_watches WHERE due_at IS NOT NULL');
  return row?.at ?? undefined;
}
