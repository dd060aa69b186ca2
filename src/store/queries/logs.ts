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

/** Tells which runs got lines after the place `afterId`, each with the place of its newest. */
export function runsWithNewLines(
  queries: Queries,
  afterId: number,
): readonly { readonly runUid: string; readonly lastId: number }[] {
  return queries.all(
    `SELECT run_uid AS runUid, max(id) AS lastId
     FROM run_logs
     WHERE id > ?
     GROUP BY run_uid`,
    [afterId],
  );
}

/** The place of the newest line of all; 0 when there is none. */
export function lastLogId(queries: Queries): number {
  return queries.get<{ id: number | null }>('SELECT max(id) AS id FROM run_logs')?.id ?? 0;
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
