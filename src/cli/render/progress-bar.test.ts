import fc from 'fast-check';
import { expect, it } from 'vitest';
import { progressBar } from './progress-bar.ts';
import { textWidth } from './text-width.ts';

it('shows dates, share, rate, time left and the date at work', () => {
  const bar = progressBar({ done: 50, total: 200, atWork: '2001-02-20', ratePerSecond: 25, columns: 120 });
  expect(bar).toBe(`[${'█'.repeat(10)}${'░'.repeat(30)}]  50/200 dates  25 %  25/s  6.0 s left  2001-02-20`);
});

it('says nothing of the time left before there is a rate', () => {
  expect(progressBar({ done: 0, total: 7, atWork: null, ratePerSecond: 0, columns: 120 })).toMatch(
    /0\/7 dates {2}0 %$/,
  );
});

it('never fills the last cell of a terminal that has room for the count', () => {
  fc.assert(
    fc.property(fc.integer({ min: 24, max: 200 }), fc.nat(10_000), fc.nat(10_000), (columns, left, right) => {
      const total = Math.max(left, right, 1);
      const done = Math.min(left, right);
      const bar = progressBar({ done, total, atWork: '2001-02-20', ratePerSecond: 3.3, columns });
      expect(textWidth(bar)).toBeLessThan(columns);
    }),
  );
});
