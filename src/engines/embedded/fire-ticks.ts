import type { OpenSchedules } from '../../core/open-schedules.ts';
import type { Run } from '../../core/run.ts';
import type { Schedule } from '../../core/schedule.ts';
import { type Absence, decideTicks, type TickDecision, type TickRecord } from '../../core/tick-decision.ts';
import { appendEvent } from '../../store/queries/events.ts';
import { insertRun } from '../../store/queries/runs.ts';
import { moveSchedule, type ScheduleRecord } from '../../store/queries/schedules.ts';
import {
  extendTicks,
  insertTicks,
  scheduledQueue,
  tickRuleId,
  ticksBefore,
  ticksFrom,
} from '../../store/queries/ticks.ts';
import type { Transaction } from '../../store/sqlite.ts';

/** Who asks for scheduled runs, as runs and events name it. */
export const scheduler = 'scheduler';

/** What firing looks at besides the schedule. */
export interface FireContext {
  /** Epoch ms. */
  readonly now: number;
  readonly schedules: OpenSchedules;
  /** Makes a run's identity. */
  readonly newUid: () => string;
  /** The numbers of rules that were asked for in this transaction; they are not asked for again. @default none */
  readonly ruleIds?: Map<string, number>;
  /** The time in which this schedule was not looked at; null when all of its ticks are live. */
  readonly absence: Absence | null;
}

/** What firing did. */
export interface Fired {
  /** The schedule with its cursor moved on; it is due again when one transaction was not enough. */
  readonly schedule: ScheduleRecord;
  readonly records: readonly TickRecord[];
  readonly runs: readonly Run[];
}

/**
 * Decides the ticks of a schedule that are due, stores their outcomes and the runs that they make, and moves the cursor, all
 * in one transaction. A tick that has an outcome already (the clock was set back) is passed over.
 */
export function fireDue(transaction: Transaction, record: ScheduleRecord, context: FireContext): Fired {
  const { nextAt } = record;
  if (nextAt === null || nextAt > context.now) return { schedule: record, records: [], runs: [] };
  const schedule = context.schedules.open(record);
  const free =
    nextAt > record.recordedUntil ? { from: nextAt, to: context.now } : freeRange(transaction, record, context);
  if (!free) return { schedule: passRecorded(transaction, record, schedule), records: [], runs: [] };
  const decision = decideTicks({
    schedule,
    range: free,
    overlap: record.overlap,
    queue: scheduledQueue(transaction, record.dataset),
    absence: context.absence && absenceOf(context.absence, free.to, context.now),
    catchupUntil: record.catchupUntil,
    remedyFor: ({ from, to }) => (record.hasDate ? backfillCommand(record, { schedule, from, to }) : null),
  });
  const runs = decision.records.flatMap((ticks) => storeTicks(transaction, { record, schedule, ticks, context }) ?? []);
  return { schedule: moveOn(transaction, { record, schedule, decision }), records: decision.records, runs };
}

function backfillCommand(
  { dataset, executionDate }: ScheduleRecord,
  { schedule, from, to }: { readonly schedule: Schedule; readonly from: number; readonly to: number },
): string {
  const [start, end] = [from, to].map((at) => schedule.executionDateOf(at, executionDate));
  return `dli workflow backfill ${dataset} -s ${start} -e ${end}`;
}

/** The newest tick of an absence runs; where later ones of it have an outcome already, what lies before them is not the newest. */
function absenceOf(absence: Absence, decidedTo: number, now: number): Absence {
  const isWhole = decidedTo >= Math.min(now, absence.until - 1);
  return isWhole || absence.catchup !== 'latest' ? absence : { ...absence, catchup: 'none' };
}

/** The due ticks up to the next one that has an outcome; undefined when the first of them has one. */
function freeRange(
  transaction: Transaction,
  { dataset, nextAt }: ScheduleRecord,
  { now }: FireContext,
): { readonly from: number; readonly to: number } | undefined {
  const from = nextAt ?? now;
  if ((ticksBefore(transaction, dataset, from)?.untilAt ?? 0) >= from) return undefined;
  const [recorded] = ticksFrom(transaction, { dataset, from, limit: 1 });
  return { from, to: Math.min(now, (recorded?.scheduledAt ?? Number.POSITIVE_INFINITY) - 1) };
}

