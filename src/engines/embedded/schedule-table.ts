/**
 * Which schedules are in force. A schedule changes only after the ticks that are due have their outcome under the old one;
 * what is new begins with the first tick from now on, so that an edit never replays the past.
 */
import { pickEffective } from '../../core/effective-spec.ts';
import type { OpenSchedules } from '../../core/open-schedules.ts';
import type { ParameterValues } from '../../core/parameters.ts';
import type { Run } from '../../core/run.ts';
import type { Absence, Catchup, TickRecord } from '../../core/tick-decision.ts';
import type { DatasetSpec } from '../../spec/dataset-spec.ts';
import { holdScheduledRuns, type Pause, readPause, releaseScheduledRuns } from '../../store/queries/pauses.ts';
import { registrationsOf } from '../../store/queries/registrations.ts';
import {
  deleteSchedule,
  getSchedule,
  type ScheduleRecord,
  saveSchedule,
  setSchedulePaused,
} from '../../store/queries/schedules.ts';
import { recordedUntil } from '../../store/queries/ticks.ts';
import type { Registration } from '../../store/rows.ts';
import type { Transaction } from '../../store/sqlite.ts';
import { type FireContext, fireDue } from './fire-ticks.ts';

/** What a change of a schedule looks at besides the state. */
export interface TableContext extends Omit<FireContext, 'absence' | 'hasUnfinished'> {
  /** What the machine's clock says, epoch ms: `now` stands still while it is not believed. */
  readonly clockNow: number;
  readonly schedules: OpenSchedules;
  readonly specOf: (revision: string) => DatasetSpec;
  /** The time in which no schedule was looked at, for one of them. */
  readonly absenceOf: (schedule: ScheduleRecord) => Absence | null;
}

/** What became of the ticks that were due. */
export interface Settled {
  readonly records: readonly TickRecord[];
  readonly runs: readonly Run[];
}

const nothing: Settled = { records: [], runs: [] };

/** Makes the schedule of a dataset follow its effective registration. */
export function applySchedule(transaction: Transaction, dataset: string, context: TableContext): Settled {
  const effective = pickEffective(registrationsOf(transaction, dataset));
  const before = getSchedule(transaction, dataset);
  const wanted = effective && scheduleOf(effective, context.specOf(effective.revision));
  if (before && wanted && isSameRule(before, wanted)) {
    const { nextAt, since, recordedUntil: until, catchupUntil, paused } = before;
    saveSchedule(transaction, { ...wanted, nextAt, since, recordedUntil: until, catchupUntil, paused });
    return nothing;
  }
  const settled = before ? settleDue(transaction, before, context) : nothing;
  if (before) deleteSchedule(transaction, dataset);
  if (wanted) {
    saveSchedule(transaction, {
      ...wanted,
      nextAt: context.schedules.open(wanted).next(context.clockNow),
      since: context.clockNow,
      recordedUntil: recordedUntil(transaction, dataset),
      catchupUntil: null,
      paused: readPause(transaction, dataset) !== undefined,
    });
  }
  return settled;
}

/** Holds a paused dataset's schedule and its waiting scheduled runs; ticks that were due before have their outcome first. */
export function pauseSchedule(transaction: Transaction, dataset: string, context: TableContext): Settled {
  const schedule = getSchedule(transaction, dataset);
  const settled = schedule ? settleDue(transaction, schedule, { ...context, leavesPromised: true }) : nothing;
  setSchedulePaused(transaction, dataset, true);
  holdScheduledRuns(transaction, dataset);
  return settled;
}

/** Ends the hold: the paused ticks get their outcome, and what waited may start. */
export function unpauseSchedule(
  transaction: Transaction,
  {
    dataset,
    pause,
    catchup,
    context,
  }: {
    readonly dataset: string;
    readonly pause: Pause;
    readonly catchup: Catchup;
    readonly context: TableContext;
  },
): Settled {
  const schedule = getSchedule(transaction, dataset);
  const absence = pausedAbsence(pause, context.now, catchup);
  const settled = schedule
    ? settleDue(
        transaction,
        { ...schedule, paused: false },
        { ...context, absenceOf: () => absence, leavesPromised: true },
      )
    : nothing;
  setSchedulePaused(transaction, dataset, false);
  releaseScheduledRuns(transaction, dataset);
  return settled;
}

