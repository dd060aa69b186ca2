import type { SourceType } from '../../contract/fields.ts';
import type { ParameterValues } from '../../core/parameters.ts';
import type { ExecutionDateRule } from '../../core/schedule.ts';
import type { Catchup, Overlap } from '../../core/tick-decision.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** A schedule in force, and how far its ticks are decided. Times are epoch ms. */
export interface ScheduleRecord {
  readonly dataset: string;
  readonly sourceType: SourceType;
  readonly revision: string;
  readonly cron: string;
  readonly timezone: string;
  readonly executionDate: ExecutionDateRule;
  readonly catchup: Catchup;
  readonly overlap: Overlap;
  readonly warehouse: string;
  readonly maxAttempts: number;
  /** The values of its runs, without the execution date. */
  readonly params: ParameterValues;
  /** Whether its runs have a parameter `execution_date`. */
  readonly hasDate: boolean;
  /** The tick that is due next; null when there is none. */
  readonly nextAt: number | null;
  /** When this rule came into force: ticks before belong to nobody. */
  readonly since: number;
  readonly recordedUntil: number;
  readonly catchupUntil: number | null;
  readonly paused: boolean;
}

type ScheduleRow = Omit<ScheduleRecord, 'params' | 'hasDate' | 'paused'> & {
  readonly params: string;
  readonly hasDate: 0 | 1;
  readonly paused: 0 | 1;
};

const columns = `dataset, source_type AS sourceType, revision, cron, timezone, execution_date AS executionDate, catchup, overlap,
  warehouse, max_attempts AS maxAttempts, params, has_date AS hasDate, next_at AS nextAt, since, recorded_until AS recordedUntil,
  catchup_until AS catchupUntil, paused`;

function toSchedule(row: ScheduleRow): ScheduleRecord {
  return { ...row, params: JSON.parse(row.params), hasDate: row.hasDate === 1, paused: row.paused === 1 };
}

/** Reads the schedule of a dataset, if one is in force. */
export function getSchedule(queries: Queries, dataset: string): ScheduleRecord | undefined {
  const row = queries.get<ScheduleRow>(`SELECT ${columns} FROM schedules WHERE dataset = ?`, [dataset]);
  return row && toSchedule(row);
}

/** A schedule that is due, with what is asked of each of many. */
export interface DueSchedule extends ScheduleRecord {
  /** Whether a scheduled run of its dataset has not ended. */
  readonly hasUnfinished: boolean;
}

/**
 * Reads schedules that have a tick due at `now`, the longest due first, at most `limit`. Leans on `schedules_due` and, for each of
 * them, `runs_unfinished`.
 */
export function dueSchedules(queries: Queries, now: number, limit: number): readonly DueSchedule[] {
  return queries
    .all<ScheduleRow & { readonly hasUnfinished: 0 | 1 }>(
      `SELECT ${columns}, EXISTS (
         SELECT 1 FROM runs INDEXED BY runs_unfinished
         WHERE runs.dataset = schedules.dataset AND run_type = 'scheduled' AND status IN ('PENDING', 'RUNNING')
       ) AS hasUnfinished
       FROM schedules INDEXED BY schedules_due
       WHERE schedules.paused = 0 AND next_at IS NOT NULL AND next_at <= ?
       ORDER BY next_at
       LIMIT ?`,
      [now, limit],
    )
    .map((row) => ({ ...toSchedule(row), hasUnfinished: row.hasUnfinished === 1 }));
}

/** When the next tick of any schedule but those of `except` is due; undefined when there is none. */
export function nextDueAt(
  queries: Queries,
  except: Pick<ReadonlySet<string>, 'has' | 'size'> = new Set(),
): number | undefined {
  return queries
    .all<{ dataset: string; nextAt: number }>(
      `SELECT dataset, next_at AS nextAt
       FROM schedules INDEXED BY schedules_due
       WHERE paused = 0 AND next_at IS NOT NULL
       ORDER BY next_at
       LIMIT ?`,
      [except.size + 1],
    )
    .find(({ dataset }) => !except.has(dataset))?.nextAt;
}

/** Reads a page of schedules by name, after `dataset`. */
export function schedulesAfter(queries: Queries, dataset: string, limit: number): readonly ScheduleRecord[] {
  return queries
    .all<ScheduleRow>(`SELECT ${columns} FROM schedules WHERE dataset > ? ORDER BY dataset LIMIT ?`, [dataset, limit])
    .map(toSchedule);
}

/** Stores a schedule, or replaces the one of its dataset. */
export function saveSchedule(transaction: Transaction, schedule: ScheduleRecord): void {
  transaction.run(
    `INSERT OR REPLACE INTO schedules (dataset, source_type, revision, cron, timezone, execution_date, catchup, overlap,
                                       warehouse, max_attempts, params, has_date, next_at, since, recorded_until, catchup_until, paused)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      schedule.dataset,
      schedule.sourceType,
      schedule.revision,
      schedule.cron,
      schedule.timezone,
      schedule.executionDate,
      schedule.catchup,
      schedule.overlap,
      schedule.warehouse,
      schedule.maxAttempts,
      JSON.stringify(schedule.params),
      schedule.hasDate ? 1 : 0,
      schedule.nextAt,
      schedule.since,
      schedule.recordedUntil,
      schedule.catchupUntil,
      schedule.paused ? 1 : 0,
    ],
  );
}

/** Moves the cursor of a schedule, in the transaction that records the ticks that it passes. */
export function moveSchedule(
  transaction: Transaction,
  {
    dataset,
    nextAt,
    since,
    recordedUntil,
    catchupUntil,
  }: Pick<ScheduleRecord, 'dataset' | 'nextAt' | 'since' | 'recordedUntil' | 'catchupUntil'>,
): void {
  transaction.run(
    'UPDATE schedules SET next_at = ?, since = ?, recorded_until = ?, catchup_until = ? WHERE dataset = ?',
    [nextAt, since, recordedUntil, catchupUntil, dataset],
  );
}

/** Removes the schedule of a dataset: it is no longer in force. */
export function deleteSchedule(transaction: Transaction, dataset: string): void {
  transaction.run('DELETE FROM schedules WHERE dataset = ?', [dataset]);
}

/** Notes that a dataset was paused or unpaused. */
export function setSchedulePaused(transaction: Transaction, dataset: string, paused: boolean): void {
  transaction.run('UPDATE schedules SET paused = ? WHERE dataset = ?', [paused ? 1 : 0, dataset]);
}

/** How many schedules are in force. */
export function countSchedules(queries: Queries): number {
  return queries.get<{ n: number }>('SELECT count(*) AS n FROM schedules')?.n ?? 0;
}

/** Names registered datasets with an enabled schedule of which none is in force, after `after`, at most `limit`. */
export function unscheduledDatasets(queries: Queries, after: string, limit: number): readonly string[] {
  return queries
    .all<{ dataset: string }>(
      `SELECT DISTINCT dataset
       FROM registrations
       WHERE dataset > ? AND schedule_enabled = 1
         AND NOT EXISTS (SELECT 1 FROM schedules WHERE schedules.dataset = registrations.dataset)
       ORDER BY dataset
       LIMIT ?`,
      [after, limit],
    )
    .map(({ dataset }) => dataset);
}
