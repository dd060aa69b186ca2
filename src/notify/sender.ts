import type { Notification } from '../core/notification.ts';
import type { DeliveryFailure } from '../core/notification-pace.ts';

/** One message to one target: a notification, or a digest of several. */
export interface OutgoingMessage {
  /** Where to: a channel, an address or a URL, by type. */
  readonly channel: string;
  readonly notifications: readonly [Notification, ...Notification[]];
}

/**
 * Sends a message. Resolves with undefined once the target has taken it, else with why it has not: failing is an expected
 * outcome, so nothing is thrown for it. `signal` gives it up.
 */
export type Sender = (message: OutgoingMessage, signal: AbortSignal) => Promise<DeliveryFailure | undefined>;

/** How long one delivery may take in all, in ms. */
export const deliveryTimeoutMs = 10_000;

/** Says why a target did not answer. */
export function awayFailure(error: unknown): DeliveryFailure {
  return { kind: 'away', error: error instanceof Error ? error.message : String(error) };
}

/** Waits for `work` for at most `ms`, and only until `signal` aborts. @throws when it takes longer; what it does goes on by itself */
export function withDeadline<Result>(
  work: Promise<Result>,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
): Promise<Result> {
  const ended = Promise.withResolvers<never>();
  const giveUp = () => ended.reject(new Error('the server is closing'));
  const timer = setTimeout(() => ended.reject(new Error(`no answer within ${ms / 1_000} s`)), ms);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  return Promise.race([work, ended.promise]).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  });
}
