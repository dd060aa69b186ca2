import type { Queries, Transaction } from '../sqlite.ts';

/** One line of a run's log; `id` is its place. */
export interface LogRecord {
  readonly id: number;
  readonly attempt: number;
  readonly at: number;
  readonly line: string;
}

/** Appends lines to a run's log. */
export function appendLogs(
  transaction: Transaction,
  runUid: string,
  lines: readonly { readonly attempt: number; readonly at: number; readonly line: string }[],
): void {
  for (const { attempt, at, line } of lines) {
    transaction.run('INSERT INTO run_logs (run_uid, attempt, at, line) VALUES (?, ?, ?, ?)', [
      runUid,
      attempt,
      at,
      line,
    ]);
  }
}

/** Reads a page of a run's log, oldest first. */
export function readLogs(
  queries: Queries,
  {
    runUid,
    attempt,
    afterId,
    limit,
  }: {
    readonly runUid: string;
    readonly attempt: number | undefined;
    readonly afterId: number;
    readonly limit: number;
  },
): readonly LogRecord[] {
  return queries.all<LogRecord>(
    `SELECT id, attempt, at, line
     FROM run_logs
     WHERE run_uid = ? AND id > ? ${attempt === undefined ? '' : 'AND attempt = ?'}
     ORDER BY id
     LIMIT ?`,
    [runUid, afterId, ...(attempt === undefined ? [] : [attempt]), limit],
  );
}
