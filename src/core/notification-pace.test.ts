import { describe, expect, it } from 'vitest';
import { type DeliveryFailure, decidePace, digestLimit, nextDeliveryAt } from './notification-pace.ts';

const now = 1_000_000;
const waiting = (count: number, alone: readonly number[] = []) =>
  Array.from({ length: count }, (_, index) => ({ alone: alone.includes(index) }));
const ago = (...seconds: number[]) => seconds.map((each) => now - each * 1_000);

describe('what a target gets next', () => {
  it.each([
    ['one that waits alone', 1, [], 'send 1'],
    ['the first of five', 5, [], 'send 1'],
    ['all of six: more than a minute has room for', 6, [], 'send 6'],
    ['all of two, with room for one', 2, [50, 40, 30, 20], 'send 2'],
    ['one, with room for one', 1, [50, 40, 30, 20], 'send 1'],
    [
      'nothing while five were sent within the minute, until the first of them is a minute old',
      1,
      [50, 40, 30, 20, 10],
      'wait 10',
    ],
    ['what there is room for again after a minute', 1, [60, 40, 30, 20, 10], 'send 1'],
    [
      'nothing while more than five were sent, until only four are left in the minute',
      9,
      [59, 50, 40, 30, 20, 10],
      'wait 10',
    ],
    ['one where the clock was set back: times to come say nothing', 1, [-5, -4, -3, -2, -1], 'send 1'],
    ['no more than a digest holds', 500, [], `send ${digestLimit}`],
  ])('is %s', (_, count, seconds, expected) => {
    const pace = decidePace({ waiting: waiting(count), sentAt: ago(...seconds), now });
    expect(pace.kind === 'send' ? `send ${pace.count}` : `wait ${(pace.at - now) / 1_000}`).toBe(expected);
  });

  it('is one alone that a digest was refused for, and the others up to it', () => {
    expect(decidePace({ waiting: waiting(9, [0]), sentAt: [], now })).toEqual({ kind: 'send', count: 1 });
    expect(decidePace({ waiting: waiting(9, [3]), sentAt: [], now })).toEqual({ kind: 'send', count: 3 });
  });

  it('is never more than five messages in any minute, and always everything in the end', () => {
    let left = 0;
    const sentAt: number[] = [];
    for (let at = now; at < now + 600_000; at += 1_000) {
      if (at < now + 300_000) left += 2;
      for (;;) {
        if (left === 0) break;
        const pace = decidePace({ waiting: waiting(left), sentAt, now: at });
        if (pace.kind === 'wait') {
          expect(pace.at).toBeGreaterThan(at);
          break;
        }
        left -= pace.count;
        sentAt.push(at);
        expect(sentAt.filter((each) => each > at - 60_000).length).toBeLessThanOrEqual(5);
      }
    }
    expect(left).toBe(0);
  });
});

describe('what could not be delivered', () => {
  const failure = (kind: DeliveryFailure['kind'], retryAfterMs?: number): DeliveryFailure => ({
    kind,
    error: 'x',
    retryAfterMs,
  });
  const pause = (attempts: number, given: Partial<Parameters<typeof nextDeliveryAt>[0]> = {}) => {
    const at = nextDeliveryAt({ failure: failure('away'), attempts, createdAt: now, now, random: 1, ...given });
    return at === null ? null : at - now;
  };

  it('is tried again later and later, at most a quarter of an hour apart', () => {
    expect([1, 2, 3, 4, 10, 11, 1_000].map((attempts) => pause(attempts))).toEqual([
      1_000, 2_000, 4_000, 8_000, 512_000, 900_000, 900_000,
    ]);
  });

  it('is spread over the second half of its pause', () => {
    expect([0, 0.5, 1].map((random) => pause(3, { random }))).toEqual([2_000, 3_000, 4_000]);
  });

  it('is left alone for as long as the target asks for, but not for longer than a pause may be', () => {
    expect(pause(1, { failure: failure('away', 30_000) })).toBe(30_000);
    expect(pause(5, { failure: failure('away', 1_000) })).toBe(16_000);
    expect(pause(1, { failure: failure('away', 86_400_000) })).toBe(900_000);
  });

  it('is given up at once when it is refused, after ten faults, and after a day', () => {
    expect(pause(1, { failure: failure('refused') })).toBeNull();
    expect(pause(9, { failure: failure('failed') })).toBe(256_000);
    expect(pause(10, { failure: failure('failed') })).toBeNull();
    expect(pause(500, { createdAt: now - 86_399_999 })).toBe(900_000);
    expect(pause(1, { createdAt: now - 86_400_000 })).toBeNull();
  });
});
