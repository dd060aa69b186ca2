import { counted } from './counted.ts';
import { openSchedule, type Tick, type TickRule } from './schedule.ts';
import { openZone, type Zone } from './zone.ts';

const msPerDay = 86_400_000;
/** How far ahead is looked: two years. */
const aheadMs = 2 * 366 * msPerDay;
/** A change of the clock shows in ticks this close to it. */
const nearMs = 2 * msPerDay;
const mostTicks = 4;

/**
 * Warns of ticks in the next two years that a change of the clock moves, merges or drops: which dates, and what happens.
 * `now` is epoch ms. Empty for a schedule that meets none.
 */
export function scheduleWarnings(rule: TickRule, now: number): readonly string[] {
  const zone = openZone(rule.timezone);
  const schedule = openSchedule(rule, zone);
  const noted = new Map<number, Tick>();
  for (const change of clockChanges(zone, { from: now, to: now + aheadMs })) {
    for (const tick of schedule.ticks({ from: Math.max(now, change - nearMs), to: change + nearMs })) {
      if (tick.note !== null) noted.set(tick.scheduledAt, tick);
    }
  }
  const ticks = [...noted.values()];
  if (ticks.length === 0) return [];
  const shown = ticks.slice(0, mostTicks).map(({ localTime, note }) => `${localTime} (${note})`);
  const more = ticks.length > mostTicks ? [`and ${counted(ticks.length - mostTicks, 'other tick')}`] : [];
  return [
    `The clocks of ${rule.timezone} change, and these ticks of '${rule.cron}' with them: ${[...shown, ...more].join(', ')}`,
  ];
}

/** Lists the instants of a range at which a zone's offset changes. */
function* clockChanges(zone: Zone, { from, to }: { readonly from: number; readonly to: number }): Generator<number> {
  for (let at = from; at <= to; ) {
    const { startMs, endMs, offsetMs, passedMs } = zone.stretchAt(at);
    if (startMs > from && passedMs !== startMs + offsetMs) yield startMs;
    at = endMs;
  }
}
