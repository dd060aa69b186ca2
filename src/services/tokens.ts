import { DliError } from '../contract/errors.ts';
import type { Role } from '../contract/roles.ts';
import type { AccessToken, CreatedToken } from '../contract/tokens.ts';
import { isTokenName, tokenStatus } from '../core/access-rule.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, type KeyedRequest, keepAnswer } from '../store/queries/idempotency.ts';
import {
  hasTokens,
  insertToken,
  markRevoked,
  readNamedToken,
  readToken,
  listTokens as readTokens,
  replaceDigest,
  type TokenRecord,
} from '../store/queries/tokens.ts';
import type { Transaction } from '../store/sqlite.ts';
import { readCursor } from './cursor.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { type Page, pageOf } from './runs.ts';
import { newToken } from './token-secret.ts';
import { instantOf } from './views.ts';

/** What tokens need of the server: they are also made while none runs. */
export type TokenParts = Pick<ServiceParts, 'database' | 'clock'>;

/** What is asked for when a token is made. */
export interface TokenOrder {
  readonly name?: string | undefined;
  readonly role: Role;
  /** RFC 3339; null for a token that does not end by itself. */
  readonly expires_at: string | null;
}

/**
 * Makes a token. Its secret is in this answer and nowhere else, so a repeat with the same idempotency key gives the same
 * token another secret.
 *
 * @throws DLI-400 for a name or an end that cannot be, DLI-804 when the name is taken, DLI-807 when the first token is not
 *   an admin's, or the one that is asked for again was revoked
 */
export function createToken({ database, clock }: TokenParts, caller: Caller, order: TokenOrder): Promise<CreatedToken> {
  const request = { key: caller.idempotencyKey, operation: 'token.create', input: order };
  const made = newToken();
  const name = order.name ?? `${order.role}-${made.tokenId}`;
  return database.write((transaction) => {
    const at = clock.now();
    const again = repeated(transaction, request, at);
    if (again) return again;
    const expiresAt = order.expires_at === null ? null : Date.parse(order.expires_at);
    checkOrder(transaction, { name, role: order.role, expiresAt, now: at });
    const token = { ...made, name, role: order.role, createdAt: at, createdBy: caller.actor, expiresAt };
    if (!insertToken(transaction, token)) throw nameTaken(name);
    const data = { name, role: order.role, expires_at: instantOf(expiresAt) };
    note(transaction, { at, kind: 'token.created', actor: caller.actor, data: { token_id: made.tokenId, ...data } });
    keepAnswer(transaction, request, { token_id: made.tokenId }, at);
    return { ...viewOf(transaction, made.tokenId, at), token: made.token };
  });
}

/** Reads a page of tokens, newest first. */
export function listTokens(
  { database, clock }: TokenParts,
  input: { readonly all?: boolean | undefined; readonly limit: number; readonly cursor?: string | undefined },
): Page<AccessToken> {
  const { all = false, limit, cursor } = input;
  const [beforeSeq] = cursor === undefined ? [] : readCursor(cursor, ['number']);
  const now = clock.now();
  return pageOf(readTokens(database, { all, beforeSeq }, limit + 1), {
    limit,
    place: ({ seq }) => [seq],
    view: (token) => tokenView(token, now),
  });
}

/** Revokes the token of this id or name, at once. @throws DLI-430; DLI-807 when it is revoked already */
export function revokeToken(
  { database, clock }: TokenParts,
  caller: Caller,
  input: { readonly token: string },
): Promise<AccessToken> {
  const request = { key: caller.idempotencyKey, operation: 'token.revoke', input };
  return database.write((transaction) => {
    const at = clock.now();
    const earlier = earlierAnswer<AccessToken>(transaction, request, at);
    if (earlier) return earlier;
    const found = readToken(transaction, input.token) ?? readNamedToken(transaction, input.token);
    // Not repeated in the message: somebody may have given the secret.
    if (!found) throw new DliError('DLI-430', 'There is no token of this id or name', { hints: [listHint] });
    const { tokenId, name } = found;
    if (!markRevoked(transaction, tokenId, { at, by: caller.actor })) {
      throw new DliError('DLI-807', `Token '${name}' (${tokenId}) was revoked by ${found.revokedBy} already`);
    }
    note(transaction, { at, kind: 'token.revoked', actor: caller.actor, data: { token_id: tokenId, name } });
    const answer = viewOf(transaction, tokenId, at);
    keepAnswer(transaction, request, answer, at);
    return answer;
  });
}

const listHint = 'List them: dli server token list --all';

function repeated(transaction: Transaction, request: KeyedRequest, now: number): CreatedToken | undefined {
  const earlier = earlierAnswer<{ readonly token_id: string }>(transaction, request, now);
  if (!earlier) return undefined;
  const { tokenId, token, digest } = newToken(earlier.token_id);
  if (!replaceDigest(transaction, tokenId, digest)) {
    throw new DliError('DLI-807', `The token ${tokenId} of this idempotency key was revoked`, {
      hints: ['Make another one with a new key'],
    });
  }
  return { ...viewOf(transaction, tokenId, now), token };
}

function checkOrder(
  transaction: Transaction,
  order: { readonly name: string; readonly role: Role; readonly expiresAt: number | null; readonly now: number },
): void {
  if (!isTokenName(order.name)) {
    throw new DliError('DLI-400', `'${order.name}' cannot be the name of a token`, {
      hints: [
        'Allowed: up to 100 letters, digits, spaces and . _ @ + - between them',
        'Not allowed: anonymous, engine, recovery, scheduler, sync, as events name no token',
      ],
    });
  }
  if (order.expiresAt !== null && order.expiresAt <= order.now) {
    throw new DliError('DLI-400', 'The token would have expired already', { hints: ['Give a time to come, or none'] });
  }
  if (order.role !== 'admin' && !hasTokens(transaction)) {
    throw new DliError('DLI-807', `The first token cannot be a ${order.role}'s: nobody could make another one`, {
      hints: ['Make one for yourself first: dli server token create --role admin'],
    });
  }
}

function nameTaken(name: string): DliError {
  return new DliError('DLI-804', `There is a token '${name}' already`, {
    hints: ['Choose another name, or revoke that one first', listHint],
  });
}

function note(
  transaction: Transaction,
  event: {
    readonly at: number;
    readonly kind: 'token.created' | 'token.revoked';
    readonly actor: string;
    readonly data: Readonly<Record<string, string | null>>;
  },
): void {
  appendEvent(transaction, { ...event, dataset: null, runId: null, backfillId: null, reason: null });
}

function viewOf(transaction: Transaction, tokenId: string, now: number): AccessToken {
  const token = readToken(transaction, tokenId);
  if (!token) throw new TypeError(`token ${tokenId} was stored and is not there`);
  return tokenView(token, now);
}

function tokenView(token: TokenRecord, now: number): AccessToken {
  return {
    token_id: token.tokenId,
    name: token.name,
    role: token.role,
    status: tokenStatus(token, now),
    created_at: instantOf(token.createdAt),
    created_by: token.createdBy,
    expires_at: instantOf(token.expiresAt),
    revoked_at: instantOf(token.revokedAt),
    revoked_by: token.revokedBy,
  };
}
