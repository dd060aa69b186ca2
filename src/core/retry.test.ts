import { describe, expect, it } from 'vitest';
import { decideRetry, isCulprit, processDeathLimit } from './retry.ts';
import { notDelayed } from './run.ts';

const policy = { maxAttempts: 3, delaySeconds: 300 };

describe('a failed attempt', () => {
  it('is followed by another one after the delay while attempts are left', () => {
    for (const attempt of [1, 2]) {
      expect(decideRetry({ attempt, policy, mendable: true, now: 1_000 })).toEqual({
        kind: 'retry',
        availableAt: 301_000,
      });
    }
  });

  it('is the end when the attempts are used up, and never starts more than max_attempts', () => {
    for (const attempt of [3, 4]) {
      const decision = decideRetry({ attempt, policy, mendable: true, now: 0 });
      expect(decision).toMatchObject({ kind: 'fail', because: expect.stringContaining('3') });
    }
  });

  it('is the end at once when trying again cannot mend the error', () => {
    expect(decideRetry({ attempt: 1, policy, mendable: false, now: 0 }).kind).toBe('fail');
  });

  it('says so when no retry is configured', () => {
    const decision = decideRetry({ attempt: 1, policy: { maxAttempts: 1, delaySeconds: 0 }, mendable: true, now: 0 });
    expect(decision).toEqual({ kind: 'fail', because: 'no retry is configured' });
  });

  it('may be retried without a delay', () => {
    const decision = decideRetry({ attempt: 1, policy: { maxAttempts: 2, delaySeconds: 0 }, mendable: true, now: 7 });
    expect(decision).toEqual({ kind: 'retry', availableAt: notDelayed });
  });
});

it('takes a run for the culprit at the third death of its process', () => {
  expect(processDeathLimit).toBe(3);
  expect([0, 1, 2, 3, 4].map(isCulprit)).toEqual([false, false, false, true, true]);
});
