/**
 * A slow, obvious oracle of the schedule rule. It walks real instants one by one, asks `Intl.DateTimeFormat` what a clock in
 * the zone shows, and knows nothing of offsets, transitions or the product's code.
 */
import type { RandomCron } from './random-cron.suite.ts';

/** What a clock shows along a piece of time. */
export interface ClockWalk {
  readonly timezone: string;
  /** Before these, the clock was only watched. */
  readonly from: number;
  readonly instants: readonly number[];
  /** What the clock shows at each instant, as if that were UTC. */
  readonly readings: readonly number[];
}

/** A tick as the rule has it. */
export interface OracleTick {
  readonly scheduledAt: number;
  readonly localTime: string;
  readonly executionDate: string;
  readonly change: 'none' | 'moved' | 'merges' | 'second';
  /** Local times that fell into a gap since the tick before did not fire. */
  readonly hasDropped: boolean;
}

const msPerMinute = 60_000;

/** Reads the clock from `from - before` to `to` (epoch ms, included) at every step. */
export function walkClock(options: {
  readonly timezone: string;
  readonly from: number;
  readonly to: number;
  readonly stepMs?: number;
  readonly before?: number;
}): ClockWalk {
  const { timezone, from, to, stepMs = msPerMinute, before = 50 * 60 * msPerMinute } = options;
  const read = clockReader(timezone);
  const instants: number[] = [];
  for (let at = from - before; at <= to; at += stepMs) instants.push(at);
  return { timezone, from, instants, readings: instants.map(read) };
}

/** Makes a function that tells what a clock in the zone shows at an instant, in ms as if it were UTC. */
export function clockReader(timezone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (ms) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (
      format.format(ms).match(/\d+/g) ?? []
    ).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/** Lists the ticks of a cron along a walk. */
export function oracleTicks(cron: RandomCron, { from, instants, readings }: ClockWalk): readonly OracleTick[] {
  const isElapsed = cron.minutes.text.startsWith('*') || cron.hours.text.startsWith('*');
  const found: OracleTick[] = [];
  let passed = readings[0] ?? 0;
  let hasDropped = false;
  for (const [index, at] of instants.entries()) {
    const reading = readings[index] ?? 0;
    const reached = minutesBetween(passed, reading).filter((time) => matches(cron, time));
    const shown = [reading].filter((time) => isWholeMinute(time) && matches(cron, time));
    const matching = isElapsed ? shown : reached;
    if (isElapsed && reached.some((time) => time !== reading)) hasDropped = true;
    if (at >= from && matching.length > 0) {
      const text = new Date(reading).toISOString();
      const isMoved = matching[0] !== reading;
      const change = matching.length > 1 ? 'merges' : isMoved ? 'moved' : reading <= passed ? 'second' : 'none';
      found.push({
        scheduledAt: at,
        localTime: text.slice(0, 16).replace('T', ' '),
        executionDate: text.slice(0, 10),
        change,
        hasDropped,
      });
    }
    if (matching.length > 0) hasDropped = false;
    passed = Math.max(passed, reading);
  }
  return found;
}

function isWholeMinute(time: number): boolean {
  return time % msPerMinute === 0;
}

/** The whole minutes that a clock comes to, or jumps over, on its way from one reading to a later one. */
function minutesBetween(passed: number, reading: number): readonly number[] {
  const times: number[] = [];
  const first = Math.floor(passed / msPerMinute) * msPerMinute + msPerMinute;
  for (let time = first; time <= reading; time += msPerMinute) times.push(time);
  return times;
}

function matches({ minutes, hours, days, months, weekdays }: RandomCron, time: number): boolean {
  const date = new Date(time);
  const onDay = days.values.has(date.getUTCDate());
  const onWeekday = weekdays.values.has(date.getUTCDay());
  const eitherWillDo = days.text !== '*' && weekdays.text !== '*';
  return (
    minutes.values.has(date.getUTCMinutes()) &&
    hours.values.has(date.getUTCHours()) &&
    months.values.has(date.getUTCMonth() + 1) &&
    (eitherWillDo ? onDay || onWeekday : onDay && onWeekday)
  );
}
