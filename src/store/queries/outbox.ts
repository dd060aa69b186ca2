import type { NotificationKind, NotificationStatus } from '../../contract/notifications.ts';
import type { Notification, NotificationTarget, NotificationText } from '../../core/notification.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** A notification and how far its delivery is. Times are epoch ms. */
export interface OutboxRecord extends Notification {
  readonly seq: number;
  readonly status: NotificationStatus;
  /** Attempts in vain. */
  readonly attempts: number;
  readonly error: string | null;
  /** Since when it waits: its creation, or the last time that somebody asked for it again. */
  readonly waitingSince: number;
  /** Not tried before. */
  readonly dueAt: number;
  /** It is not put into a digest. */
  readonly alone: boolean;
  readonly finishedAt: number | null;
}

/** What a notification is about. */
export interface NotificationSubject {
  readonly kind: NotificationKind;
  readonly dataset: string;
  readonly runId?: string | null;
  readonly backfillId?: string | null;
  /** Epoch ms. */
  readonly at: number;
}

type OutboxRow = Omit<OutboxRecord, 'facts' | 'alone'> & { readonly facts: string; readonly alone: 0 | 1 };

const columns = `seq, notification_id AS id, kind, dataset, run_id AS runId, backfill_id AS backfillId, type, channel, title, why,
  command, facts, status, attempts, error, waiting_since AS waitingSince, due_at AS dueAt, alone, created_at AS createdAt,
  finished_at AS finishedAt`;

function toRecord(row: OutboxRow): OutboxRecord {
  return { ...row, facts: JSON.parse(row.facts), alone: row.alone === 1 };
}

/** Writes a notification for each target, in the transaction of the change that it tells of. Returns their ids. */
export function insertNotifications(
  transaction: Transaction,
  {
    subject,
    text,
    targets,
  }: {
    readonly subject: NotificationSubject;
    readonly text: NotificationText;
    readonly targets: readonly NotificationTarget[];
  },
): readonly string[] {
  const { kind, dataset, runId = null, backfillId = null, at } = subject;
  const facts = JSON.stringify(text.facts);
  return targets.flatMap(({ type, channel }) =>
    transaction
      .all<{ id: string }>(
        `INSERT INTO outbox (kind, dataset, run_id, backfill_id, type, channel, title, why, command, facts, waiting_since, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)
         RETURNING notification_id AS id`,
        [kind, dataset, runId, backfillId, type, channel, text.title, text.why, text.command, facts, at],
      )
      .map(({ id }) => id),
  );
}

/** Reads what waits for a target, in order, at most `limit`. Leans on `outbox_waiting`. */
export function waitingFor(
  queries: Queries,
  { type, channel }: NotificationTarget,
  limit: number,
): readonly OutboxRecord[] {
  return queries
    .all<OutboxRow>(
      `SELECT ${columns}
       FROM outbox INDEXED BY outbox_waiting
       WHERE status = 'waiting' AND type = ? AND channel = ?
       ORDER BY seq
       LIMIT ?`,
      [type, channel, limit],
    )
    .map(toRecord);
}

/** Names the targets for which something waits. Walks what waits; called once, at a start. */
export function waitingTargets(queries: Queries): readonly NotificationTarget[] {
  return queries.all<NotificationTarget>(
    "SELECT DISTINCT type, channel FROM outbox INDEXED BY outbox_waiting WHERE status = 'waiting'",
  );
}

/** Names the targets of notifications after `seq`, and the newest `seq` there is. */
export function targetsAfter(
  queries: Queries,
  seq: number,
): { readonly targets: readonly NotificationTarget[]; readonly last: number } {
  const last = queries.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM outbox')?.seq ?? seq;
  if (last <= seq) return { targets: [], last: seq };
  return { targets: queries.all('SELECT DISTINCT type, channel FROM outbox WHERE seq > ?', [seq]), last };
}

/** When a target got its last messages (epoch ms), the newest first, at most `limit`. Leans on `outbox_delivered`. */
export function lastMessages(
  queries: Queries,
  { type, channel }: NotificationTarget,
  { since, limit }: { readonly since: number; readonly limit: number },
): readonly number[] {
  return queries
    .all<{ at: number }>(
      `SELECT max(finished_at) AS at
       FROM outbox INDEXED BY outbox_delivered
       WHERE status = 'delivered' AND type = ? AND channel = ? AND finished_at > ?
       GROUP BY message_seq
       ORDER BY at DESC
       LIMIT ?`,
      [type, channel, since, limit],
    )
    .map(({ at }) => at);
}

