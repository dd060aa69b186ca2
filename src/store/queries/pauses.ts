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

/**
 * Holds the waiting scheduled runs of a dataset. A run that may be published is not held: its ledger is asked, and what is
 * left of it goes on, as it does for runs that are at work.
 */
export function holdScheduledRuns(transaction: Transaction, dataset: string): void {
  transaction.run(
    `UPDATE runs INDEXED BY runs_scheduled SET held = 1
     WHERE dataset = ? AND run_type = 'scheduled' AND status IN ('PENDING', 'RUNNING') AND status = 'PENDING'
       AND uncertain = 0 AND published = 0`,
    [dataset],
  );
}

/** Lets the waiting scheduled runs of a dataset start. */
export function releaseScheduledRuns(transaction: Transaction, dataset: string): void {
  transaction.run(
    `UPDATE runs INDEXED BY runs_scheduled SET held = 0
     WHERE dataset = ? AND run_type = 'scheduled' AND status IN ('PENDING', 'RUNNING') AND status = 'PENDING'`,
    [dataset],
  );
}
