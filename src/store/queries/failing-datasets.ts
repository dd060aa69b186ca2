import type { PastFailure } from '../../core/notification-texts.ts';
import type { Transaction } from '../sqlite.ts';

/** Notes that a dataset's run failed: its next success is a recovery. */
export function saveFailure(transaction: Transaction, dataset: string, { runId, failedAt }: PastFailure): void {
  transaction.run('INSERT OR REPLACE INTO failing_datasets (dataset, run_id, failed_at) VALUES (?, ?, ?)', [
    dataset,
    runId,
    failedAt,
  ]);
}

/** Notes that a dataset succeeded; tells the failure that this ends, if there was one. */
export function deleteFailure(transaction: Transaction, dataset: string): PastFailure | undefined {
  return transaction.get<PastFailure>(
    'DELETE FROM failing_datasets WHERE dataset = ? RETURNING run_id AS runId, failed_at AS failedAt',
    [dataset],
  );
}
