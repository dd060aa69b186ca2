import type { Transaction } from '../sqlite.ts';

/**
 * One step of forgetting: rows that are older than `before` (epoch ms), at most `limit` of them, from the oldest on. What has
 * not ended is passed over. `after` is where the step before stopped; 0 at first.
 */
export type ForgetStep = (
  transaction: Transaction,
  options: { readonly before: number; readonly after: number; readonly limit: number },
) => {
  readonly forgotten: number;
  /** Where the next step goes on; null when there is nothing left to look at. */
  readonly next: number | null;
};

interface Candidate {
  readonly id: number;
  readonly at: number;
}

/** Forgets events. Only ever the oldest, so that a follower's place tells whether it has missed any. */
export const forgetEvents: ForgetStep = (transaction, { before, limit }) => {
  const oldest = transaction.all<Candidate>('SELECT seq AS id, at FROM events ORDER BY seq LIMIT ?', [limit]);
  // The clock may have been set back: an event that is younger than the one after it keeps that one, too.
  const young = oldest.findIndex(({ at }) => at >= before);
  const last = (young === -1 ? oldest : oldest.slice(0, young)).at(-1);
  if (!last) return { forgotten: 0, next: null };
  const forgotten = transaction.run('DELETE FROM events WHERE seq <= ?', [last.id]);
  return { forgotten, next: young === -1 && oldest.length === limit ? last.id : null };
};

/** Forgets lines of logs whose run has ended. */
export const forgetLogs: ForgetStep = (transaction, { before, after, limit }) => {
  const lines = transaction.all<Candidate & { readonly ended: 0 | 1 }>(
    `SELECT id, at, NOT EXISTS (
         SELECT 1 FROM runs WHERE runs.run_uid = run_logs.run_uid AND status IN ('PENDING', 'RUNNING')
       ) AS ended
     FROM run_logs
     WHERE id > ?
     ORDER BY id
     LIMIT ?`,
    [after, limit],
  );
  const old = takeOld(lines, before);
  const forgotten = old.filter(({ ended }) => ended === 1);
  for (const { id } of forgotten) transaction.run('DELETE FROM run_logs WHERE id = ?', [id]);
  return { forgotten: forgotten.length, next: nextOf(lines, old, limit) };
};

/** Forgets runs that have ended, with their attempts and what is left of their logs. What is known of their dates stays. */
export const forgetRuns: ForgetStep = (transaction, { before, after, limit }) => {
  const runs = transaction.all<
    Candidate & { readonly uid: string; readonly runId: string; readonly isAdhoc: 0 | 1; readonly ended: 0 | 1 }
  >(
    `SELECT seq AS id, created_at AS at, run_uid AS uid, run_id AS runId, run_type = 'adhoc' AS isAdhoc,
       finished_at IS NOT NULL AND finished_at < ?1 AND NOT EXISTS (
         SELECT 1 FROM backfills WHERE backfills.backfill_id = runs.backfill_id AND finished_at IS NULL
       ) AS ended
     FROM runs
     WHERE seq > ?2
     ORDER BY seq
     LIMIT ?3`,
    [before, after, limit],
  );
  const old = takeOld(runs, before);
  const forgotten = old.filter(({ ended }) => ended === 1);
  for (const { id, uid, runId, isAdhoc } of forgotten) {
    transaction.run('DELETE FROM run_logs WHERE run_uid = ?', [uid]);
    transaction.run('DELETE FROM attempts WHERE run_uid = ?', [uid]);
    transaction.run('DELETE FROM runs WHERE seq = ?', [id]);
    if (isAdhoc === 1) forgetLabel(transaction, runId);
  }
  return { forgotten: forgotten.length, next: nextOf(runs, old, limit) };
};

/** Forgets backfills that have ended and of which no run is left. */
export const forgetBackfills: ForgetStep = (transaction, { before, after, limit }) => {
  const backfills = transaction.all<Candidate & { readonly id: number; readonly ended: 0 | 1 }>(
    `SELECT seq AS id, created_at AS at, finished_at IS NOT NULL AND finished_at < ?1 AND NOT EXISTS (
         SELECT 1 FROM runs WHERE runs.backfill_id = backfills.backfill_id
       ) AS ended
     FROM backfills
     WHERE seq > ?2
     ORDER BY seq
     LIMIT ?3`,
    [before, after, limit],
  );
  const old = takeOld(backfills, before);
  const forgotten = old.filter(({ ended }) => ended === 1);
  for (const { id } of forgotten) transaction.run('DELETE FROM backfills WHERE seq = ?', [id]);
  return { forgotten: forgotten.length, next: nextOf(backfills, old, limit) };
};

/** Forgets notifications that were delivered or given up. */
export const forgetNotifications: ForgetStep = (transaction, { before, after, limit }) => {
  const notifications = transaction.all<Candidate & { readonly ended: 0 | 1 }>(
    `SELECT seq AS id, created_at AS at, finished_at IS NOT NULL AND finished_at < ?1 AS ended
     FROM outbox
     WHERE seq > ?2
     ORDER BY seq
     LIMIT ?3`,
    [before, after, limit],
  );
  const old = takeOld(notifications, before);
  const forgotten = old.filter(({ ended }) => ended === 1);
  for (const { id } of forgotten) transaction.run('DELETE FROM outbox WHERE seq = ?', [id]);
  return { forgotten: forgotten.length, next: nextOf(notifications, old, limit) };
};

/** Forgets ticks whose run, if they made one, has ended. Leans on `ticks_recorded`; those it passes over are few. */
export const forgetTicks: ForgetStep = (transaction, { before, limit }) => {
  const ticks = transaction.all<{ readonly dataset: string; readonly scheduledAt: number }>(
    `SELECT dataset, scheduled_at AS scheduledAt
     FROM ticks INDEXED BY ticks_recorded
     WHERE recorded_at < ? AND NOT EXISTS (
       SELECT 1 FROM runs WHERE runs.run_id = ticks.run_id AND status IN ('PENDING', 'RUNNING')
     )
     ORDER BY recorded_at
     LIMIT ?`,
    [before, limit],
  );
  for (const { dataset, scheduledAt } of ticks) {
    transaction.run('DELETE FROM ticks WHERE dataset = ? AND scheduled_at = ?', [dataset, scheduledAt]);
  }
  return { forgotten: ticks.length, next: ticks.length === limit ? 0 : null };
};

/** The second of a trigger does not come again, so nobody counts on from its label once no run has it. */
function forgetLabel(transaction: Transaction, label: string): void {
  transaction.run(
    `DELETE FROM run_labels
     WHERE label = ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE run_id BETWEEN ?1 || '_' AND ?1 || '_a')`,
    [label],
  );
}

/** Takes rows up to the first one that is not old: rows are stored in the order of time, but for a clock that was set back. */
function takeOld<Row extends Candidate>(rows: readonly Row[], before: number): readonly Row[] {
  const young = rows.findIndex(({ at }) => at >= before);
  return young === -1 ? rows : rows.slice(0, young);
}

function nextOf(rows: readonly Candidate[], old: readonly Candidate[], limit: number): number | null {
  return rows.length === limit && old.length === limit ? (old.at(-1)?.id ?? null) : null;
}
