import type { RunError } from '../../contract/runs.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** Opens an attempt's record. An attempt that was lost is tried again under its own number, so it may exist. */
export function openAttempt(
  transaction: Transaction,
  { runUid, attempt, startedAt }: { readonly runUid: string; readonly attempt: number; readonly startedAt: number },
): void {
  transaction.run(
    `INSERT INTO attempts (run_uid, attempt, started_at)
     VALUES (?, ?, ?)
     ON CONFLICT (run_uid, attempt) DO UPDATE SET started_at = excluded.started_at, finished_at = NULL, outcome = NULL, error = NULL`,
    [runUid, attempt, startedAt],
  );
}

/** Closes an attempt's record with how it ended. */
export function closeAttempt(
  transaction: Transaction,
  {
    runUid,
    attempt,
    finishedAt,
    outcome,
    error = null,
  }: {
    readonly runUid: string;
    readonly attempt: number;
    readonly finishedAt: number;
    readonly outcome: string;
    readonly error?: RunError | null;
  },
): void {
  transaction.run('UPDATE attempts SET finished_at = ?, outcome = ?, error = ? WHERE run_uid = ? AND attempt = ?', [
    finishedAt,
    outcome,
    error && JSON.stringify(error),
    runUid,
    attempt,
  ]);
}

/** When an attempt began (epoch ms); null when it has not. */
export function attemptStartedAt(
  queries: Queries,
  { runUid, attempt }: { readonly runUid: string; readonly attempt: number },
): number | null {
  const row = queries.get<{ at: number }>('SELECT started_at AS at FROM attempts WHERE run_uid = ? AND attempt = ?', [
    runUid,
    attempt,
  ]);
  return row?.at ?? null;
}

/** When the last attempt of a run ended (epoch ms); 0 when none has. */
export function lastAttemptEnd(queries: Queries, runUid: string): number {
  const row = queries.get<{ at: number | null }>('SELECT max(finished_at) AS at FROM attempts WHERE run_uid = ?', [
    runUid,
  ]);
  return row?.at ?? 0;
}
