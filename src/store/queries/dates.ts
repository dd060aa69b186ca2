import type { RunStatus, RunType } from '../../contract/runs.ts';
import type { Run } from '../../core/run.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** Records what became of a date: its last success and its last run that started. A run that never started counts for neither. */
export function recordDate(transaction: Transaction, run: Run): void {
  if (run.executionDate === null || run.startedAt === null) return;
  const success = run.status === 'COMPLETED';
  transaction.run(
    `INSERT INTO dates (dataset, execution_date, success_run_uid, success_at, started_run_uid, started_status, started_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
     ON CONFLICT (dataset, execution_date) DO UPDATE SET
       success_run_uid = coalesce(?3, success_run_uid),
       success_at = coalesce(?4, success_at),
       started_run_uid = iif(?7 >= started_at, ?5, started_run_uid),
       started_status = iif(?7 >= started_at, ?6, started_status),
       started_at = max(?7, started_at)`,
    [
      run.dataset,
      run.executionDate,
      success ? run.runUid : null,
      success ? run.finishedAt : null,
      run.runUid,
      run.status,
      run.startedAt,
    ],
  );
}

/** What is known of one date. */
export interface DateRecord {
  readonly executionDate: string;
  readonly successAt: number | null;
  readonly startedStatus: RunStatus;
}

/** Reads the records of a dataset's dates from `start` to `end`, both included. */
export function readDates(
  queries: Queries,
  { dataset, start, end }: { readonly dataset: string; readonly start: string; readonly end: string },
): readonly DateRecord[] {
  return queries.all<DateRecord>(
    `SELECT execution_date AS executionDate, success_at AS successAt, started_status AS startedStatus
     FROM dates
     WHERE dataset = ? AND execution_date BETWEEN ? AND ?
     ORDER BY execution_date`,
    [dataset, start, end],
  );
}

/** When a date was completed last, and by what kind of run, while that run is still kept. */
export function dateSuccess(
  queries: Queries,
  dataset: string,
  executionDate: string,
): { readonly at: number; readonly runType: RunType } | undefined {
  return queries.get<{ at: number; runType: RunType }>(
    `SELECT success_at AS at, run_type AS runType
     FROM dates JOIN runs ON runs.run_uid = dates.success_run_uid
     WHERE dates.dataset = ? AND dates.execution_date = ?`,
    [dataset, executionDate],
  );
}
