import type { WaitingHead } from '../../store/queries/line.ts';
import type { WaitingLine } from './waiting-line.ts';

/** How many runs may be at work: in all and in each warehouse. */
export interface RunLimits {
  readonly total: number;
  readonly perWarehouse: ReadonlyMap<string, number>;
}

type Occupant = Omit<WaitingHead, 'runUid' | 'seq' | 'isBackfill'>;

/** What else may start in a dataset: any run, more dates of the backfill that is at work (those at work are named), or none. */
export type Room =
  | { readonly kind: 'any' }
  | { readonly kind: 'dates'; readonly backfillId: string; readonly dates: ReadonlySet<string | null> }
  | { readonly kind: 'none' };

/**
 * Every this many claims, the oldest waiting backfill goes before on-demand runs, so that it cannot starve; and every this
 * many claims of a dataset, if its backfill waits, is that backfill's.
 */
const backfillTurn = 10;

/**
 * Who is at work. One run of a dataset at a time, or as many dates of one backfill as it may have at work at once, but no
 * date twice; a run under which a warehouse process died is tried alone in its warehouse, one whose transaction met
 * another's writes alone in its dataset.
 */
export class Slots {
  readonly #limits: RunLimits;
  readonly #occupants = new Map<string, Occupant>();
  readonly #blocked = new Set<string>();
  /** Claims of a dataset since its backfill waits. */
  readonly #passed = new Map<string, number>();
  #claims = 0;

  constructor(limits: RunLimits) {
    this.#limits = limits;
  }

  /** Picks the first head that may start now. */
  pick(line: Pick<WaitingLine, 'inOrder' | 'has'>): WaitingHead | undefined {
    if (this.#occupants.size >= this.#limits.total) return undefined;
    // A suspect waits until its warehouse is empty; nobody overtakes it, or it would wait for ever.
    const draining = new Set<string>();
    for (const head of line.inOrder({ backfillsFirst: (this.#claims + 1) % backfillTurn === 0 })) {
      if (this.#blocked.has(head.warehouse) || draining.has(head.warehouse) || !this.#isAllowed(head)) continue;
      if (!head.isBackfill && this.#isBackfillsTurn(head.dataset) && line.has(head.dataset, true)) continue;
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

  /** Gives a picked head its slot; `backfillWaits` tells whether a backfill of its dataset has to wait for it. */
  take(head: WaitingHead, { backfillWaits }: { readonly backfillWaits: boolean }): void {
    this.#occupants.set(head.runUid, head);
    this.#claims += 1;
    if (head.isBackfill || !backfillWaits) this.#passed.delete(head.dataset);
    else this.#passed.set(head.dataset, (this.#passed.get(head.dataset) ?? 0) + 1);
  }

  /** Frees a run's slot; doing it twice does nothing. Returns what takes it back, for when the run's end was not stored. */
  free(runUid: string): () => void {
    const occupant = this.#occupants.get(runUid);
    this.#occupants.delete(runUid);
    return () => {
      if (occupant) this.#occupants.set(runUid, occupant);
    };
  }

  /** Tells what else may start in a dataset, the limits apart. */
  roomIn(dataset: string): Room {
    const here = [...this.#occupants.values().filter((occupant) => occupant.dataset === dataset)];
    const [first] = here;
    if (!first) return { kind: 'any' };
    const { backfillId, parallel } = first;
    if (backfillId === null || here.length >= parallel || here.some(({ isAlone }) => isAlone)) return { kind: 'none' };
    return { kind: 'dates', backfillId, dates: new Set(here.map(({ executionDate }) => executionDate)) };
  }

  /** Tells whether one run is at work in a dataset, of a backfill that goes date by date. */
  isSerial(dataset: string): boolean {
    const here = [...this.#occupants.values().filter((occupant) => occupant.dataset === dataset)];
    return here.length === 1 && here.every(({ backfillId, parallel }) => backfillId !== null && parallel === 1);
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

  #isAllowed({ dataset, backfillId, executionDate, isAlone }: WaitingHead): boolean {
    const room = this.roomIn(dataset);
    if (room.kind !== 'dates') return room.kind === 'any';
    return room.backfillId === backfillId && !room.dates.has(executionDate) && !isAlone;
  }

  #isBackfillsTurn(dataset: string): boolean {
    return (this.#passed.get(dataset) ?? 0) + 1 >= backfillTurn;
  }
}
