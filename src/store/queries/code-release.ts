import type { Queries, Transaction } from '../sqlite.ts';
import { digestOf, type KeyedRequest } from './idempotency.ts';

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

/** Reads which deploy this server did last; undefined when it did none. */
export function intendedDeploy(queries: Queries): string | undefined {
  return queries.get<{ deploy_id: string }>('SELECT deploy_id FROM code_intent')?.deploy_id;
}

/** Stores that this server is about to put the release of a deploy in force, and what it then answers. */
export function saveIntendedDeploy(
  transaction: Transaction,
  {
    deployId,
    request,
    answer,
  }: { readonly deployId: string; readonly request: KeyedRequest; readonly answer: unknown },
): void {
  transaction.run('INSERT OR REPLACE INTO code_intent (id, deploy_id, key, digest, answer) VALUES (1, ?, ?, ?, ?)', [
    deployId,
    request.key ?? null,
    digestOf(request),
    JSON.stringify(answer),
  ]);
}

/** Keeps the answer of the deploy that this server did last for whoever sends its key again; of any other deploy, nothing. */
export function keepIntendedAnswer(transaction: Transaction, deployId: string, now: number): void {
  transaction.run(
    `INSERT OR REPLACE INTO idempotency_keys (key, digest, answer, created_at)
     SELECT key, digest, answer, ? FROM code_intent WHERE deploy_id = ? AND key IS NOT NULL`,
    [now, deployId],
  );
}
