import { DliError } from '../contract/errors.ts';
import type { Role } from '../contract/roles.ts';
import { tokenStatus, unverifiedActor } from '../core/access-rule.ts';
import type { Clock } from '../core/clock.ts';
import { digestOf, sameDigest, tokenIdOf } from '../services/token-secret.ts';
import { instantOf } from '../services/views.ts';
import { hasTokens, readToken, type TokenRecord } from '../store/queries/tokens.ts';
import type { Database, Queries } from '../store/sqlite.ts';
import type { HeaderSource } from './api-request.ts';
import { FailedAttempts } from './failed-attempts.ts';

/** Who sends a request, and what they may do. */
export interface Identity {
  /** As events and runs name them. */
  readonly actor: string;
  readonly role: Role;
  /** Tells whether it would still be let in now: a token may be revoked, or expire, while its stream is open. */
  readonly isStillGood: () => boolean;
}

/** Why a request is not let in. */
export interface Refusal {
  readonly error: DliError;
  readonly headers: Readonly<Record<string, string>>;
}

/** What of a request decides who sends it. */
export interface Credentials {
  readonly headers: HeaderSource;
  /** The address at the other end of the connection. */
  readonly remoteAddress: string;
}

/** What the access needs. */
export interface AccessOptions {
  readonly database: Queries & Pick<Database, 'commits'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Asks for a token also while there is none: others than this machine's users reach the server. @default false */
  readonly isPublic?: boolean;
  /** Addresses of proxies, which say in `X-Forwarded-For` for whom they ask. @default none */
  readonly trustedProxies?: readonly string[];
  /** Is told when an address has sent too many wrong tokens. @default nobody is */
  readonly onBlocked?: (address: string) => void;
}

const longestActor = 100;
const noDigest = new Uint8Array(32);

/**
 * Decides who is let in. While there is a token that is not revoked, and on a server that others reach, every request needs
 * one; else this machine's users are let in under the name that they give themselves. The tokens are read from the
 * state with every request, and whether there are any after every commit, so a change of them holds at once.
 */
export class Access {
  readonly #options: AccessOptions;
  readonly #attempts = new FailedAttempts();
  /** Whether there are tokens, and the commit after which that was read. */
  #tokens = { exist: false, after: -1 };

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Tells who sends a request, or why they are not let in. */
  identify(credentials: Credentials): Identity | Refusal {
    const { headers } = credentials;
    if (!this.#needsToken()) {
      const actor = ownName(headers.get('x-dli-actor') ?? '');
      return { actor, role: 'admin', isStillGood: () => !this.#needsToken() };
    }
    const token = /^Bearer +(\S+)$/i.exec(headers.get('authorization')?.trim() ?? '')?.[1];
    if (token === undefined) return notLetIn('This server asks for a token, and the request has none');
    return this.#identifyToken(token, addressOf(credentials, this.#options.trustedProxies ?? []));
  }

  #needsToken(): boolean {
    const { isPublic, database } = this.#options;
    if (isPublic === true) return true;
    if (this.#tokens.after !== database.commits) this.#tokens = { exist: hasTokens(database), after: database.commits };
    return this.#tokens.exist;
  }

  #identifyToken(token: string, address: string): Identity | Refusal {
    const { database, clock, onBlocked } = this.#options;
    const now = clock.now();
    const waitMs = this.#attempts.waitMs(address, now);
    if (waitMs > 0) return tooManyWrong(waitMs);
    const tokenId = tokenIdOf(token);
    const found = tokenId === undefined ? undefined : readToken(database, tokenId);
    const digest = digestOf(token);
    // Compared also when there is no such id, so that the time tells nothing.
    if (!sameDigest(digest, found?.digest ?? noDigest) || !found) {
      if (this.#attempts.note(address, digest, now)) onBlocked?.(address);
      return notLetIn('The token is not one of this server');
    }
    const why = whyNotGood(found, now);
    if (why !== undefined) return notLetIn(why);
    const isStillGood = () => whyNotGood(readToken(database, found.tokenId), clock.now()) === undefined;
    return { actor: found.name, role: found.role, isStillGood };
  }
}

/** The refusal of a request, or of a stream whose token has ended meanwhile. */
export function notLetIn(message: string): Refusal {
  return {
    error: new DliError('DLI-401', message, {
      hints: [
        'Set DLI_API_KEY, or server.api_key in dli.yaml, to a token',
        'An admin makes one: dli server token create --role viewer',
      ],
    }),
    headers: { 'www-authenticate': 'Bearer realm="Basecamp"' },
  };
}

function tooManyWrong(waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1000);
  return {
    error: new DliError('DLI-429', `Too many wrong tokens came from this address: wait ${seconds} s`, {
      hints: ['Check DLI_API_KEY, or server.api_key in dli.yaml'],
    }),
    headers: { 'retry-after': String(seconds) },
  };
}

function whyNotGood(token: TokenRecord | undefined, now: number): string | undefined {
  if (!token) return 'The token is gone';
  const status = tokenStatus(token, now);
  if (status === 'revoked') return `Token '${token.name}' was revoked at ${instantOf(token.revokedAt)}`;
  return status === 'expired' ? `Token '${token.name}' expired at ${instantOf(token.expiresAt)}` : undefined;
}

/** The name that somebody gives themselves, percent-encoded. Nobody has checked it, and so it reads. */
function ownName(header: string): string {
  if (header === '') return 'anonymous';
  let name = header;
  try {
    name = decodeURIComponent(header);
  } catch {
    // Not encoded: taken as it is.
  }
  const shown = name.replaceAll(/\p{C}/gu, '').slice(0, longestActor).trim();
  return shown === '' ? 'anonymous' : unverifiedActor(shown);
}

/** Who counts as the sender: behind proxies that are trusted, the last one in their header that is none of them. */
function addressOf({ headers, remoteAddress }: Credentials, trusted: readonly string[]): string {
  const isTrusted = (address: string) => trusted.includes(address.replace(/^::ffff:/i, ''));
  if (!isTrusted(remoteAddress)) return remoteAddress;
  const forwarded = (headers.get('x-forwarded-for') ?? '').split(',').map((address) => address.trim());
  return forwarded.findLast((address) => address !== '' && !isTrusted(address)) ?? remoteAddress;
}
