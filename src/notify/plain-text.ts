import type { OutgoingMessage } from './sender.ts';

/** Says in a line what a message tells of. */
export function headline({ notifications }: OutgoingMessage): string {
  const [first] = notifications;
  const others = notifications.length - 1;
  return others === 0 ? first.title : `${first.title} (and ${others} more)`;
}

/** Says what a digest cannot: the command that has all of it. */
export function listCommand({ notifications }: OutgoingMessage): string {
  const datasets = new Set(notifications.map(({ dataset }) => dataset));
  return `dli workflow notifications${datasets.size === 1 ? ` -d ${notifications[0].dataset}` : ''}`;
}
