import { type Role, roleSchema } from '../contract/roles.ts';

/** Tells whether a role may do what needs `needed`: the roles are in a row, and each may what the ones before it may. */
export function roleAllows(role: Role, needed: Role): boolean {
  const order = roleSchema.options;
  return order.indexOf(role) >= order.indexOf(needed);
}

/** What decides about a token. */
export interface TokenState {
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** Whether a token is accepted at `now`. */
export function tokenStatus({ expiresAt, revokedAt }: TokenState, now: number): 'active' | 'expired' | 'revoked' {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

/** Names that events give to parts of the server and to people that nobody knows. */
const taken = new Set(['engine', 'scheduler', 'sync', 'recovery', 'anonymous']);
const longestName = 100;

/** Tells whether a token may be called so: no name of the server's own parts, and none that reads as an unverified one. */
export function isTokenName(name: string): boolean {
  return (
    name.length <= longestName &&
    /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._@+-]*[\p{L}\p{M}\p{N}])?$/u.test(name) &&
    !taken.has(name.toLowerCase())
  );
}

/** Writes the name of somebody whom nobody has checked, so that it reads as no token's. */
export function unverifiedActor(name: string): string {
  return `${name} (unverified)`;
}
