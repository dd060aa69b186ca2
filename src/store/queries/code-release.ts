import type { Queries, Transaction } from '../sqlite.ts';

/** The deploy that the state follows. */
export interface AppliedRelease {
  readonly deployId: string;
  readonly digest: string;
}

/** Reads which deploy the state follows; undefined when nothing was ever deployed. */
export function appliedRelease(queries: Queries): AppliedRelease | undefined {
  const row = queries.get<{ deploy_id: string; digest: string }>('SELECT deploy_id, digest FROM code_release');
  return row && { deployId: row.deploy_id, digest: row.digest };
}

/** Stores that the state follows a deploy. */
export function saveAppliedRelease(transaction: Transaction, { deployId, digest }: AppliedRelease): void {
  transaction.run(
    `INSERT INTO code_release (id, deploy_id, digest) VALUES (1, ?, ?)
     ON CONFLICT (id) DO UPDATE SET deploy_id = excluded.deploy_id, digest = excluded.digest`,
    [deployId, digest],
  );
}
