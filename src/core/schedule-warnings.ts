import { counted } from './counted.ts';
import { openSchedule, type Schedule, type Tick, type TickRule } from './schedule.ts';
import { openZone, type Zone } from './zone.ts';

const msPerDay = 86_400_000;
/** How far ahead is looked: two years. */
const aheadMs = 2 * 366 * msPerDay;
const msPerHour = 3_600_000;

/**
 * Warns of ticks in the next two years that a change of the clock moves, merges or drops: which dates, and what happens.
 * `now` is epoch ms. Empty for a schedule that meets none. Reading two years of a timezone takes 1 ms, so schedules of one
 * timezone may share it, opened.
 */
export function scheduleWarnings(rule: TickRule & { readonly zone?: Zone }, now: number): readonly string[] {
  const { zone = openZone(rule.timezone) } = rule;
  const schedule = openSchedule(rule, zone);
  const changes = [...clockChanges(zone, { from: now, to: now + aheadMs })];
  const texts = changes.flatMap((change) => changeText(notedTicks(schedule, { ...change, from: now })) ?? []);
  if (texts.length === 0) return [];
  return [`The clocks of ${rule.timezone} change, and these ticks of '${rule.cron}' with them: ${texts.join(', ')}`];
}

interface ClockChange {
  readonly at: number;
  /** By how much the clock is set. */
  readonly byMs: number;
}

/** Lists the ticks that a change moves, merges or drops: those as close to it as the clock is set, and the next one after it. */
function notedTicks(schedule: Schedule, { at, byMs, from }: ClockChange & { readonly from: number }): readonly Tick[] {
  const near = Math.abs(byMs) + msPerHour;
  const next = schedule.next(at - 1) ?? at;
  const close = schedule.ticks({ from: Math.max(from, at - near), to: Math.max(at + near, next) });
  return [...close].filter(({ note }) => note !== null);
}

/** Names the first tick of a change, and counts the others. */
function changeText([first, ...others]: readonly Tick[]): string | undefined {
  if (!first) return undefined;
  const more = others.length === 0 ? '' : ` and ${counted(others.length, 'tick')} more`;
  return `${first.localTime} (${first.note})${more}`;
}

/** Lists the changes of a zone's offset in a range. */
function* clockChanges(
  zone: Zone,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<ClockChange> {
  for (let at = from; at <= to; ) {
    const { startMs, endMs, offsetMs, passedMs } = zone.stretchAt(at);
    const byMs = startMs + offsetMs - passedMs;
    // A stretch that was entered in its middle has been told of.
    if (startMs === at && at > from && byMs !== 0) yield { at: startMs, byMs };
    at = endMs;
  }
}