/**
 * Gives ticks that are due their outcome, those of a pause apart, as far as one transaction makes runs. Tells whether there are
 * more: a change of the schedule that follows has to find few, as it decides all that are left in its own transaction.
 */
export function settleSome(
  transaction: Transaction,
  dataset: string,
  context: TableContext,
): Settled & { readonly goesOn: boolean } {
  const schedule = getSchedule(transaction, dataset);
  if (!schedule || !isOpen(schedule, context.now)) return { ...nothing, goesOn: false };
  const { schedule: moved, ...settled } = fireDue(transaction, schedule, {
    ...context,
    absence: context.absenceOf(schedule),
  });
  return { ...settled, goesOn: isOpen(moved, context.now) };
}

/** Whether ticks are due that are decided whatever happens next: while it is paused, only those that were promised a run are. */
function isOpen({ nextAt, paused, catchupUntil }: ScheduleRecord, now: number): boolean {
  return nextAt !== null && nextAt <= now && (!paused || catchupUntil !== null);
}

interface SettleContext extends TableContext {
  /** Whether runs that a catch-up promised may be made later, by the scheduler. @default false: the rule is about to change */
  readonly leavesPromised?: boolean;
}

/** Gives every tick that is due its outcome, whether the dataset is paused or not. */
function settleDue(transaction: Transaction, schedule: ScheduleRecord, context: SettleContext): Settled {
  const pause = schedule.paused ? readPause(transaction, schedule.dataset) : undefined;
  const absence = pause ? pausedAbsence(pause, context.now, 'none') : context.absenceOf(schedule);
  const records: TickRecord[] = [];
  const runs: Run[] = [];
  let due = schedule;
  while (due.nextAt !== null && due.nextAt <= context.now) {
    const fired = fireDue(transaction, due, { ...context, absence });
    records.push(...fired.records);
    runs.push(...fired.runs);
    due = fired.schedule;
    if (context.leavesPromised && isAllPromised(due, context)) break;
  }
  return { records, runs };
}

/** Whether every tick that is due was promised a run: then what happens next changes nothing for them. */
function isAllPromised(record: ScheduleRecord, { schedules, now }: TableContext): boolean {
  if (record.catchupUntil === null) return false;
  return (schedules.open(record).next(record.catchupUntil) ?? Number.POSITIVE_INFINITY) > now;
}

function pausedAbsence({ at, by }: Pause, now: number, catchup: Catchup): Absence {
  const since = new Date(at).toISOString().slice(0, 19);
  return {
    until: now + 1,
    outcome: 'skipped_paused',
    catchup,
    reason: `the workflow was paused by ${by} at ${since}Z`,
  };
}

type WantedSchedule = Omit<ScheduleRecord, 'nextAt' | 'since' | 'recordedUntil' | 'catchupUntil' | 'paused'>;

function scheduleOf({ dataset, sourceType, revision }: Registration, spec: DatasetSpec): WantedSchedule | undefined {
  const { schedule, parameters, execution } = spec;
  if (!schedule?.enabled) return undefined;
  return {
    dataset,
    sourceType,
    revision,
    cron: schedule.cron,
    timezone: schedule.timezone,
    executionDate: schedule.executionDate,
    catchup: schedule.catchup,
    overlap: schedule.overlap,
    warehouse: execution.warehouse,
    maxAttempts: schedule.retry.maxAttempts,
    params: defaultsOf(spec),
    hasDate: parameters.some(({ name }) => name === 'execution_date'),
  };
}

/** The values of a scheduled run but for its date. That none is missing is checked when the spec is parsed. */
function defaultsOf({ parameters }: DatasetSpec): ParameterValues {
  const others = parameters.filter(({ name }) => name !== 'execution_date');
  return Object.fromEntries(others.map(({ name, default: fallback }) => [name, fallback ?? null]));
}

/** Whether the ticks of a schedule in force stay the same under another spec. */
export function keepsRule(schedule: ScheduleRecord, { schedule: next }: DatasetSpec): boolean {
  return next?.enabled === true && isSameRule(schedule, next);
}

type Rule = Pick<WantedSchedule, 'cron' | 'timezone' | 'executionDate'>;

function isSameRule(one: Rule, other: Rule): boolean {
  return one.cron === other.cron && one.timezone === other.timezone && one.executionDate === other.executionDate;
}
