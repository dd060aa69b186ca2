import { DliError } from '../../contract/errors.ts';
import { dueSchedules, getSchedule, nextDueAt } from '../../store/queries/schedules.ts';
import type { Database, Queries } from '../../store/sqlite.ts';
import type { ScheduleToFire } from './fire-ticks.ts';

/** Why the schedule of a dataset cannot be fired. */
export interface ScheduleTrouble {
  readonly reason: string;
  /** When it is tried again, epoch ms. */
  readonly until: number;
}

const putOffMs = 60_000;

/** Names schedules to fire, in the transaction that fires them: at most `limit` of those that are due at `now` (epoch ms). */
export type PickSchedules = (
  queries: Queries,
  range: { readonly now: number; readonly limit: number },
) => readonly ScheduleToFire[];

/** Which datasets have ticks that are due. One whose schedule cannot be fired is put off, so that it is in nobody's way. */
export class DueDatasets {
  readonly #database: Database;
  readonly #store: (pick: PickSchedules) => Promise<void>;
  readonly #onTrouble: (error: unknown, doing: string) => void;
  readonly #putOff = new Map<string, ScheduleTrouble>();

  /** `store` fires the schedules that it is given when it asks for some, all or none. */
  constructor(
    database: Database,
    store: (pick: PickSchedules) => Promise<void>,
    onTrouble: (error: unknown, doing: string) => void,
  ) {
    this.#database = database;
    this.#store = store;
    this.#onTrouble = onTrouble;
  }

  /**
   * Fires some of the schedules that are due at `now` (epoch ms); tells whether there may be more.
   *
   * @throws DLI-500 when the state cannot be written
   */
  async fireSome(now: number): Promise<boolean> {
    for (const [dataset, { until }] of this.#putOff) if (until <= now) this.#putOff.delete(dataset);
    if ((nextDueAt(this.#database, this.#putOff) ?? Number.POSITIVE_INFINITY) > now) return false;
    const picked = new Set<string>();
    try {
      await this.#store((queries, range) => {
        const due = this.#pick(queries, range);
        for (const { dataset } of due) picked.add(dataset);
        return due;
      });
    } catch (error) {
      if (isStateTrouble(error) || picked.size === 0) throw error;
      for (const dataset of picked) await this.#storeAlone(dataset, now);
    }
    return true;
  }

  /** When there is something to do next, epoch ms; undefined for never. */
  nextAt(): number | undefined {
    const due = nextDueAt(this.#database, this.#putOff);
    const again = [...this.#putOff.values()].map(({ until }) => until);
    const at = Math.min(due ?? Number.POSITIVE_INFINITY, ...again);
    return Number.isFinite(at) ? at : undefined;
  }

  /** Why the schedule of a dataset cannot be fired; undefined when all is well. */
  troubleOf(dataset: string): ScheduleTrouble | undefined {
    return this.#putOff.get(dataset);
  }

  /** Tries every schedule again at once: the clock moved, so the times until then mean nothing. */
  forget(): void {
    this.#putOff.clear();
  }

  #pick(queries: Queries, { now, limit }: { readonly now: number; readonly limit: number }): readonly ScheduleToFire[] {
    return dueSchedules(queries, now, limit + this.#putOff.size)
      .filter(({ dataset }) => !this.#putOff.has(dataset))
      .slice(0, limit);
  }

  async #storeAlone(dataset: string, now: number): Promise<void> {
    try {
      await this.#store((queries, range) => pickOne(queries, dataset, range.now));
    } catch (error) {
      if (isStateTrouble(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#putOff.set(dataset, { reason, until: now + putOffMs });
      this.#onTrouble(error, `firing the schedule of ${dataset}`);
    }
  }
}

function pickOne(queries: Queries, dataset: string, now: number): readonly ScheduleToFire[] {
  const schedule = getSchedule(queries, dataset);
  const isDue = schedule && !schedule.paused && (schedule.nextAt ?? Number.POSITIVE_INFINITY) <= now;
  return isDue ? [schedule] : [];
}

/** The state could not be written at all, whatever was to be stored. */
function isStateTrouble(error: unknown): boolean {
  return error instanceof DliError && error.code === 'DLI-500';
}
