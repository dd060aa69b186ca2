import type { Transaction } from '../sqlite.ts';

/** What one step of forgetting may do. Times are epoch ms. */
export interface ForgetOptions {
  readonly now: number;
  /** What is older is forgotten. */
  readonly before: number;
  /** Where the step before stopped; 0 at first. */
  readonly after: number;
  /** Rows that it may remove. */
  readonly limit: number;
}

/** One step of forgetting, from the oldest row on. What has not ended is passed over. */
export type ForgetStep = (
  transaction: Transaction,
  options: ForgetOptions,
) => {
  readonly forgotten: number;
  /** Where the next step goes on; null when there is nothing left to look at. */
  readonly next: number | null;
};

interface Candidate {
  readonly id: number;
  readonly at: number;
}

interface EndedCandidate extends Candidate {
  readonly ended: 0 | 1;
}

/** Forgets events. Only ever the oldest, so that a follower's place tells whether it has missed any. */
export const forgetEvents: ForgetStep = (transaction, options) => {
  const oldest = transaction.all<Candidate>('SELECT seq AS id, at FROM events ORDER BY seq LIMIT ?', [options.limit]);
  const old = takeOld(oldest, options);
  const last = old.at(-1);
  if (!last) return { forgotten: 0, next: null };
  const forgotten = transaction.run('DELETE FROM events WHERE seq <= ?', [last.id]);
  return { forgotten, next: nextOf(oldest, old, options.limit) };
};

/** Forgets lines of logs whose run has ended. */
export const forgetLogs: ForgetStep = (transaction, options) => {
  const lines = transaction.all<EndedCandidate>(
    `SELECT id, at, NOT EXISTS (
         SELECT 1 FROM runs WHERE runs.run_uid = run_logs.run_uid AND status IN ('PENDING', 'RUNNING')
       ) AS ended
     FROM run_logs
     WHERE id > ?
     ORDER BY id
     LIMIT ?`,
    [options.after, options.limit],
  );
  return forgetEach(lines, options, ({ id }) => transaction.run('DELETE FROM run_logs WHERE id = ?', [id]));
};

interface RunCandidate extends EndedCandidate {
  readonly uid: string;
}

/**
 * Forgets runs that have ended, with their attempts. What is known of their dates stays. A run goes when its log
 * has gone, a piece at a time.
 */
export const forgetRuns: ForgetStep = (transaction, options) => {
  const runs = transaction.all<RunCandidate>(
    `SELECT seq AS id, created_at AS at, run_uid AS uid,
       finished_at IS NOT NULL AND finished_at < ?1 AND NOT EXISTS (
         SELECT 1 FROM backfills WHERE backfills.backfill_id = runs.backfill_id AND finished_at IS NULL
       ) AS ended
     FROM runs
     WHERE seq > ?2
     ORDER BY seq
     LIMIT ?3`,
    [options.before, options.after, options.limit],
  );
  const old = takeOld(runs, options);
  let left = options.limit;
  let after = options.after;
  for (const run of old) {
    if (run.ended === 1) {
      left -= forgetLogOf(transaction, run.uid, left);
      if (left <= 0) return { forgotten: options.limit, next: after };
      forgetRun(transaction, run);
      left -= 1;
    }
    after = run.id;
  }
  return { forgotten: options.limit - left, next: nextOf(runs, old, options.limit) };
};

function forgetLogOf(transaction: Transaction, uid: string, limit: number): number {
  return transaction.run('DELETE FROM run_logs WHERE id IN (SELECT id FROM run_logs WHERE run_uid = ? LIMIT ?)', [
    uid,
    limit,
  ]);
}

function forgetRun(transaction: Transaction, { id, uid }: RunCandidate): void {
  transaction.run('DELETE FROM attempts WHERE run_uid = ?', [uid]);
  transaction.run('DELETE FROM runs WHERE seq = ?', [id]);
}

/** Forgets backfills that have ended and of which no run is left. */
export const forgetBackfills: ForgetStep = (transaction, options) => {
  const backfills = transaction.all<EndedCandidate>(
    `SELECT seq AS id, created_at AS at, finished_at IS NOT NULL AND finished_at < ?1 AND NOT EXISTS (
         SELECT 1 FROM runs WHERE runs.backfill_id = backfills.backfill_id
       ) AS ended
     FROM backfills
     WHERE seq > ?2
     ORDER BY seq
     LIMIT ?3`,
    [options.before, options.after, options.limit],
  );
  return forgetEach(backfills, options, ({ id }) => transaction.run('DELETE FROM backfills WHERE seq = ?', [id]));
};

/** Forgets when servers were up; the newest stays, because the next start asks for it. */
export const forgetBoots: ForgetStep = (transaction, options) => {
  const boots = transaction.all<EndedCandidate>(
    'SELECT seq AS id, seen_at AS at, seq < (SELECT max(seq) FROM boots) AS ended FROM boots WHERE seq > ? ORDER BY seq LIMIT ?',
    [options.after, options.limit],
  );
  return forgetEach(boots, options, ({ id }) => transaction.run('DELETE FROM boots WHERE seq = ?', [id]));
};

/** Forgets notifications that were delivered or given up. */
export const forgetNotifications: ForgetStep = (transaction, options) => {
  const notifications = transaction.all<EndedCandidate>(
    `SELECT seq AS id, created_at AS at, finished_at IS NOT NULL AND finished_at < ?1 AS ended
     FROM outbox
     WHERE seq > ?2
     ORDER BY seq
     LIMIT ?3`,
    [options.before, options.after, options.limit],
  );
  return forgetEach(notifications, options, ({ id }) => transaction.run('DELETE FROM outbox WHERE seq = ?', [id]));
};

/**
 * Forgets ticks whose run, if they made one, has ended: its id names the time of the tick. Leans on `ticks_recorded`; those it
 * passes over are few.
 */
export const forgetTicks: ForgetStep = (transaction, { before, limit }) => {
  const ticks = transaction.all<{ readonly dataset: string; readonly scheduledAt: number }>(
    `SELECT dataset, scheduled_at AS scheduledAt
     FROM ticks INDEXED BY ticks_recorded
     WHERE recorded_at < ? AND NOT EXISTS (
       SELECT 1 FROM runs INDEXED BY runs_label
       WHERE label_at = ticks.scheduled_at / 1000 AND runs.dataset = ticks.dataset AND runs.run_id = ticks.run_id
         AND status IN ('PENDING', 'RUNNING')
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

function forgetEach<Row extends EndedCandidate>(
  rows: readonly Row[],
  options: ForgetOptions,
  remove: (row: Row) => void,
): ReturnType<ForgetStep> {
  const old = takeOld(rows, options);
  const ended = old.filter((row) => row.ended === 1);
  ended.forEach(remove);
  return { forgotten: ended.length, next: nextOf(rows, old, options.limit) };
}

/**
 * Takes rows up to the last old one that no young one precedes: rows are stored in the order of time. One that says to be of
 * the future was stored by a wrong clock; it is as old as what follows it.
 */
function takeOld<Row extends Candidate>(rows: readonly Row[], { now, before }: ForgetOptions): readonly Row[] {
  const young = rows.findIndex(({ at }) => at >= before && at <= now);
  const passed = young === -1 ? rows : rows.slice(0, young);
  return passed.slice(0, passed.findLastIndex(({ at }) => at < before) + 1);
}

function nextOf(rows: readonly Candidate[], old: readonly Candidate[], limit: number): number | null {
  return rows.length === limit && old.length === limit ? (old.at(-1)?.id ?? null) : null;
}
