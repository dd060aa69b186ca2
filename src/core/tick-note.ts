/** Says what daylight saving did to a tick. */
import { fires, type Occurrence, occurrencesFrom, occursAgain, type ZonedCron } from './occurrences.ts';

/** The local times that fire at one instant. */
export interface Firing {
  readonly at: number;
  /** In order; more than one where fixed times land on one instant. */
  readonly times: readonly [Occurrence, ...Occurrence[]];
  /** Local times since the firing before it that fell into a gap and do not fire. */
  readonly dropped: readonly Occurrence[];
}

const msPerDay = 86_400_000;
/** Longer than any cron waits: from one leap day to the next one across a century that has none. */
const longestWait = 9 * 366 * msPerDay;
const longestList = 4;

/** Lists the firings at or after `from` (epoch ms), in order. */
export function* firingsFrom(schedule: ZonedCron, from: number): Generator<Firing, undefined> {
  let firing: Firing | undefined;
  let dropped: Occurrence[] = [];
  for (const occurrence of occurrencesFrom(schedule, lookBack(schedule, from))) {
    if (!fires(schedule.cron, occurrence)) {
      if (occurrence.kind === 'gap') dropped.push(occurrence);
    } else if (firing?.at === occurrence.at) {
      firing = { ...firing, times: [...firing.times, occurrence] };
    } else {
      if (firing && firing.at >= from) yield firing;
      firing = { at: occurrence.at, times: [occurrence], dropped };
      dropped = [];
    }
  }
  if (firing && firing.at >= from) yield firing;
}

/** Writes the note of a firing: what was moved, merged or dropped; null where daylight saving changed nothing. */
export function noteOf({ cron, zone }: ZonedCron, { at, times, dropped }: Firing): string | null {
  const [first] = times;
  const date = dateText(at + first.stretch.offsetMs);
  const list = (occurrences: readonly Occurrence[]) => listTimes(occurrences, date);
  const notes: string[] = [];
  if (dropped.length > 0) notes.push(`drops ${list(dropped)}`);
  if (times.length > 1) notes.push(`merges ${list(times)}`);
  else if (first.kind === 'gap') notes.push(`moved from ${list(times)}`);
  if (first.kind === 'repeat') notes.push(`second ${list(times)}`);
  const again = cron.isElapsed ? [] : times.filter((time) => time.kind === 'plain' && occursAgain(zone, time));
  if (again.length > 0) notes.push(`drops the second ${list(again)}`);
  return notes.length === 0 ? null : notes.join('; ');
}

/** Goes back to before the firing that precedes `from`, as far as a gap between the two could be told of. */
function lookBack(schedule: ZonedCron, from: number): number {
  if (!schedule.cron.isElapsed) return from;
  const starts = [2, 40, 400].map((days) => from - days * msPerDay);
  return starts.find((start) => hasFiring(schedule, start, from)) ?? from - longestWait;
}

function hasFiring(schedule: ZonedCron, start: number, end: number): boolean {
  for (const occurrence of occurrencesFrom(schedule, start)) {
    if (occurrence.at >= end) return false;
    if (fires(schedule.cron, occurrence)) return true;
  }
  return false;
}

/** A date is written in front of the first time that is not of the same day as what stands before it. */
function listTimes(occurrences: readonly Occurrence[], tickDate: string): string {
  const isLong = occurrences.length > longestList;
  const shown = isLong ? [...occurrences.slice(0, 1), ...occurrences.slice(-1)] : occurrences;
  let date = tickDate;
  const texts = shown.map(({ local }) => {
    const before = date;
    date = dateText(local);
    const time = new Date(local).toISOString().slice(11, 16);
    return date === before ? time : `${date} ${time}`;
  });
  return isLong ? `${occurrences.length} times, ${texts.join(' to ')}` : texts.join(', ');
}

function dateText(local: number): string {
  return new Date(local).toISOString().slice(0, 10);
}
