import type { NotificationType } from '../contract/notifications.ts';
import { allTargets, type NotificationSpec } from './notification.ts';

/** Warns of targets that the server cannot reach, because its configuration says nothing of their type. */
export function unconfiguredWarnings(
  spec: NotificationSpec,
  configured: readonly NotificationType[],
): readonly string[] {
  return typesOf(spec)
    .filter((type) => !configured.includes(type))
    .map(
      (type) =>
        `The spec notifies by ${type}, and the server has no notifications.${type} in its configuration: these messages will be given up`,
    );
}

/** Says of a spec's targets what only the server knows. */
export function unknownTargetWarnings(spec: NotificationSpec): readonly string[] {
  const types = typesOf(spec);
  if (types.length === 0) return [];
  return [`Whether the server can notify by ${types.join(' and ')} shows when the spec is registered`];
}

function typesOf(spec: NotificationSpec): readonly NotificationType[] {
  return [...new Set(allTargets(spec).map(({ type }) => type))];
}
