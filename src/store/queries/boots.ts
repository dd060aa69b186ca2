import type { Queries, Transaction } from '../sqlite.ts';

/** Notes that a server took the folder. */
export function insertBoot(transaction: Transaction, bootId: string, at: number): void {
  transaction.run('INSERT INTO boots (boot_id, started_at, seen_at) VALUES (?, ?, ?)', [bootId, at, at]);
}

/** Notes that a server is still there. */
export function touchBoot(transaction: Transaction, bootId: string, at: number): void {
  transaction.run('UPDATE boots SET seen_at = ? WHERE boot_id = ?', [at, bootId]);
}

/** When a server was last seen on this folder, to the minute; undefined when none ever was. */
export function lastSeenAt(queries: Queries): number | undefined {
  return queries.get<{ seen_at: number }>('SELECT seen_at FROM boots ORDER BY seq DESC LIMIT 1')?.seen_at;
}
