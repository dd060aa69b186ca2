import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FailedAttempts } from './failed-attempts.ts';

const digest = (text: string | number) => createHash('sha256').update(String(text)).digest();

describe('wrong tokens', () => {
  it('make an address wait when it has sent too many different ones, and no other', () => {
    const attempts = new FailedAttempts({ most: 3 });
    expect([1, 2, 3].map((token) => attempts.note('10.0.0.1', digest(token), token))).toEqual([false, false, true]);
    expect(attempts.waitMs('10.0.0.1', 3)).toBe(60_000);
    expect(attempts.waitMs('10.0.0.2', 3)).toBe(0);
  });

  it('may be tried again when the time is over, from the beginning', () => {
    const attempts = new FailedAttempts({ most: 2 });
    for (const token of [1, 2]) attempts.note('a', digest(token), 0);
    expect(attempts.waitMs('a', 59_999)).toBe(1);
    expect(attempts.waitMs('a', 60_000)).toBe(0);
    expect(attempts.note('a', digest(3), 60_000)).toBe(false);
  });

  it('that are spread over time make nobody wait', () => {
    const attempts = new FailedAttempts({ most: 2 });
    for (let token = 0; token < 100; token += 1) expect(attempts.note('a', digest(token), token * 60_000)).toBe(false);
  });

  it('count once each: one that is sent again and again is an old configuration', () => {
    const attempts = new FailedAttempts({ most: 2 });
    for (let time = 0; time < 100; time += 1) attempts.note('a', digest('old'), time);
    expect(attempts.waitMs('a', 100)).toBe(0);
  });

  it('make nobody wait for longer when the clock is set back', () => {
    const attempts = new FailedAttempts({ most: 1 });
    attempts.note('a', digest(1), 1_000_000);
    expect(attempts.waitMs('a', 0)).toBe(0);
  });

  it.each([
    ['2001:db8::1', '2001:db8:0:0:ffff::2', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['fe80::1%eth0', 'fe80::2', true],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
    ['::1', '2001:db8::1', false],
  ])('of %s count for %s: %s', (one, other, together) => {
    const attempts = new FailedAttempts({ most: 1 });
    attempts.note(one, digest(1), 0);
    expect(attempts.waitMs(other, 0) > 0).toBe(together);
  });

  it('take no more memory from however many addresses they come; the ones of late are remembered', () => {
    const attempts = new FailedAttempts({ most: 1, addresses: 100 });
    for (let n = 0; n < 10_000; n += 1) attempts.note(`10.0.${n >> 8}.${n & 255}`, digest(n), 0);
    expect(attempts.size).toBe(100);
    expect(attempts.waitMs(`10.0.${9_999 >> 8}.${9_999 & 255}`, 0)).toBeGreaterThan(0);
  });
});
