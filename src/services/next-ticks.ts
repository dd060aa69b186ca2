import { openSchedule, type Schedule } from '../core/schedule.ts';
import { openZone, type Zone } from '../core/zone.ts';

const kept = 1_000;

/**
 * Finds next ticks for many schedules. Opening a timezone costs 65 µs and reading a cron 10, where finding a tick costs a
 * few, so both are kept: all zones, of which there are some hundred, and the schedules that were asked for last.
 */
export class NextTicks {
  readonly #zones = new Map<string, Zone>();
  readonly #schedules = new Map<string, Schedule>();

  /** Finds the first tick of a schedule after `after` (epoch ms); null when there is none. */
  of({ cron, timezone }: { readonly cron: string; readonly timezone: string }, after: number): number | null {
    const name = `${timezone} ${cron}`;
    const schedule = this.#schedules.get(name) ?? this.#open(cron, timezone);
    this.#schedules.delete(name);
    this.#schedules.set(name, schedule);
    const oldest = this.#schedules.keys().next().value;
    if (this.#schedules.size > kept && oldest !== undefined) this.#schedules.delete(oldest);
    return schedule.next(after);
  }

  #open(cron: string, timezone: string): Schedule {
    const zone = this.#zones.get(timezone) ?? openZone(timezone);
    this.#zones.set(timezone, zone);
    return openSchedule({ cron, timezone }, zone);
  }
}
