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
