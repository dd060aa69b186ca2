/** Walks the local times that a cron names, on the calendar alone: no timezone, no daylight saving. */
import type { Cron } from './cron.ts';

const msPerMinute = 60_000;
const msPerDay = 86_400_000;

/** The last day that a calendar date of four digits can name, in days since 1970-01-01. */
const lastDay = 2_932_896; // 9999-12-31

/**
 * Finds the first local time of `cron` at or after `local`; null when there is none up to the year 9999. Local times are the
 * ms since 1970-01-01 00:00 that a clock on the wall has counted.
 */
export function nextLocalTime(cron: Cron, local: number): number | null {
  const minute = Math.ceil(local / msPerMinute);
  const day = Math.floor((minute * msPerMinute) / msPerDay);
  const firstDay = nextDay(cron, day);
  if (firstDay === null) return null;
  if (firstDay > day) return timeOn(firstDay, cron.times[0]);
  const time = firstAtLeast(cron.times, minute - day * 1_440);
  if (time !== undefined) return timeOn(day, time);
  const following = nextDay(cron, day + 1);
  return following === null ? null : timeOn(following, cron.times[0]);
}

/** Counts the local times of `cron` from `from` on and before `end`, both in ms as {@link nextLocalTime} counts. */
export function countLocalTimes(cron: Cron, from: number, end: number): number {
  const lastDayOf = Math.floor((end - 1) / msPerDay);
  let count = 0;
  for (
    let day = nextDay(cron, Math.floor(from / msPerDay));
    day !== null && day <= lastDayOf;
    day = nextDay(cron, day + 1)
  ) {
    count += indexOfFirst(cron.times, minutesInto(day, end)) - indexOfFirst(cron.times, minutesInto(day, from));
  }
  return count;
}

/** The first whole minute of a day at or after `local`: below 0 before that day, above 1,440 after it. */
function minutesInto(day: number, local: number): number {
  return Math.ceil((local - day * msPerDay) / msPerMinute);
}

function timeOn(day: number, minutes = 0): number {
  return day * msPerDay + minutes * msPerMinute;
}

/** Finds the first day of the cron from `from` on. A month that the cron leaves out is passed in one step. */
function nextDay({ months, daysOfMonth, daysOfWeek }: Cron, from: number): number | null {
  let day = from;
  while (day <= lastDay) {
    const date = new Date(day * msPerDay);
    const month = date.getUTCMonth();
    if (!months.has(month + 1)) {
      date.setUTCMonth(month + 1, 1);
      day = date.getTime() / msPerDay;
      continue;
    }
    // Both restricted: either is enough (crontab(5)). One or none: the other leaves nothing out.
    const byMonth = daysOfMonth?.has(date.getUTCDate());
    const byWeek = daysOfWeek?.has(date.getUTCDay());
    if (byMonth === true || byWeek === true || (byMonth === undefined && byWeek === undefined)) return day;
    day += 1;
  }
  return null;
}

function firstAtLeast(sorted: readonly number[], wanted: number): number | undefined {
  return sorted[indexOfFirst(sorted, wanted)];
}

/** The index of the first value that is not below `wanted`. */
function indexOfFirst(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
