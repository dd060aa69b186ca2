import type { TickOutcome } from '../../contract/ticks.ts';
import type { ExecutionDateRule, TickRule } from '../../core/schedule.ts';
import type { ScheduledQueue, TickRecord } from '../../core/tick-decision.ts';
import { longestQueue, runsAtOnce } from '../../core/tick-decision.ts';
import { insertRows, rowInsert } from '../insert-rows.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** The rule that recorded ticks followed. */
export interface RecordedRule extends TickRule {
  readonly executionDate: ExecutionDateRule;
}

/** A tick, or a stretch of them, as it is stored. Times are epoch ms. */
export interface StoredTicks extends TickRecord {
  readonly runId: string | null;
  readonly rule: RecordedRule;
}

interface TickRow {
  readonly scheduledAt: number;
  readonly untilAt: number;
  readonly count: number;
  readonly outcome: TickOutcome;
  readonly runId: string | null;
  readonly reason: string | null;
  readonly cron: string;
  readonly timezone: string;
  readonly executionDate: ExecutionDateRule;
}

const select = `SELECT scheduled_at AS scheduledAt, until_at AS untilAt, count, outcome, run_id AS runId, reason,
    cron, timezone, execution_date AS executionDate
  FROM ticks JOIN tick_rules USING (rule_id)`;

function toStored({ cron, timezone, executionDate, ...row }: TickRow): StoredTicks {
  return { ...row, rule: { cron, timezone, executionDate } };
}

/** Returns the number of a rule, and gives it one the first time. */
export function tickRuleId(transaction: Transaction, { cron, timezone, executionDate }: RecordedRule): number {
  const known = 'SELECT rule_id FROM tick_rules WHERE cron = ? AND timezone = ? AND execution_date = ?';
  const bindings = [cron, timezone, executionDate];
  const row =
    transaction.get<{ rule_id: number }>(known, bindings) ??
    transaction.get<{ rule_id: number }>(
      'INSERT INTO tick_rules (cron, timezone, execution_date) VALUES (?, ?, ?) RETURNING rule_id',
      bindings,
    );
  // INSERT … RETURNING answers with the one row that it inserted, or throws.
  return (row as { rule_id: number }).rule_id;
}

/** The outcome of a tick or a stretch, to be stored. */
export interface NewTicks {
  readonly dataset: string;
  readonly ticks: TickRecord;
  readonly runId: string | null;
  readonly ruleId: number;
  readonly now: number;
}

const insertion = rowInsert(
  'ticks (dataset, scheduled_at, until_at, count, outcome, run_id, reason, rule_id, recorded_at)',
  '(?, ?, ?, ?, ?, ?, ?, ?, ?)',
);

/** Stores outcomes. A second outcome of the same tick fails by the primary key. */
export function insertTicks(transaction: Transaction, outcomes: readonly NewTicks[]): void {
  const rows = outcomes.map(({ dataset, ticks, runId, ruleId, now }) => {
    const { scheduledAt, untilAt, count, outcome, reason } = ticks;
    return [dataset, scheduledAt, untilAt, count, outcome, runId, reason, ruleId, now];
  });
  insertRows(transaction, insertion, rows);
}

/** Makes a stretch longer by the ticks that follow it. */
export function extendTicks(
  transaction: Transaction,
  {
    dataset,
    scheduledAt,
    untilAt,
    more,
    now,
  }: {
    readonly dataset: string;
    readonly scheduledAt: number;
    readonly untilAt: number;
    readonly more: number;
    readonly now: number;
  },
): void {
  transaction.run(
    'UPDATE ticks SET until_at = ?, count = count + ?, recorded_at = ? WHERE dataset = ? AND scheduled_at = ?',
    [untilAt, more, now, dataset, scheduledAt],
  );
}

