import { expect, it } from 'vitest';
import { estimateBackfill } from './backfill-estimate.ts';

const estimate = (facts: Partial<Parameters<typeof estimateBackfill>[0]>) =>
  estimateBackfill({ pastMs: [4_000], dates: 7, parallel: 1, limit: 4, ...facts });

it.each([
  ['one date after the other', {}, 28_000, 1],
  ['several at once', { parallel: 3 }, 12_000, 3],
  ['not more at once than the server allows', { parallel: 64 }, 8_000, 4],
  ['not more at once than there are dates', { parallel: 4, dates: 2 }, 4_000, 2],
  ['nothing for no date', { dates: 0 }, 0, 1],
])('estimates %s', (_name, facts, totalMs, atOnce) => {
  expect(estimate(facts)).toEqual({ totalMs, perDateMs: 4_000, atOnce, pastRuns: 1 });
});

it('goes by the median, so that one slow run does not count', () => {
  expect(estimate({ pastMs: [1_000, 900_000, 3_000] })).toMatchObject({ perDateMs: 3_000, pastRuns: 3 });
  expect(estimate({ pastMs: [1_000, 3_000, 900_000, 2_000] })?.perDateMs).toBe(2_500);
});

it('says nothing without a past run', () => expect(estimate({ pastMs: [] })).toBeNull());
