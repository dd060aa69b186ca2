/** What an explanation says of a workflow's ticks. */
import type { IdleTicks } from '../core/explain-workflow.ts';
import type { TickTime } from '../core/explanation.ts';
import type { TickRule } from '../core/schedule.ts';
import { readDates } from '../store/queries/dates.ts';
import { getSchedule } from '../store/queries/schedules.ts';
import { newestTicks, type StoredTicks, ticksFrom } from '../store/queries/ticks.ts';
import type { ServiceParts } from './parts.ts';

type TickParts = Pick<ServiceParts, 'database' | 'schedules'>;

/** Stretches of one pause that are counted: a new one begins with each edit of the schedule. */
const stretchesCounted = 100;

/** The next tick of a schedule after `now` (epoch ms); null when there is none. */
export function nextTickOf(parts: TickParts, rule: TickRule, now: number): TickTime | null {
  const at = parts.schedules.open(rule).next(now);
  return at === null ? null : tickTimeOf(parts, rule, at);
}

/** Counts the ticks that a pause has skipped since it began: those that have that outcome, and those that will. */
export function skippedSince(
  { database, schedules }: TickParts,
  { dataset, since, now }: { readonly dataset: string; readonly since: number; readonly now: number },
): number {
  const recorded = ticksFrom(database, { dataset, from: since, limit: stretchesCounted })
    .filter(({ outcome }) => outcome === 'skipped_paused')
    .reduce((sum, { count }) => sum + count, 0);
  const schedule = getSchedule(database, dataset);
  if (!schedule || schedule.nextAt === null || schedule.nextAt > now) return recorded;
  return recorded + schedules.open(schedule).count({ from: schedule.nextAt, to: now });
}

/** Reads a workflow's newest ticks where they made no run, unless their last date was computed since. */
export function idleTicksOf(parts: TickParts, dataset: string): IdleTicks | null {
  const [newest, before] = newestTicks(parts.database, dataset, 2);
  // A run with a reason is a catch-up: what it leaves out lies in front of it.
  const idle = newest?.outcome === 'run' && newest.reason !== null ? before : newest;
  if (!idle || idle.outcome === 'run') return null;
  const { rule, scheduledAt, untilAt, outcome, count, reason } = idle;
  const schedule = parts.schedules.open(rule);
  const lastDate = schedule.executionDateOf(untilAt, rule.executionDate);
  if (wasComputed(parts, dataset, lastDate, untilAt)) return null;
  return {
    outcome,
    count,
    reason,
    first: tickTimeOf(parts, rule, scheduledAt),
    last: tickTimeOf(parts, rule, untilAt),
    firstDate: schedule.executionDateOf(scheduledAt, rule.executionDate),
    lastDate,
  };
}

function wasComputed({ database }: TickParts, dataset: string, date: string, since: StoredTicks['untilAt']): boolean {
  const [record] = readDates(database, { dataset, start: date, end: date });
  return (record?.successAt ?? Number.NEGATIVE_INFINITY) > since;
}

function tickTimeOf({ schedules }: TickParts, rule: TickRule, at: number): TickTime {
  const [tick] = schedules.open(rule).ticks({ from: at, to: at }).take(1);
  return { at, offsetMinutes: tick?.offsetMinutes ?? 0 };
}
