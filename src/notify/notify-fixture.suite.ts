import type { Notification } from '../core/notification.ts';
import type { OutgoingMessage } from './sender.ts';

/** A notification of which what matters to a test is given. */
export function notificationOf(changes: Partial<Notification> = {}): Notification {
  return {
    id: 'n_1',
    kind: 'failure',
    dataset: 'a.b.c',
    runId: 'a.b.c_20240115_090000',
    backfillId: null,
    type: 'webhook',
    channel: 'x',
    createdAt: Date.parse('2024-01-15T09:30:45Z'),
    title: 'a.b.c failed',
    why: 'Run a.b.c_20240115_090000 failed: 1 < 2 & so on.',
    command: 'dli workflow logs a.b.c_20240115_090000',
    facts: [{ name: 'status', value: 'FAILED' }],
    ...changes,
  };
}

/** A message to a channel, of one notification or of several. */
export function messageTo(channel: string, ...others: readonly Partial<Notification>[]): OutgoingMessage {
  const [first = {}, ...rest] = others;
  return { channel, notifications: [notificationOf(first), ...rest.map(notificationOf)] };
}

/** Nothing gives the delivery up. */
export const never = new AbortController().signal;
