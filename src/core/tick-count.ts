/** Counts a schedule's ticks without walking them one by one: weeks of a minutely schedule cost microseconds. */
import type { Cron } from './cron.ts';
import { countLocalTimes } from './cron-times.ts';
import type { ZonedCron } from './occurrences.ts';
import type { Stretch } from './zone.ts';

const msPerMinute = 60_000;

/** A range of instants (epoch ms), both ends included. */
export interface InstantRange {
  readonly from: number;
  readonly to: number;
}

/** Finds the first tick strictly after an instant (epoch ms); null when there is none. */
export type FindNext = (after: number) => number | null;

/**
 * Counts the ticks of a range. Local times that the clock shows for the first time each fire, so they are counted on the
 * calendar; only where a change of the clock makes times fall together or come again are the ticks walked.
 */
export function countTicks({ cron, zone }: ZonedCron, next: FindNext, { from, to }: InstantRange): number {
  let count = 0;
  let at = Math.ceil(from);
  while (at <= to) {
    const stretch = zone.stretchAt(at);
    const end = Math.min(stretch.endMs, Math.floor(to) + 1);
    const plainFrom = Math.min(end, Math.max(at, firstPlain(stretch)));
    count += walk(next, at, plainFrom) + countPlain(cron, stretch, { from: plainFrom, end });
    at = end;
  }
  return count;
}

/** Finds the newest tick of a range; null when it has none. It looks at stretches before the end, each longer than the last. */
export function lastTick(next: FindNext, { from, to }: InstantRange): number | null {
  for (let length = 2 * msPerMinute; ; length *= 4) {
    const start = Math.max(from, to - length);
    let last: number | null = null;
    for (let tick = next(start - 1); tick !== null && tick <= to; tick = next(tick)) last = tick;
    if (last !== null || start <= from) return last;
  }
}

/** The instant from which every local time of a stretch is shown for the first time, and none from before it fires there. */
function firstPlain({ startMs, offsetMs, passedMs }: Stretch): number {
  const passed = passedMs - offsetMs;
  if (passed === startMs) return startMs;
  // Times in a gap fire at the stretch's first instant, together with that instant's own.
  return passed > startMs ? passed : startMs + 1;
}

function countPlain(
  cron: Cron,
  { offsetMs }: Stretch,
  { from, end }: { readonly from: number; readonly end: number },
): number {
  return from < end ? countLocalTimes(cron, from + offsetMs, end + offsetMs) : 0;
}

function walk(next: FindNext, from: number, end: number): number {
  let count = 0;
  if (from >= end) return count;
  for (let tick = next(from - 1); tick !== null && tick < end; tick = next(tick)) count += 1;
  return count;
}
