import { openSchedule, type Schedule, type TickRule } from './schedule.ts';
import { openZone, type Zone } from './zone.ts';

const mostSchedules = 20_000;

/**
 * Schedules that were opened, so that finding the next tick of one among many costs microseconds. Opening a timezone costs
 * 65 µs; there are some hundred of them, and schedules of one timezone share it.
 */
export class OpenSchedules {
  readonly #zones = new Map<string, Zone>();
  readonly #schedules = new Map<string, Schedule>();

  /** Opens a schedule, or returns the one that is open. @throws DLI-805 for a bad cron, DLI-400 for an unknown timezone */
  open({ cron, timezone }: TickRule): Schedule {
    const key = `${timezone} ${cron}`;
    const known = this.#schedules.get(key);
    if (known) return known;
    const schedule = openSchedule({ cron, timezone }, this.zone(timezone));
    if (this.#schedules.size >= mostSchedules) this.#schedules.clear();
    this.#schedules.set(key, schedule);
    return schedule;
  }

  /** Opens a timezone, or returns the one that is open. @throws DLI-400 for an unknown timezone */
  zone(timezone: string): Zone {
    const zone = this.#zones.get(timezone) ?? openZone(timezone);
    this.#zones.set(timezone, zone);
    return zone;
  }
}
