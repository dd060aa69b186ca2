import { DliError } from '../../contract/errors.ts';
import { dueDatasets, nextDueAt } from '../../store/queries/schedules.ts';
import type { Database } from '../../store/sqlite.ts';

/** Why the schedule of a dataset cannot be fired. */
export interface ScheduleTrouble {
  readonly reason: string;
  /** When it is tried again, epoch ms. */
  readonly until: number;
}

/** Schedules that one transaction fires: some 20 ms. The sync of each commit is what makes the last of 10,000 late. */
const batch = 300;
const putOffMs = 60_000;

/** Which datasets have ticks that are due. One whose schedule cannot be fired is put off, so that it is in nobody's way. */
export class DueDatasets {
  readonly #database: Database;
  readonly #store: (datasets: readonly string[]) => Promise<void>;
  readonly #onTrouble: (error: unknown, doing: string) => void;
  readonly #putOff = new Map<string, ScheduleTrouble>();

  /** `store` fires the schedules of the given datasets, all or none. */
  constructor(
    database: Database,
    store: (datasets: readonly string[]) => Promise<void>,
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
    const datasets = this.#take(now);
    if (datasets.length === 0) return false;
    try {
      await this.#store(datasets);
    } catch (error) {
      if (isStateTrouble(error)) throw error;
      for (const dataset of datasets) await this.#storeAlone(dataset, now);
    }
    return true;
  }

  /** When there is something to do next, epoch ms; undefined for never. */
  nextAt(): number | undefined {
    const due = nextDueAt(this.#database, new Set(this.#putOff.keys()));
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

  #take(now: number): readonly string[] {
    for (const [dataset, { until }] of this.#putOff) if (until <= now) this.#putOff.delete(dataset);
    return dueDatasets(this.#database, now, batch + this.#putOff.size)
      .filter((dataset) => !this.#putOff.has(dataset))
      .slice(0, batch);
  }

  async #storeAlone(dataset: string, now: number): Promise<void> {
    try {
      await this.#store([dataset]);
    } catch (error) {
      if (isStateTrouble(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#putOff.set(dataset, { reason, until: now + putOffMs });
      this.#onTrouble(error, `firing the schedule of ${dataset}`);
    }
  }
}

/** The state could not be written at all, whatever was to be stored. */
function isStateTrouble(error: unknown): boolean {
  return error instanceof DliError && error.code === 'DLI-500';
}
