import { notDelayed } from './run.ts';

/** Attempts in all and the seconds between them. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly delaySeconds: number;
}

/** What follows a failed attempt. */
export type RetryDecision =
  | { readonly kind: 'retry'; readonly availableAt: number }
  | { readonly kind: 'fail'; readonly because: string };

/**
 * Decides what follows a failed attempt: another one after the delay, or the end, when the attempts are used up or the
 * error cannot mend itself. `attempt` counts from 1; `now` is in milliseconds.
 */
export function decideRetry({
  attempt,
  policy,
  mendable,
  now,
}: {
  readonly attempt: number;
  readonly policy: RetryPolicy;
  readonly mendable: boolean;
  readonly now: number;
}): RetryDecision {
  if (!mendable) return { kind: 'fail', because: 'trying again cannot mend this error' };
  if (attempt >= policy.maxAttempts) {
    return {
      kind: 'fail',
      because: policy.maxAttempts === 1 ? 'no retry is configured' : `all ${policy.maxAttempts} attempts failed`,
    };
  }
  return { kind: 'retry', availableAt: delayedBy(policy.delaySeconds * 1000, now) };
}

/** When a run may start that waits `delayMs` milliseconds from `now` on. */
export function delayedBy(delayMs: number, now: number): number {
  return delayMs === 0 ? notDelayed : now + delayMs;
}

/** How often the process that works for a run, the warehouse's or the compiler's, may die under it before it fails. */
export const processDeathLimit = 3;

/** Tells whether a run under which its process died this often has to fail. */
export function isCulprit(processDeaths: number): boolean {
  return processDeaths >= processDeathLimit;
}

/** How often a run's transaction may meet another one's writes before that counts as a failed attempt. */
export const conflictLimit = 20;

/** The longest that a run waits after its transaction met another one's writes. */
export const longestConflictDelayMs = 30_000;

/**
 * How long a run waits after its transaction met another one's writes, in milliseconds; `conflicts` counts the earlier
 * times. Not at all the first time: it is then tried alone in its dataset, so what is met again is another dataset's.
 */
export function conflictDelayMs(conflicts: number): number {
  return conflicts === 0 ? 0 : Math.min(longestConflictDelayMs, 500 * 2 ** conflicts);
}
