import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../contract/runs.ts';
import { finalStatus, nextBackfillStep } from './backfill.ts';

type Facts = Parameters<typeof nextBackfillStep>[0];
const step = (facts: Partial<Facts>) =>
  nextBackfillStep({
    ended: 'COMPLETED',
    ending: null,
    continueOnFailure: false,
    parallel: 1,
    held: false,
    released: 0,
    running: 0,
    ...facts,
  });

describe('after a date that completed', () => {
  it('the next one is released', () => expect(step({ held: true })).toEqual({ kind: 'release', count: 1 }));

  it('as many are released as may be at work at once', () => {
    expect(step({ held: true, parallel: 4, running: 3 })).toEqual({ kind: 'release', count: 1 });
    expect(step({ held: true, parallel: 4, running: 1, released: 1 })).toEqual({ kind: 'release', count: 2 });
    expect(step({ held: true, parallel: 4, running: 3, released: 1 })).toEqual({ kind: 'wait' });
  });

  it('a backfill with none left ends', () => expect(step({})).toEqual({ kind: 'finish' }));

  it('a backfill waits while another date is at work or may start', () => {
    expect(step({ held: true, running: 1 })).toEqual({ kind: 'wait' });
    expect(step({ released: 1 })).toEqual({ kind: 'wait' });
    expect(step({ running: 1 })).toEqual({ kind: 'wait' });
  });
});

describe('after it was stored or resumed', () => {
  it('its first dates are released', () => {
    expect(step({ ended: null, held: true, parallel: 3 })).toEqual({ kind: 'release', count: 3 });
  });
});

describe('after a date that did not complete', () => {
  it.each(['FAILED', 'KILLED'] as const)('%s: the waiting dates are given up', (ended) => {
    expect(step({ ended, held: true })).toEqual({ kind: 'end', status: ended });
    expect(step({ ended, released: 2 })).toEqual({ kind: 'end', status: ended });
    expect(step({ ended, held: true, running: 1 })).toEqual({ kind: 'end', status: ended });
    expect(step({ ended })).toEqual({ kind: 'finish' });
  });

  it('the running ones may finish', () => expect(step({ ended: 'FAILED', running: 1 })).toEqual({ kind: 'wait' }));

  it('the next one is released all the same where it is to go on', () => {
    for (const ended of ['FAILED', 'KILLED'] as const)
      expect(step({ ended, held: true, continueOnFailure: true })).toEqual({ kind: 'release', count: 1 });
  });
});

describe('a backfill that was ending already', () => {
  it('starts nothing more, whatever the last date did', () => {
    for (const ended of ['COMPLETED', 'FAILED', 'KILLED'] as const) {
      for (const continueOnFailure of [true, false]) {
        expect(step({ ended, continueOnFailure, ending: 'KILLED' })).toEqual({ kind: 'finish' });
        expect(step({ ended, continueOnFailure, ending: 'FAILED', held: true })).toEqual({
          kind: 'end',
          status: 'FAILED',
        });
        expect(step({ ended, continueOnFailure, ending: 'FAILED', running: 1 })).toEqual({ kind: 'wait' });
      }
    }
  });
});

describe('a backfill that has no date left ends', () => {
  it.each([
    [{ ending: null, failed: false, killed: false }, 'COMPLETED'],
    [{ ending: null, failed: true, killed: true }, 'FAILED'],
    [{ ending: null, failed: false, killed: true }, 'KILLED'],
    [{ ending: 'KILLED', failed: true, killed: true }, 'KILLED'],
    [{ ending: 'FAILED', failed: true, killed: true }, 'FAILED'],
    [{ ending: 'KILLED', failed: false, killed: false }, 'COMPLETED'],
  ] as const)('%j: %s', (facts, status) => expect(finalStatus(facts)).toBe(status));
});

it('never has more dates at work than it may, and ends with every date ended', () => {
  const ends = fc.constantFrom<RunStatus>('COMPLETED', 'COMPLETED', 'COMPLETED', 'FAILED', 'KILLED');
  const life = fc.record({
    dates: fc.integer({ min: 1, max: 30 }),
    parallel: fc.integer({ min: 1, max: 8 }),
    continueOnFailure: fc.boolean(),
    ends: fc.infiniteStream(ends),
  });
  fc.assert(
    fc.property(life, ({ dates, parallel, continueOnFailure, ends: results }) => {
      let [held, running, ended] = [dates, 0, 0];
      let ending: Facts['ending'] = null;
      let last: RunStatus | null = null;
      for (;;) {
        const next = step({ ended: last, ending, continueOnFailure, parallel, held: held > 0, running });
        if (next.kind === 'finish') break;
        if (next.kind === 'end') [ending, ended, held] = [next.status, ended + held, 0];
        if (next.kind === 'release') {
          const count = Math.min(held, next.count);
          [held, running] = [held - count, running + count];
        }
        expect(running).toBeLessThanOrEqual(parallel);
        if (running === 0) continue;
        last = results.next().value ?? 'COMPLETED';
        [running, ended] = [running - 1, ended + 1];
      }
      expect([held, running, ended]).toEqual([0, 0, dates]);
    }),
  );
});
