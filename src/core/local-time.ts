/** Moments as people write them, with or without a date's time and its offset, in a timezone. */
import { addDays, isCalendarDate, utcMidnight } from './calendar-date.ts';
import { longestShiftMs, type Zone } from './zone.ts';

/** What a moment may look like, for hints. */
export const momentHint =
  "Allowed: a date (2024-01-15), a date and time in the schedule's timezone (2024-01-15T09:30), or one with its offset (2024-01-15T09:30Z, 2024-01-15T09:30+09:00)";

const momentShape = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d{1,3})?))?(Z|[+-]\d\d:\d\d)?)?$/i;
const msPerMinute = 60_000;

/**
 * Reads a moment as epoch ms; undefined when it is none. Without an offset it is local time, a date alone a whole day:
 * `first` takes the first instant of what is meant, `last` the last one, which matters where a clock is set back.
 */
export function readMoment(text: string, zone: Zone, edge: 'first' | 'last'): number | undefined {
  const [, date, hours, minutes, seconds = '0', offset] = momentShape.exec(text.trim()) ?? [];
  if (date === undefined || !isCalendarDate(date)) return undefined;
  const midnight = utcMidnight(date) ?? 0;
  if (hours === undefined) {
    if (edge === 'first') return firstInstantOf(zone, midnight);
    const following = addDays(date, 1);
    return following === undefined ? undefined : lastInstantOf(zone, (utcMidnight(following) ?? 0) - 1);
  }
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) >= 60) return undefined;
  const local = midnight + (Number(hours) * 60 + Number(minutes)) * msPerMinute + Math.round(Number(seconds) * 1_000);
  if (offset !== undefined) return isOffset(offset) ? local - readOffset(offset) : undefined;
  return edge === 'first' ? firstInstantOf(zone, local) : lastInstantOf(zone, local);
}

/** Finds the first instant at which a clock in the zone shows `local` or, where that is in a gap, a later time. */
function firstInstantOf(zone: Zone, local: number): number {
  let at = local - longestShiftMs;
  for (;;) {
    const { startMs, endMs, offsetMs } = zone.stretchAt(at);
    if (local < endMs + offsetMs) return Math.max(local - offsetMs, startMs);
    at = endMs;
  }
}

/** Finds the last instant at which a clock in the zone shows `local` or, where that is in a gap, an earlier time. */
function lastInstantOf(zone: Zone, local: number): number {
  let at = local - longestShiftMs;
  let last = at;
  while (at < local + longestShiftMs) {
    const { endMs, offsetMs } = zone.stretchAt(at);
    if (at + offsetMs <= local) last = Math.min(local - offsetMs, endMs - 1);
    at = endMs;
  }
  return last;
}

function isOffset(text: string): boolean {
  return /^(Z|[+-](0\d|1\d|2[0-3]):[0-5]\d)$/i.test(text);
}

function readOffset(text: string): number {
  if (text.length === 1) return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6));
  return (text.startsWith('-') ? -minutes : minutes) * msPerMinute;
}