function passRecorded(transaction: Transaction, record: ScheduleRecord, schedule: Schedule): ScheduleRecord {
  const { dataset, nextAt } = record;
  const recorded = nextAt === null ? undefined : ticksBefore(transaction, dataset, nextAt);
  const moved = { ...record, nextAt: recorded ? schedule.next(recorded.untilAt) : nextAt };
  moveSchedule(transaction, moved);
  return moved;
}

function moveOn(
  transaction: Transaction,
  {
    record,
    schedule,
    decision,
  }: { readonly record: ScheduleRecord; readonly schedule: Schedule; readonly decision: TickDecision },
): ScheduleRecord {
  const { records, decidedUntil, catchupUntil } = decision;
  const moved = {
    ...record,
    nextAt: schedule.next(decidedUntil),
    recordedUntil: Math.max(record.recordedUntil, ...records.map(({ untilAt }) => untilAt)),
    catchupUntil,
  };
  moveSchedule(transaction, moved);
  return moved;
}

interface TicksToStore {
  readonly record: ScheduleRecord;
  readonly schedule: Schedule;
  readonly ticks: TickRecord;
  readonly context: FireContext;
}

function storeTicks(transaction: Transaction, toStore: TicksToStore): Run | undefined {
  const { record, ticks, context } = toStore;
  if (ticks.outcome !== 'run') {
    storeStretch(transaction, toStore);
    return undefined;
  }
  const run = insertTickRun(transaction, toStore);
  const ruleId = ruleIdOf(transaction, record, context);
  insertTicks(transaction, { dataset: record.dataset, ticks, runId: run.runId, ruleId, now: context.now });
  return run;
}

function ruleIdOf(transaction: Transaction, record: ScheduleRecord, { ruleIds }: FireContext): number {
  const key = `${record.executionDate} ${record.timezone} ${record.cron}`;
  const ruleId = ruleIds?.get(key) ?? tickRuleId(transaction, record);
  ruleIds?.set(key, ruleId);
  return ruleId;
}

function insertTickRun(transaction: Transaction, { record, schedule, ticks, context }: TicksToStore): Run {
  const { scheduledAt, reason } = ticks;
  const date = schedule.executionDateOf(scheduledAt, record.executionDate);
  const run = insertRun(transaction, {
    runUid: context.newUid(),
    dataset: record.dataset,
    sourceType: record.sourceType,
    runType: 'scheduled',
    executionDate: date,
    params: record.hasDate ? { ...record.params, execution_date: date } : record.params,
    revision: record.revision,
    warehouse: record.warehouse,
    logicalAt: scheduledAt,
    maxAttempts: record.maxAttempts,
    held: record.paused,
    backfillId: null,
    triggeredBy: scheduler,
    createdAt: context.now,
  });
  appendEvent(transaction, {
    at: context.now,
    kind: 'run.created',
    dataset: run.dataset,
    runId: run.runId,
    backfillId: null,
    actor: scheduler,
    reason,
    data: {
      status: run.status,
      run_type: run.runType,
      execution_date: date,
      scheduled_at: new Date(scheduledAt).toISOString(),
    },
  });
  return run;
}

/** Stores ticks without a run: a stretch that goes on from the one before it makes that longer. */
function storeStretch(transaction: Transaction, { record, schedule, ticks, context }: TicksToStore): void {
  const { dataset } = record;
  const { scheduledAt, untilAt, count, outcome, reason } = ticks;
  const { now } = context;
  const last = ticksBefore(transaction, dataset, scheduledAt - 1);
  const goesOn =
    last?.outcome === outcome &&
    last.reason === reason &&
    last.rule.cron === record.cron &&
    last.rule.timezone === record.timezone &&
    last.rule.executionDate === record.executionDate &&
    schedule.next(last.untilAt) === scheduledAt;
  if (last && goesOn) extendTicks(transaction, { dataset, scheduledAt: last.scheduledAt, untilAt, more: count, now });
  else insertTicks(transaction, { dataset, ticks, runId: null, ruleId: ruleIdOf(transaction, record, context), now });
  if (outcome === 'run') return;
  appendEvent(transaction, {
    at: now,
    kind: `tick.${outcome}`,
    dataset,
    runId: null,
    backfillId: null,
    actor: scheduler,
    reason,
    data: { scheduled_at: new Date(scheduledAt).toISOString(), until_at: new Date(untilAt).toISOString(), count },
  });
}
