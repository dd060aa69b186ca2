import { hash } from 'node:crypto';
import { DliError } from '../../contract/errors.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** How long a key answers again, in milliseconds. */
export const idempotencyWindowMs = 24 * 60 * 60 * 1000;

/** A request that carries an `Idempotency-Key`: `operation` and `input` tell whether a repeat is the same request. */
export interface KeyedRequest {
  readonly key: string | undefined;
  readonly operation: string;
  readonly input: unknown;
}

/**
 * Reads the answer that a key was given before.
 *
 * @throws DLI-807 when the key came with another request
 */
export function earlierAnswer<Answer>(
  queries: Queries,
  { key, operation, input }: KeyedRequest,
  now: number,
): Answer | undefined {
  if (key === undefined) return undefined;
  const row = queries.get<{ digest: string; answer: string }>(
    'SELECT digest, answer FROM idempotency_keys WHERE key = ? AND created_at > ?',
    [key, now - idempotencyWindowMs],
  );
  if (!row) return undefined;
  if (row.digest !== digestOf({ operation, input })) {
    throw new DliError('DLI-807', `The idempotency key '${key}' was used for another request`, {
      hints: ['Use a new key for a new request; a key answers again for 24 hours'],
    });
  }
  // The digest covers the operation, so the answer has that operation's shape.
  return JSON.parse(row.answer) as Answer;
}

/** Keeps the answer of a keyed request, in the transaction of its effect. */
export function keepAnswer(
  transaction: Transaction,
  { key, operation, input }: KeyedRequest,
  answer: unknown,
  now: number,
): void {
  if (key === undefined) return;
  transaction.run('INSERT OR REPLACE INTO idempotency_keys (key, digest, answer, created_at) VALUES (?, ?, ?, ?)', [
    key,
    digestOf({ operation, input }),
    JSON.stringify(answer),
    now,
  ]);
}

/** Forgets keys whose time is over, at most `limit`; tells how many. */
export function forgetOldKeys(transaction: Transaction, now: number, limit: number): number {
  return transaction.run(
    'DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys WHERE created_at <= ? LIMIT ?)',
    [now - idempotencyWindowMs, limit],
  );
}

/** Digests what a request asks for. */
export function digestOf({ operation, input }: Pick<KeyedRequest, 'operation' | 'input'>): string {
  return hash('sha256', JSON.stringify([operation, sortKeys(input)]));
}

/** The order of an object's fields says nothing, so a repeat may have another one. Not as a replacer, which takes three times as long. */
function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, field]) => [key, sortKeys(field)]));
}
