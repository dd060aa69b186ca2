import { DliError } from '../contract/errors.ts';
import type { NotificationStatus, WorkflowNotification } from '../contract/notifications.ts';
import { allTargets } from '../core/notification.ts';
import { testText } from '../core/notification-texts.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import {
  getNotification,
  insertNotifications,
  type OutboxRecord,
  readNotifications,
  waitAgain,
} from '../store/queries/outbox.ts';
import type { Database, Transaction } from '../store/sqlite.ts';
import { readCursor } from './cursor.ts';
import { findEffective } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { type Page, pageOf } from './runs.ts';
import { instantOf } from './views.ts';

/** Notifications that one transaction lets wait again, so that the event loop is never held for long. */
const batch = 500;
/** How long a test waits for its deliveries before it answers how far they are. */
const testAnswerMs = 12_000;

/** Reads a page of notifications, newest first. */
export function listNotifications(
  { database }: ServiceParts,
  input: {
    readonly dataset_name?: string | undefined;
    readonly status?: NotificationStatus | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): Page<WorkflowNotification> {
  const [beforeSeq] = input.cursor === undefined ? [] : readCursor(input.cursor, ['number']);
  const filter = { dataset: input.dataset_name, status: input.status, beforeSeq };
  return pageOf(readNotifications(database, filter, input.limit + 1), {
    limit: input.limit,
    place: ({ seq }) => [seq],
    view: notificationView,
  });
}

/** Lets a notification that was given up wait again. @throws DLI-817; DLI-807 when it was not given up */
export function resendNotification(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly id: string },
): Promise<WorkflowNotification> {
  const { database, clock } = parts;
  const request = { key: caller.idempotencyKey, operation: 'resend', input };
  return database.write((transaction) => {
    const now = clock.now();
    const earlier = earlierAnswer<WorkflowNotification>(transaction, request, now);
    if (earlier) return earlier;
    const record = findNotification(transaction, input.id);
    if (!resend(transaction, parts, { record, actor: caller.actor })) {
      throw new DliError('DLI-807', `Notification '${input.id}' was not given up: it is ${record.status}`, {
        hints: ['See what was given up: dli workflow notifications --failed'],
      });
    }
    const answer = notificationView(findNotification(transaction, input.id));
    keepAnswer(transaction, request, answer, now);
    return answer;
  });
}

/** Lets everything that was given up wait again, oldest first; tells how many that are. */
export async function resendNotifications(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly dataset_name?: string | undefined },
): Promise<{ resent: number }> {
  const { database } = parts;
  let resent = 0;
  // What is given up again meanwhile is not taken a second time: it lies behind the place where this has come to.
  for (let beforeSeq: number | undefined = Number.MAX_SAFE_INTEGER; beforeSeq !== undefined; ) {
    const filter = { dataset: input.dataset_name, status: 'given_up', beforeSeq } as const;
    const page = readNotifications(database, filter, batch);
    beforeSeq = page.length === batch ? page.at(-1)?.seq : undefined;
    resent += await database.write(
      (transaction) => page.filter((record) => resend(transaction, parts, { record, actor: caller.actor })).length,
    );
  }
  return { resent };
}

/** Sends a test message to every target of a workflow and waits a while for the deliveries. @throws DLI-800; DLI-807 when its spec has no targets */
export async function testNotifications(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly dataset: string },
): Promise<{ items: WorkflowNotification[] }> {
  const { database, clock, specs } = parts;
  const request = { key: caller.idempotencyKey, operation: 'test_notifications', input };
  const ids = await database.write((transaction) => {
    const at = clock.now();
    const earlier = earlierAnswer<readonly string[]>(transaction, request, at);
    if (earlier) return earlier;
    const { registration, spec } = findEffective(transaction, specs, input.dataset);
    const { dataset } = registration;
    const targets = targetsOf(spec);
    const text = testText(dataset, caller.actor);
    const inserted = insertNotifications(transaction, { subject: { kind: 'test', dataset, at }, text, targets });
    keepAnswer(transaction, request, inserted, at);
    return inserted;
  });
  await untilFinished(parts, ids);
  return { items: ids.map((id) => notificationView(findNotification(database, id))) };
}

function targetsOf({ name, schedule }: DatasetSpec) {
  const targets = schedule ? allTargets(schedule.notifications) : [];
  if (targets.length > 0) return targets;
  throw new DliError('DLI-807', `The spec of '${name}' names nobody to notify`, {
    hints: ['Add targets below schedule.notifications and register it again'],
  });
}

function resend(
  transaction: Transaction,
  { clock, deliveries }: ServiceParts,
  { record, actor }: { readonly record: OutboxRecord; readonly actor: string },
): boolean {
  const at = clock.now();
  if (!waitAgain(transaction, record.seq, at)) return false;
  const { id, type, channel, dataset, runId, backfillId } = record;
  const data = { id, type, channel };
  const kind = 'notification.resend_requested';
  appendEvent(transaction, { at, kind, dataset, runId, backfillId, actor, reason: null, data });
  transaction.afterCommit(() => deliveries.wake(record));
  return true;
}

function findNotification(queries: Pick<Database, 'get' | 'all'>, id: string): OutboxRecord {
  const record = getNotification(queries, id);
  if (record) return record;
  throw new DliError('DLI-817', `There is no notification '${id}'`, {
    hints: ['See them with their ids: dli workflow notifications'],
  });
}

/** Resolves when none of the notifications waits any more for its first attempt, or after a while. */
function untilFinished({ database, clock }: ServiceParts, ids: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      timer.cancel();
      leave();
      resolve();
    };
    const isOpen = (record: OutboxRecord | undefined) => record?.status === 'waiting' && record.attempts === 0;
    const look = () => {
      if (!ids.some((id) => isOpen(getNotification(database, id)))) finish();
    };
    const timer = clock.after(testAnswerMs, finish);
    const leave = database.onCommit(look);
    look();
  });
}

/** Writes a notification for the wire. */
function notificationView(record: OutboxRecord): WorkflowNotification {
  const { id, kind, dataset, runId, backfillId, type, channel, status, title, why, command, attempts, error } = record;
  return {
    id,
    kind,
    dataset_name: dataset,
    run_id: runId,
    backfill_id: backfillId,
    type,
    channel,
    status,
    title,
    why,
    command,
    attempts,
    error,
    next_attempt_at: instantOf(status === 'waiting' && record.dueAt > 0 ? record.dueAt : null),
    created_at: instantOf(record.createdAt),
    finished_at: instantOf(record.finishedAt),
  };
}
