import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/fakes/fake-clock.ts';
import { readEvents } from '../store/queries/events.ts';
import { openState } from '../store/store-fixture.suite.ts';
import { digestOf, newToken, sameDigest, tokenIdOf } from './token-secret.ts';
import { createToken, listTokens, revokeToken, type TokenOrder } from './tokens.ts';

const ann = { actor: 'ann (unverified)', idempotencyKey: undefined };

function fixture() {
  const parts = { database: openState(), clock: new FakeClock(Date.UTC(2024, 0, 15)) };
  return {
    ...parts,
    create: (order: Partial<TokenOrder> = {}, idempotencyKey?: string) =>
      createToken(parts, { ...ann, idempotencyKey }, { role: 'admin', expires_at: null, ...order }),
    list: (all = false, cursor?: string, limit = 100) => listTokens(parts, { all, limit, cursor }),
    revoke: (token: string, idempotencyKey?: string) => revokeToken(parts, { ...ann, idempotencyKey }, { token }),
    dump: () =>
      JSON.stringify(['tokens', 'events', 'idempotency_keys'].map((t) => parts.database.all(`SELECT * FROM ${t}`))),
  };
}

describe('a new token', () => {
  it('has a public id, a secret of 256 bits, and a digest', () => {
    const { tokenId, token, digest } = newToken();
    expect(token).toMatch(/^dli_[0-9a-f]{12}_[0-9a-f]{64}$/);
    expect(tokenIdOf(token)).toBe(tokenId);
    expect(sameDigest(digest, digestOf(token))).toBe(true);
    expect(sameDigest(digest, digestOf(`${token} `))).toBe(false);
    expect(sameDigest(digest, new Uint8Array(0))).toBe(false);
    for (const text of ['', 'x', `${token}0`, token.slice(0, -1), `x${token}`]) expect(tokenIdOf(text)).toBeUndefined();
  });

  it('is shown once: the secret is nowhere in the state, not even for a repeat', async () => {
    const { create, dump } = fixture();
    const { token, ...shown } = await create({ name: 'me', expires_at: '2024-02-01T00:00:00+09:00' }, 'key');
    expect(shown).toEqual({
      token_id: tokenIdOf(token),
      name: 'me',
      role: 'admin',
      status: 'active',
      created_at: '2024-01-15T00:00:00.000Z',
      created_by: 'ann (unverified)',
      expires_at: '2024-01-31T15:00:00.000Z',
      revoked_at: null,
      revoked_by: null,
    });
    expect(dump()).not.toContain(token.slice('dli_'.length + 13));
  });

  it('is an event that says who made which, without its secret', async () => {
    const { database, create } = fixture();
    const { token_id, token } = await create({ name: 'me' });
    const [event] = readEvents(database, { after: 0, filter: {}, limit: 10 });
    expect(event).toMatchObject({
      kind: 'token.created',
      actor: 'ann (unverified)',
      data: { token_id, name: 'me', role: 'admin' },
    });
    expect(JSON.stringify(event)).not.toContain(token);
  });

  it('gets another secret when a dropped request is repeated, and stays one token', async () => {
    const { create, list } = fixture();
    const first = await create({ name: 'me' }, 'key');
    const again = await create({ name: 'me' }, 'key');
    expect(again).toEqual({ ...first, token: again.token });
    expect(again.token).not.toBe(first.token);
    expect(list().items).toHaveLength(1);
    await expect(create({ name: 'other' }, 'key')).rejects.toMatchObject({ code: 'DLI-807' });
  });

  it('is not made again by a repeat after it was revoked', async () => {
    const { create, revoke } = fixture();
    const { token_id } = await create({}, 'key');
    await revoke(token_id);
    await expect(create({}, 'key')).rejects.toMatchObject({ code: 'DLI-807' });
  });

  it('has a name that no other one in force has', async () => {
    const { create, revoke } = fixture();
    await create({ name: 'me' });
    await expect(create({ name: 'me' })).rejects.toMatchObject({ code: 'DLI-804' });
    await revoke('me');
    expect((await create({ name: 'me' })).name).toBe('me');
  });

  it('is called by role and id where no name is given', async () => {
    const { name, token_id } = await fixture().create();
    expect(name).toBe(`admin-${token_id}`);
  });

  it.each([{ name: '' }, { name: 'ann (unverified)' }, { name: 'engine' }, { expires_at: '2024-01-15T00:00:00Z' }])(
    'is refused: %j',
    async (order) => {
      const { create, list } = fixture();
      await expect(create(order)).rejects.toMatchObject({ code: 'DLI-400' });
      expect(list(true).items).toEqual([]);
    },
  );

  it('is an admin’s when it is the first', async () => {
    const { create } = fixture();
    await expect(create({ role: 'viewer' })).rejects.toMatchObject({
      code: 'DLI-807',
      hints: [expect.stringContaining('dli server token create --role admin')],
    });
    await create();
    expect((await create({ role: 'viewer' })).role).toBe('viewer');
  });
});

describe('the list of tokens', () => {
  it('has the newest first, in pages, and those that were revoked only on request', async () => {
    const { create, list, revoke, clock } = fixture();
    for (const name of ['a', 'b', 'c', 'd'])
      await create({ name, expires_at: name === 'b' ? '2024-01-16T00:00:00Z' : null });
    await revoke('c');
    clock.advance(86_400_000);
    expect(list().items.map(({ name, status }) => [name, status])).toEqual([
      ['d', 'active'],
      ['b', 'expired'],
      ['a', 'active'],
    ]);
    const first = list(true, undefined, 3);
    expect(first.items.map(({ name, status }) => [name, status])).toEqual([
      ['d', 'active'],
      ['c', 'revoked'],
      ['b', 'expired'],
    ]);
    expect(list(true, first.next_cursor ?? '', 3)).toMatchObject({ items: [{ name: 'a' }], next_cursor: null });
    expect(JSON.stringify(list(true))).not.toMatch(/digest|dli_/);
  });
});

describe('revoking', () => {
  it('works by id and by name, says who and when, and is an event', async () => {
    const { database, create, revoke } = fixture();
    await create({ name: 'a' });
    const { token_id } = await create({ name: 'b' });
    expect(await revoke(token_id)).toMatchObject({ name: 'b', status: 'revoked', revoked_by: 'ann (unverified)' });
    expect(await revoke('a')).toMatchObject({ name: 'a', status: 'revoked', revoked_at: '2024-01-15T00:00:00.000Z' });
    const events = readEvents(database, { after: 0, filter: { kinds: ['token.revoked'] }, limit: 10 });
    expect(events.map(({ data }) => data.name)).toEqual(['b', 'a']);
  });

  it('repeats its answer for the same key, and is refused a second time', async () => {
    const { create, revoke } = fixture();
    await create({ name: 'a' });
    expect(await revoke('a', 'key')).toEqual(await revoke('a', 'key'));
    await expect(revoke('a')).rejects.toMatchObject({ code: 'DLI-807' });
  });

  it('never repeats what was typed: it may be the secret', async () => {
    const { create, revoke } = fixture();
    const { token } = await create();
    const error = await revoke(token).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ code: 'DLI-430' });
    expect(JSON.stringify([error, String(error)])).not.toContain(token);
  });
});
