/**
 * When a target gets what waits for it. A target gets at most five messages a minute: what is more waits until there is room
 * and is then told in one message, a digest. What could not be delivered is tried again, later and later.
 */

/** Messages that a target gets in any minute. */
export const messagesAMinute = 5;

/** Notifications that one digest tells of. */
export const digestLimit = 200;

const minuteMs = 60_000;

/** Send the first `count` of what waits in one message, or look again at `at` (epoch ms). */
export type PaceDecision =
  | { readonly kind: 'send'; readonly count: number }
  | { readonly kind: 'wait'; readonly at: number };

/** What waits for a target. */
interface Waiting {
  /** It is not put into a digest. */
  readonly alone: boolean;
}

/**
 * Decides what is sent next of what waits, which is at least one and in order. `sentAt` (epoch ms) has the times of the
 * messages that the target got last.
 */
export function decidePace({
  waiting,
  sentAt,
  now,
}: {
  readonly waiting: readonly Waiting[];
  readonly sentAt: readonly number[];
  readonly now: number;
}): PaceDecision {
  // A clock that was set back leaves times in the future, which say nothing.
  const recent = sentAt.filter((at) => at > now - minuteMs && at <= now).toSorted((left, right) => left - right);
  const room = messagesAMinute - recent.length;
  const oldest = recent.at(-messagesAMinute);
  if (room <= 0 && oldest !== undefined) return { kind: 'wait', at: oldest + minuteMs };
  if (waiting.length <= room || waiting[0]?.alone) return { kind: 'send', count: 1 };
  const alone = waiting.findIndex((one) => one.alone);
  return { kind: 'send', count: Math.min(alone === -1 ? waiting.length : alone, digestLimit) };
}

/**
 * Why a delivery did not succeed. `refused`: it never will. `failed`: the target answered that it has a fault. `away`: the
 * target could not be reached, or says that it is too busy; `retryAfterMs` is how long it wants to be left alone.
 */
export interface DeliveryFailure {
  readonly kind: 'refused' | 'failed' | 'away';
  readonly error: string;
  readonly retryAfterMs?: number | undefined;
}

/** Attempts that a target with a fault gets: about a quarter of an hour. */
const mostFaults = 10;
/** A target that is away is waited for this long. */
const longestWaitMs = 24 * 60 * minuteMs;
const firstPauseMs = 1_000;
const longestPauseMs = 15 * minuteMs;

/**
 * Decides when a delivery is tried again (epoch ms); null gives it up. `attempts` counts the one that failed; `random` is 0
 * to 1 and spreads those that failed together.
 */
export function nextDeliveryAt({
  failure,
  attempts,
  createdAt,
  now,
  random,
}: {
  readonly failure: DeliveryFailure;
  readonly attempts: number;
  readonly createdAt: number;
  readonly now: number;
  readonly random: number;
}): number | null {
  if (failure.kind === 'refused') return null;
  if (failure.kind === 'failed' && attempts >= mostFaults) return null;
  if (now - createdAt >= longestWaitMs) return null;
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 20)) * (0.5 + random / 2);
  return now + Math.round(Math.max(pause, Math.min(failure.retryAfterMs ?? 0, longestPauseMs)));
}
