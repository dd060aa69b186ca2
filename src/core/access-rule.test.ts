import { describe, expect, it } from 'vitest';
import { roleSchema } from '../contract/roles.ts';
import { isTokenName, roleAllows, tokenStatus, unverifiedActor } from './access-rule.ts';

describe('a role', () => {
  it('may what it is for, and what the ones before it may', () => {
    const allowed = roleSchema.options.map((role) => roleSchema.options.filter((needed) => roleAllows(role, needed)));
    expect(allowed).toEqual([
      ['viewer'],
      ['viewer', 'operator'],
      ['viewer', 'operator', 'deployer'],
      ['viewer', 'operator', 'deployer', 'admin'],
    ]);
  });
});

describe('a token', () => {
  it.each([
    [{ expiresAt: null, revokedAt: null }, 'active'],
    [{ expiresAt: 101, revokedAt: null }, 'active'],
    [{ expiresAt: 100, revokedAt: null }, 'expired'],
    [{ expiresAt: 99, revokedAt: null }, 'expired'],
    [{ expiresAt: null, revokedAt: 50 }, 'revoked'],
    [{ expiresAt: 99, revokedAt: 50 }, 'revoked'],
  ])('%j is %s at 100', (token, status) => {
    expect(tokenStatus(token, 100)).toBe(status);
  });

  it.each(['ci', 'deploy@main', 'ann.lee+ci', '민지', 'a b', 'x-1', 'a'.repeat(100)])('may be called %s', (name) => {
    expect(isTokenName(name)).toBe(true);
  });

  it.each(['', ' ci', 'ci ', 'ann (unverified)', 'a\nb', 'a\u0000', '\u202Ex', '🚀', '-x', 'a'.repeat(101)])(
    'may not be called %j',
    (name) => {
      expect(isTokenName(name)).toBe(false);
    },
  );

  it.each(['engine', 'Scheduler', 'SYNC', 'recovery', 'anonymous'])(
    'may not be called %s, as the server calls itself or somebody whom it does not know',
    (name) => {
      expect(isTokenName(name)).toBe(false);
    },
  );

  it('is never called as somebody whom nobody has checked', () => {
    expect(isTokenName(unverifiedActor('ann'))).toBe(false);
  });
});