/** Notes that notifications were delivered, all of them in one message. */
export function markDelivered(transaction: Transaction, seqs: readonly number[], at: number): void {
  for (const seq of seqs) {
    transaction.run(
      "UPDATE outbox SET status = 'delivered', finished_at = ?, error = NULL, message_seq = ? WHERE seq = ?",
      [at, seqs.at(-1) ?? seq, seq],
    );
  }
}

/** Notes that notifications were tried in vain and are tried again at `dueAt` (epoch ms). */
export function markTried(
  transaction: Transaction,
  seqs: readonly number[],
  { error, dueAt }: { readonly error: string; readonly dueAt: number },
): void {
  for (const seq of seqs)
    transaction.run('UPDATE outbox SET attempts = attempts + 1, error = ?, due_at = ? WHERE seq = ?', [
      error,
      dueAt,
      seq,
    ]);
}

/** Notes that notifications were tried in vain for the last time. */
export function markGivenUp(
  transaction: Transaction,
  seqs: readonly number[],
  { error, at }: { readonly error: string; readonly at: number },
): void {
  for (const seq of seqs) {
    transaction.run(
      "UPDATE outbox SET status = 'given_up', attempts = attempts + 1, error = ?, finished_at = ? WHERE seq = ?",
      [error, at, seq],
    );
  }
}

/** Notes that a digest was refused: each of its notifications is tried alone. */
export function markAlone(transaction: Transaction, seqs: readonly number[], error: string): void {
  for (const seq of seqs) transaction.run('UPDATE outbox SET alone = 1, error = ? WHERE seq = ?', [error, seq]);
}

/** Lets a notification wait again; tells whether it was given up. */
export function waitAgain(transaction: Transaction, seq: number, at: number): boolean {
  return (
    transaction.run(
      `UPDATE outbox SET status = 'waiting', attempts = 0, due_at = 0, waiting_since = ?, finished_at = NULL
       WHERE seq = ? AND status = 'given_up'`,
      [at, seq],
    ) > 0
  );
}

/** Reads a notification. */
export function getNotification(queries: Queries, id: string): OutboxRecord | undefined {
  const row = queries.get<OutboxRow>(`SELECT ${columns} FROM outbox WHERE notification_id = ?`, [id]);
  return row && toRecord(row);
}

/** Which notifications a page shows. */
export interface NotificationFilter {
  readonly dataset?: string | undefined;
  readonly status?: NotificationStatus | undefined;
  readonly beforeSeq?: number | undefined;
}

/** Reads a page of notifications, newest first. Leans on the primary key, `outbox_dataset` or `outbox_given_up`. */
export function readNotifications(
  queries: Queries,
  { dataset, status, beforeSeq }: NotificationFilter,
  limit: number,
): readonly OutboxRecord[] {
  const conditions = ['seq < ?'];
  const bindings: (string | number)[] = [beforeSeq ?? Number.MAX_SAFE_INTEGER];
  // A literal, so that the index of what was given up can be used.
  if (status !== undefined) conditions.push(`status = '${status}'`);
  if (dataset !== undefined) {
    conditions.push('dataset = ?');
    bindings.push(dataset);
  }
  return queries
    .all<OutboxRow>(`SELECT ${columns} FROM outbox WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ?`, [
      ...bindings,
      limit,
    ])
    .map(toRecord);
}

/** Tells whether a failure of a backfill was told since it last ended. Leans on `outbox_backfill`. */
export function isFailureTold(queries: Queries, backfillId: string): boolean {
  const row = queries.get<{ kind: NotificationKind }>(
    `SELECT kind FROM outbox WHERE backfill_id = ? AND kind IN ('failure', 'backfill') ORDER BY seq DESC LIMIT 1`,
    [backfillId],
  );
  return row?.kind === 'failure';
}

/** Counts notifications of a state that has an index. */
export function countNotifications(queries: Queries, status: 'waiting' | 'given_up'): number {
  return queries.get<{ n: number }>(`SELECT count(*) AS n FROM outbox WHERE status = '${status}'`)?.n ?? 0;
}
