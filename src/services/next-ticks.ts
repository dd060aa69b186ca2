import { openSchedule } from '../core/schedule.ts';
import { openZone, type Zone } from '../core/zone.ts';

/** Finds next ticks for many schedules. Opening a timezone costs 65 µs and finding a tick in an open one a few, so zones are kept; there are some hundred of them. */
export class NextTicks {
  readonly #zones = new Map<string, Zone>();

  /** Finds the first tick of a schedule after `after` (epoch ms); null when there is none. */
  of({ cron, timezone }: { readonly cron: string; readonly timezone: string }, after: number): number | null {
    const zone = this.#zones.get(timezone) ?? openZone(timezone);
    this.#zones.set(timezone, zone);
    return openSchedule({ cron, timezone }, zone).next(after);
  }
}
