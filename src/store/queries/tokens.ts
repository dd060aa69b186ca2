import type { Role } from '../../contract/roles.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** A token as it is stored. The token itself is not: `digest` is what it is recognised by. */
export interface TokenRecord {
  readonly seq: number;
  readonly tokenId: string;
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the whole token. */
  readonly digest: Uint8Array;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly revokedBy: string | null;
}

const columns = `seq, token_id AS tokenId, name, role, digest, created_at AS createdAt, created_by AS createdBy,
  expires_at AS expiresAt, revoked_at AS revokedAt, revoked_by AS revokedBy`;

/** Stores a new token; tells whether it did: no two tokens that are not revoked have one name. */
export function insertToken(
  transaction: Transaction,
  token: Omit<TokenRecord, 'seq' | 'revokedAt' | 'revokedBy'>,
): boolean {
  return (
    transaction.run(
      `INSERT INTO tokens (token_id, name, role, digest, created_at, created_by, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      [token.tokenId, token.name, token.role, token.digest, token.createdAt, token.createdBy, token.expiresAt],
    ) > 0
  );
}

/** Gives a token that is not revoked a new secret; tells whether there is such a one. */
export function replaceDigest(transaction: Transaction, tokenId: string, digest: Uint8Array): boolean {
  return (
    transaction.run('UPDATE tokens SET digest = ? WHERE token_id = ? AND revoked_at IS NULL', [digest, tokenId]) > 0
  );
}

/** Revokes a token; tells whether it was not revoked before. */
export function markRevoked(
  transaction: Transaction,
  tokenId: string,
  { at, by }: { readonly at: number; readonly by: string },
): boolean {
  return (
    transaction.run('UPDATE tokens SET revoked_at = ?, revoked_by = ? WHERE token_id = ? AND revoked_at IS NULL', [
      at,
      by,
      tokenId,
    ]) > 0
  );
}

/** Reads a token by its id. */
export function readToken(queries: Queries, tokenId: string): TokenRecord | undefined {
  return queries.get<TokenRecord>(`SELECT ${columns} FROM tokens WHERE token_id = ?`, [tokenId]);
}

/** Reads the token of this name that is not revoked, or else the newest that was. */
export function readNamedToken(queries: Queries, name: string): TokenRecord | undefined {
  return queries.get<TokenRecord>(
    `SELECT ${columns} FROM tokens WHERE name = ? ORDER BY revoked_at IS NULL DESC, seq DESC LIMIT 1`,
    [name],
  );
}

/** Tells whether there is a token that is not revoked, expired or not. `tokens_name` answers it. */
export function hasTokens(queries: Queries): boolean {
  return queries.get('SELECT 1 FROM tokens WHERE revoked_at IS NULL LIMIT 1') !== undefined;
}

/** Reads tokens, newest first. */
export function listTokens(
  queries: Queries,
  { all, beforeSeq = Number.MAX_SAFE_INTEGER }: { readonly all: boolean; readonly beforeSeq?: number | undefined },
  limit: number,
): readonly TokenRecord[] {
  return queries.all<TokenRecord>(
    `SELECT ${columns} FROM tokens WHERE seq < ?${all ? '' : ' AND revoked_at IS NULL'} ORDER BY seq DESC LIMIT ?`,
    [beforeSeq, limit],
  );
}
