import type { WaitingHead } from '../../store/queries/claims.ts';

/** How many runs may be at work: in all and in each warehouse. */
export interface RunLimits {
  readonly total: number;
  readonly perWarehouse: ReadonlyMap<string, number>;
}

interface Occupant {
  readonly dataset: string;
  readonly warehouse: string;
  readonly isSuspect: boolean;
}

/** Every this many claims, the oldest waiting backfill goes before on-demand runs, so that it cannot starve. */
const backfillTurn = 10;

/** Who is at work. One run of a dataset at a time; a run under which a warehouse process died is tried alone in its warehouse. */
export class Slots {
  readonly #limits: RunLimits;
  readonly #occupants = new Map<string, Occupant>();
  readonly #blocked = new Set<string>();
  #claims = 0;

  constructor(limits: RunLimits) {
    this.#limits = limits;
  }

  /** Picks the first head that may start now. */
  pick(heads: (options: { readonly backfillsFirst: boolean }) => Iterable<WaitingHead>): WaitingHead | undefined {
    if (this.#occupants.size >= this.#limits.total) return undefined;
    // A suspect waits until its warehouse is empty; nobody overtakes it, or it would wait for ever.
    const draining = new Set<string>();
    const busy = new Set(this.#occupants.values().map(({ dataset }) => dataset));
    for (const head of heads({ backfillsFirst: (this.#claims + 1) % backfillTurn === 0 })) {
      if (this.#blocked.has(head.warehouse) || draining.has(head.warehouse) || busy.has(head.dataset)) continue;
      const here = [...this.#occupants.values()].filter(({ warehouse }) => warehouse === head.warehouse);
      if (head.isSuspect && here.length > 0) draining.add(head.warehouse);
      else if (
        !here.some(({ isSuspect }) => isSuspect) &&
        // A warehouse that is not configured any more is tried too, so that its runs say so and fail in the end.
        here.length < (this.#limits.perWarehouse.get(head.warehouse) ?? 1)
      )
        return head;
    }
    return undefined;
  }

  /** Gives a picked head its slot. */
  take({ runUid, dataset, warehouse, isSuspect }: WaitingHead): void {
    this.#occupants.set(runUid, { dataset, warehouse, isSuspect });
    this.#claims += 1;
  }

  /** Frees a run's slot; doing it twice does nothing. Returns what takes it back, for when the run's end was not stored. */
  free(runUid: string): () => void {
    const occupant = this.#occupants.get(runUid);
    this.#occupants.delete(runUid);
    return () => {
      if (occupant) this.#occupants.set(runUid, occupant);
    };
  }

  /** Tells whether a run of this dataset is at work. */
  isBusy(dataset: string): boolean {
    return this.#occupants.values().some((occupant) => occupant.dataset === dataset);
  }

  /** Starts nothing more in a warehouse that cannot be opened; tells whether it was open before. */
  block(warehouse: string): boolean {
    const wasOpen = !this.#blocked.has(warehouse);
    this.#blocked.add(warehouse);
    return wasOpen;
  }

  /** Lets runs start in a warehouse again. */
  unblock(warehouse: string): void {
    this.#blocked.delete(warehouse);
  }
}
