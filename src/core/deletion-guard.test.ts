import { describe, expect, it } from 'vitest';
import { describeLimit, exceedsLimit, parseDeletionLimit } from './deletion-guard.ts';

describe('a limit', () => {
  it.each([
    ['25%', { kind: 'percent', value: 25 }],
    [' 0% ', { kind: 'percent', value: 0 }],
    ['100%', { kind: 'percent', value: 100 }],
    ['10', { kind: 'count', value: 10 }],
    ['101%', undefined],
    ['-1', undefined],
    ['2.5%', undefined],
    ['a quarter', undefined],
    ['', undefined],
  ])('is read from %j', (text, limit) => {
    expect(parseDeletionLimit(text)).toEqual(limit);
  });

  it.each([
    ['25%', 1, 4, false],
    ['25%', 2, 4, true],
    ['25%', 2, 8, false],
    ['25%', 3, 8, true],
    ['25%', 0, 0, false],
    ['25%', 1, 1, true],
    ['0%', 1, 1_000, true],
    ['100%', 7, 7, false],
    ['2', 2, 2, false],
    ['2', 3, 1_000, true],
  ])('%s is exceeded by %i of %i: %s', (text, removed, total, isMore) => {
    const limit = parseDeletionLimit(text) ?? expect.unreachable();
    expect(exceedsLimit(limit, { removed, total })).toBe(isMore);
  });

  it('is described', () => {
    expect(['25%', '3'].map((text) => describeLimit(parseDeletionLimit(text) ?? expect.unreachable()))).toEqual([
      'more than 25 %',
      'more than 3',
    ]);
  });
});
