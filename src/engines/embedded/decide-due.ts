import type { ScheduleSource } from '../../core/remembered-schedules.ts';
import type { Schedule } from '../../core/schedule.ts';
import {
  type Absence,
  decideTicks,
  type ScheduledQueue,
  type TickDecision,
  type TickRecord,
} from '../../core/tick-decision.ts';
import type { ScheduleRecord } from '../../store/queries/schedules.ts';
import { scheduledQueue, ticksBefore, ticksFrom } from '../../store/queries/ticks.ts';
import type { Queries } from '../../store/sqlite.ts';

/** What a decision looks at besides the schedule. */
export interface DecideContext {
  /** Epoch ms. */
  readonly now: number;
  readonly schedules: ScheduleSource;
  /** The time in which this schedule was not looked at; null when all of its ticks are live. */
  readonly absence: Absence | null;
  /** Whether a scheduled run of the dataset has not ended. @default not known: its runs are asked for */
  readonly hasUnfinished?: boolean | undefined;
}

const noQueue: ScheduledQueue = { unfinished: 0, waiting: 0, oldestRunId: null };

/** What becomes of the due ticks of a schedule; nothing of it is stored yet. */
export interface Decided {
  readonly record: ScheduleRecord;
  readonly schedule: Schedule;
  readonly records: readonly TickRecord[];
  /** The schedule with its cursor moved on. */
  readonly moved: ScheduleRecord;
}

/**
 * Decides the ticks of a schedule that are due; undefined when none is. One that has an outcome already (the clock was set
 * back) is passed over. What it reads is of this dataset alone.
 */
export function decideDue(queries: Queries, record: ScheduleRecord, context: DecideContext): Decided | undefined {
  const { nextAt } = record;
  if (nextAt === null || nextAt > context.now) return undefined;
  const schedule = context.schedules.open(record);
  const free = nextAt > record.recordedUntil ? { from: nextAt, to: context.now } : freeRange(queries, record, context);
  if (!free) return { record, schedule, records: [], moved: passRecorded(queries, record, schedule) };
  const decision = decideTicks({
    schedule,
    range: free,
    overlap: record.overlap,
    queue: context.hasUnfinished === false ? noQueue : scheduledQueue(queries, record.dataset),
    absence: context.absence && absenceOf(context.absence, free.to, context.now),
    catchupUntil: record.catchupUntil,
    remedyFor: ({ from, to }) => (record.hasDate ? backfillCommand(record, { schedule, from, to }) : null),
  });
  return { record, schedule, records: decision.records, moved: moveOn(record, schedule, decision) };
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
  queries: Queries,
  { dataset, nextAt }: ScheduleRecord,
  { now }: DecideContext,
): { readonly from: number; readonly to: number } | undefined {
  const from = nextAt ?? now;
  if ((ticksBefore(queries, dataset, from)?.untilAt ?? 0) >= from) return undefined;
  const [recorded] = ticksFrom(queries, { dataset, from, limit: 1 });
  return { from, to: Math.min(now, (recorded?.scheduledAt ?? Number.POSITIVE_INFINITY) - 1) };
}

function passRecorded(queries: Queries, record: ScheduleRecord, schedule: Schedule): ScheduleRecord {
  const { dataset, nextAt } = record;
  const recorded = nextAt === null ? undefined : ticksBefore(queries, dataset, nextAt);
  return { ...record, nextAt: recorded ? schedule.next(recorded.untilAt) : nextAt };
}

function moveOn(record: ScheduleRecord, schedule: Schedule, decision: TickDecision): ScheduleRecord {
  const { records, decidedUntil, catchupUntil } = decision;
  return {
    ...record,
    nextAt: schedule.next(decidedUntil),
    recordedUntil: Math.max(record.recordedUntil, ...records.map(({ untilAt }) => untilAt)),
    catchupUntil,
  };
}