/** Removes the outcome `missed` of ticks that begin after an instant; tells how many ticks had it. */
export function removeMissedAfter(transaction: Transaction, dataset: string, at: number): number {
  return transaction
    .all<{ count: number }>(
      `DELETE FROM ticks WHERE dataset = ? AND scheduled_at > ? AND outcome = 'missed' RETURNING count`,
      [dataset, at],
    )
    .reduce((sum, { count }) => sum + count, 0);
}

/** Makes a stretch end with the tick at `untilAt`, which is its `count`th. */
export function shortenTicks(
  transaction: Transaction,
  {
    dataset,
    scheduledAt,
    untilAt,
    count,
  }: { readonly dataset: string; readonly scheduledAt: number; readonly untilAt: number; readonly count: number },
): void {
  transaction.run('UPDATE ticks SET until_at = ?, count = ? WHERE dataset = ? AND scheduled_at = ?', [
    untilAt,
    count,
    dataset,
    scheduledAt,
  ]);
}

/** Reads what is recorded of the ticks at or before an instant: the last row that begins there. */
export function ticksBefore(queries: Queries, dataset: string, at: number): StoredTicks | undefined {
  const row = queries.get<TickRow>(
    `${select} WHERE dataset = ? AND scheduled_at <= ? ORDER BY scheduled_at DESC LIMIT 1`,
    [dataset, at],
  );
  return row && toStored(row);
}

/** Reads rows of a dataset's ticks that begin at or after an instant, oldest first, at most `limit`. */
export function ticksFrom(
  queries: Queries,
  { dataset, from, limit }: { readonly dataset: string; readonly from: number; readonly limit: number },
): readonly StoredTicks[] {
  return queries
    .all<TickRow>(`${select} WHERE dataset = ? AND scheduled_at >= ? ORDER BY scheduled_at LIMIT ?`, [
      dataset,
      from,
      limit,
    ])
    .map(toStored);
}

/** Reads the newest rows of a dataset's ticks, newest first, at most `limit`. */
export function newestTicks(queries: Queries, dataset: string, limit: number): readonly StoredTicks[] {
  return queries
    .all<TickRow>(`${select} WHERE dataset = ? ORDER BY scheduled_at DESC LIMIT ?`, [dataset, limit])
    .map(toStored);
}

/** The last instant of a dataset that has an outcome; 0 when none has. Stretches never overlap, so it ends the last row. */
export function recordedUntil(queries: Queries, dataset: string): number {
  const row = queries.get<{ until_at: number }>(
    'SELECT until_at FROM ticks WHERE dataset = ? ORDER BY scheduled_at DESC LIMIT 1',
    [dataset],
  );
  return row?.until_at ?? 0;
}

/** Counts a dataset's scheduled runs that have not ended, as far as a tick asks. Leans on `runs_unfinished`. */
export function scheduledQueue(queries: Queries, dataset: string): ScheduledQueue {
  // Mostly there is none, and 10,000 ticks of one minute ask.
  const any = queries.get(
    `SELECT 1 FROM runs INDEXED BY runs_unfinished
     WHERE dataset = ? AND run_type = 'scheduled' AND status IN ('PENDING', 'RUNNING')
     LIMIT 1`,
    [dataset],
  );
  if (!any) return { unfinished: 0, waiting: 0, oldestRunId: null };
  const rows = queries.all<{ status: 'PENDING' | 'RUNNING'; n: number; runId: string; seq: number }>(
    `SELECT status, count(*) AS n, run_id AS runId, min(seq) AS seq
     FROM (
       SELECT status, run_id, seq
       FROM runs INDEXED BY runs_unfinished
       WHERE dataset = ? AND run_type = 'scheduled' AND status IN ('PENDING', 'RUNNING')
       LIMIT ?
     )
     GROUP BY status
     ORDER BY seq`,
    [dataset, longestQueue + runsAtOnce],
  );
  const waiting = rows.find(({ status }) => status === 'PENDING')?.n ?? 0;
  return { unfinished: rows.reduce((sum, { n }) => sum + n, 0), waiting, oldestRunId: rows[0]?.runId ?? null };
}
