/** When a schedule's ticks occur (docs/decisions/0007-schedule-rule.md), in every IANA timezone. */
import { DliError } from '../contract/errors.ts';
import { addDays } from './calendar-date.ts';
import { cronHint, readCron } from './cron.ts';
import { fires, occurrencesFrom, type ZonedCron } from './occurrences.ts';
import { countTicks, type InstantRange, lastTick } from './tick-count.ts';
import { firingsFrom, noteOf } from './tick-note.ts';
import { openZone, type Zone } from './zone.ts';

export { cronHint, cronProblem } from './cron.ts';
export { timezoneProblem } from './zone.ts';

/** Which date a tick computes: the local date of the tick, or the day before it. */
export type ExecutionDateRule = 'same_day' | 'previous_day';

/** When ticks occur. */
export interface TickRule {
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
}

/** Which ticks are asked for. */
export interface TickRange {
  /** The earliest, epoch ms, included. */
  readonly from: number;
  /** The latest, epoch ms, included. @default none: up to the year 9999 */
  readonly to?: number | undefined;
  /** @default 'same_day' */
  readonly executionDate?: ExecutionDateRule;
}

/** One occurrence of a schedule. */
export interface Tick {
  /** Epoch ms. */
  readonly scheduledAt: number;
  /** What a clock in the schedule's timezone shows: `YYYY-MM-DD HH:MM`. */
  readonly localTime: string;
  /** Local time minus UTC. Whole minutes, but for the years before standard time. */
  readonly offsetMinutes: number;
  /** The calendar date that the tick computes. */
  readonly executionDate: string;
  /** What daylight saving moved, merged or dropped. */
  readonly note: string | null;
}

/** A schedule that was read once and remembers its timezone's changes: the fast way to many ticks. */
export interface Schedule {
  /** Finds the first tick strictly after an instant (epoch ms); null when there is none up to the year 9999. */
  readonly next: (after: number) => number | null;
  /** Finds the newest tick of a range; null when it has none. */
  readonly last: (range: InstantRange) => number | null;
  /** Counts the ticks of a range, without walking them. */
  readonly count: (range: InstantRange) => number;
  /** Lists the ticks of a range, in order, one at a time as they are asked for. */
  readonly ticks: (range: TickRange) => Generator<Tick, undefined>;
  /** Returns the execution date of an instant (epoch ms): its local calendar date, or the day before that. */
  readonly executionDateOf: (tickMs: number, rule: ExecutionDateRule) => string;
}

/**
 * Opens a schedule. Schedules of one timezone may share an opened zone.
 *
 * @throws DLI-805 for a bad cron, DLI-400 for an unknown timezone
 */
export function openSchedule({ cron, timezone }: TickRule, opened?: Zone): Schedule {
  const reading = readCron(cron);
  if (!reading.ok) throw new DliError('DLI-805', reading.problem, { hints: [cronHint] });
  const zone = opened ?? openZone(timezone);
  const zoned = { cron: reading.cron, zone };
  const next = (after: number) => findNext(zoned, after);
  return {
    next,
    last: (range) => lastTick(next, range),
    count: (range) => countTicks(zoned, next, range),
    ticks: (range) => listTicks(zoned, range),
    executionDateOf: (tickMs, rule) => executionDate(tickMs + zone.stretchAt(tickMs).offsetMs, rule),
  };
}

/** Finds the first tick strictly after `after` (epoch ms); null when there is none. @throws as {@link openSchedule} */
export function nextTick({ after, ...rule }: TickRule & { readonly after: number }): number | null {
  return openSchedule(rule).next(after);
}

/** Lists the ticks of a range, in order, one at a time as they are asked for. @throws as {@link openSchedule} */
export function ticks({ cron, timezone, ...range }: TickRule & TickRange): Generator<Tick, undefined> {
  return openSchedule({ cron, timezone }).ticks(range);
}

/** Returns the execution date of a tick (epoch ms): its calendar date in the schedule's timezone, or the day before that. */
export function executionDateOf(tickMs: number, timezone: string, rule: ExecutionDateRule): string {
  return executionDate(tickMs + openZone(timezone).stretchAt(tickMs).offsetMs, rule);
}

function findNext(schedule: ZonedCron, after: number): number | null {
  for (const occurrence of occurrencesFrom(schedule, Math.floor(after) + 1)) {
    if (fires(schedule.cron, occurrence)) return occurrence.at;
  }
  return null;
}

function* listTicks(schedule: ZonedCron, range: TickRange): Generator<Tick, undefined> {
  const { from, to = Number.POSITIVE_INFINITY, executionDate: rule = 'same_day' } = range;
  for (const firing of firingsFrom(schedule, from)) {
    if (firing.at > to) return;
    const { offsetMs } = firing.times[0].stretch;
    const local = firing.at + offsetMs;
    yield {
      scheduledAt: firing.at,
      localTime: new Date(local).toISOString().slice(0, 16).replace('T', ' '),
      offsetMinutes: offsetMs / 60_000,
      executionDate: executionDate(local, rule),
      note: noteOf(schedule, firing),
    };
  }
}

function executionDate(local: number, rule: ExecutionDateRule): string {
  const date = new Date(local).toISOString().slice(0, 10);
  return rule === 'same_day' ? date : (addDays(date, -1) ?? date);
}
