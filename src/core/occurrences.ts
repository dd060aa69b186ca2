/**
 * The local times of a cron as instants: what daylight saving does to each of them, by Vixie's rule (docs/decisions/0007-schedule-rule.md).
 *
 * A zone is walked stretch by stretch (each of one offset). Local times that the stretch shows for the first time are plain;
 * those between the last local time before it and its own first one lie in the *gap*; those that the clock had passed before
 * are a *repeat*. A fixed cron fires plain times and those in the gap, a cron that follows elapsed time plain ones and repeats.
 */
import type { Cron } from './cron.ts';
import { nextLocalTime } from './cron-times.ts';
import { longestShiftMs, type Stretch, type Zone } from './zone.ts';

/** Where a cron's ticks are computed. */
export interface ZonedCron {
  readonly cron: Cron;
  readonly zone: Zone;
}

/** One local time of a cron. */
export interface Occurrence {
  /** Epoch ms. In a gap: the first instant after it. */
  readonly at: number;
  /** The local time, in ms as {@link nextLocalTime} counts. */
  readonly local: number;
  readonly kind: 'plain' | 'gap' | 'repeat';
  readonly stretch: Stretch;
}

const msPerMinute = 60_000;
// Years of four digits, and a few days to spare at either end, so that local dates have four digits too.
const earliest = Date.parse('0001-01-05T00:00:00Z');
const latest = Date.parse('9999-12-28T00:00:00Z');

/** Lists every local time of a cron whose instant is at or after `from` (epoch ms), in order, up to the year 9999. */
export function* occurrencesFrom({ cron, zone }: ZonedCron, from: number): Generator<Occurrence, undefined> {
  let at = Math.max(Math.ceil(from), earliest);
  while (at <= latest) {
    const stretch = zone.stretchAt(at);
    const endLocal = stretch.endMs + stretch.offsetMs;
    let local = nextLocalTime(cron, firstLocal(stretch, at));
    while (local !== null && local < endLocal) {
      yield toOccurrence(stretch, local);
      local = nextLocalTime(cron, local + msPerMinute);
    }
    // Stretches far before the next local time hold none: they are passed in one step. A clock that is set back may show
    // the times before this stretch's end again.
    const following = nextLocalTime(cron, endLocal - longestShiftMs);
    if (following === null) return;
    at = Math.max(stretch.endMs, following - longestShiftMs);
  }
}

/** Tells whether a cron fires at one of its local times. */
export function fires(cron: Cron, { kind }: Occurrence): boolean {
  return kind === 'plain' || kind === (cron.isElapsed ? 'repeat' : 'gap');
}

/** Tells whether the clock shows a local time once more after `at`. */
export function occursAgain(zone: Zone, { at, local, stretch }: Occurrence): boolean {
  let { endMs } = stretch;
  while (endMs < at + longestShiftMs) {
    const following = zone.stretchAt(endMs);
    const { offsetMs } = following;
    if (local >= endMs + offsetMs && local < following.endMs + offsetMs) return true;
    endMs = following.endMs;
  }
  return false;
}

function firstLocal({ startMs, offsetMs, passedMs }: Stretch, from: number): number {
  return from > startMs ? from + offsetMs : Math.min(passedMs, startMs + offsetMs);
}

function toOccurrence(stretch: Stretch, local: number): Occurrence {
  const at = local - stretch.offsetMs;
  if (at < stretch.startMs) return { at: stretch.startMs, local, kind: 'gap', stretch };
  return { at, local, kind: local < stretch.passedMs ? 'repeat' : 'plain', stretch };
}
