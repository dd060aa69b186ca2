import { describe, expect, it } from 'vitest';
import { nextBackfillStep } from './backfill.ts';

type Facts = Parameters<typeof nextBackfillStep>[0];
const step = (facts: Partial<Facts>) =>
  nextBackfillStep({ ended: 'COMPLETED', ending: null, pending: 0, running: 0, ...facts });

describe('after a date that completed', () => {
  it('the next one is released', () => expect(step({ pending: 3 })).toEqual({ kind: 'release_next' }));

  it('a backfill with none left is COMPLETED', () => {
    expect(step({})).toEqual({ kind: 'finish', status: 'COMPLETED' });
  });

  it('a backfill waits while another date is at work', () => {
    expect(step({ pending: 1, running: 1 })).toEqual({ kind: 'wait' });
    expect(step({ running: 1 })).toEqual({ kind: 'wait' });
  });
});

describe('after a date that did not complete', () => {
  it.each([
    ['FAILED', 'FAILED'],
    ['KILLED', 'KILLED'],
  ] as const)('%s: the waiting dates are given up and it ends %s', (ended, status) => {
    expect(step({ ended, pending: 2 })).toEqual({ kind: 'end', status });
    expect(step({ ended, pending: 2, running: 1 })).toEqual({ kind: 'end', status });
    expect(step({ ended })).toEqual({ kind: 'finish', status });
  });

  it('the running ones may finish', () => {
    expect(step({ ended: 'FAILED', running: 1 })).toEqual({ kind: 'wait' });
  });
});

describe('a backfill that was ending already', () => {
  it('keeps its own end, whatever the last date did', () => {
    for (const ended of ['COMPLETED', 'FAILED', 'KILLED'] as const) {
      expect(step({ ended, ending: 'KILLED' })).toEqual({ kind: 'finish', status: 'KILLED' });
      expect(step({ ended, ending: 'FAILED', pending: 1 })).toEqual({ kind: 'end', status: 'FAILED' });
      expect(step({ ended, ending: 'FAILED', running: 1 })).toEqual({ kind: 'wait' });
    }
  });
});
