import type { Explanation } from '../contract/explanations.ts';
import type { NotificationKind, NotificationType } from '../contract/notifications.ts';

/** Who is told: `channel` is a channel, an address or a URL, by type. */
export interface NotificationTarget {
  readonly type: NotificationType;
  readonly channel: string;
}

/** Who is told about what. */
export interface NotificationSpec {
  readonly onFailure: readonly NotificationTarget[];
  readonly onSuccess: readonly NotificationTarget[];
  readonly onSourceChange: readonly NotificationTarget[];
  readonly onRecovery: readonly NotificationTarget[];
  readonly onLate: { readonly afterMinutes: number; readonly to: readonly NotificationTarget[] } | null;
}

/** What a notification says: what happened, why, and the command that helps. */
export interface NotificationText {
  readonly title: string;
  readonly why: string;
  readonly command: string | null;
  readonly facts: Explanation['facts'];
}

/** A notification of a dataset for one target. Times are epoch ms. */
export interface Notification extends NotificationTarget, NotificationText {
  /** Stays the same however often it is sent, so that a receiver can drop repeats. */
  readonly id: string;
  readonly kind: NotificationKind;
  readonly dataset: string;
  readonly runId: string | null;
  readonly backfillId: string | null;
  readonly createdAt: number;
}

/** Every target once, in their order; those of `others` are left out. */
export function distinctTargets(
  targets: readonly NotificationTarget[],
  others: readonly NotificationTarget[] = [],
): readonly NotificationTarget[] {
  const seen = new Set(others.map(targetKey));
  return targets.filter((target) => {
    const key = targetKey(target);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** Names a target. */
export function targetKey({ type, channel }: NotificationTarget): string {
  return `${type} ${channel}`;
}

/** Every target that a spec names, once. */
export function allTargets(spec: NotificationSpec): readonly NotificationTarget[] {
  const { onFailure, onSuccess, onSourceChange, onRecovery, onLate } = spec;
  return distinctTargets([...onFailure, ...onSuccess, ...onSourceChange, ...onRecovery, ...(onLate?.to ?? [])]);
}
