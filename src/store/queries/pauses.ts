import type { Run } from '../../core/run.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** That a dataset's schedule is held, since when, by whom and why. */
export interface Pause {
  readonly at: number;
  readonly by: string;
  readonly reason: string | null;
}

/** Reads whether a dataset is paused. */
export function readPause(queries: Queries, dataset: string): Pause | undefined {
  return queries.get<Pause>('SELECT paused_at AS at, paused_by AS "by", reason FROM pauses WHERE dataset = ?', [
    dataset,
  ]);
}

/** Pauses a dataset; one that is paused keeps its first pause. Tells whether anything changed. */
export function insertPause(transaction: Transaction, dataset: string, { at, by, reason }: Pause): boolean {
  return (
    transaction.run(
      'INSERT INTO pauses (dataset, paused_at, paused_by, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      [dataset, at, by, reason],
    ) > 0
  );
}

/** Ends a dataset's pause; tells whether there was one. */
export function deletePause(transaction: Transaction, dataset: string): boolean {
  return transaction.run('DELETE FROM pauses WHERE dataset = ?', [dataset]) > 0;
}

/** Tells whether a run that waits (again) is held: its workflow is paused and it is scheduled. One that is being stopped is not. */
export function isHeldByPause(
  queries: Queries,
  { runType, dataset, stopRequestedAt }: Pick<Run, 'runType' | 'dataset' | 'stopRequestedAt'>,
): boolean {
  return runType === 'scheduled' && stopRequestedAt === null && readPause(queries, dataset) !== undefined;
}

/** Holds the waiting scheduled runs of a dataset, also those that wait for another attempt. Leans on `runs_unfinished`. */
export function holdScheduledRuns(transaction: Transaction, dataset: string): void {
  setHeld(transaction, dataset, 'SET held = 1');
}

/** Lets the waiting scheduled runs of a dataset start. */
export function releaseScheduledRuns(transaction: Transaction, dataset: string): void {
  setHeld(transaction, dataset, 'SET held = 0');
}

function setHeld(transaction: Transaction, dataset: string, change: 'SET held = 0' | 'SET held = 1'): void {
  // The partial index is used only where its own condition stands in the query word for word.
  transaction.run(
    `UPDATE runs INDEXED BY runs_unfinished ${change}
     WHERE dataset = ? AND run_type = 'scheduled' AND status IN ('PENDING', 'RUNNING') AND status = 'PENDING'
       AND stop_requested_at IS NULL`,
    [dataset],
  );
}
