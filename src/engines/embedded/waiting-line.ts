import type { WaitingHead } from '../../store/queries/line.ts';

/**
 * The heads of every dataset's waiting line, in the order of creation: what could start next. The truth is in the store;
 * this is an index of it in memory, at most two entries a dataset however long its line is. An entry that is out of date
 * does no harm: a claim is guarded, and the dataset is then read again.
 */
export class WaitingLine {
  readonly #onDemand: WaitingHead[] = [];
  readonly #backfill: WaitingHead[] = [];
  readonly #datasets = new Map<string, WaitingHead[]>();

  /** Replaces what is known of a dataset. */
  set(dataset: string, heads: readonly WaitingHead[]): void {
    for (const head of this.#datasets.get(dataset) ?? []) remove(this.#listOf(head), head);
    if (heads.length === 0) this.#datasets.delete(dataset);
    else this.#datasets.set(dataset, [...heads]);
    for (const head of heads) insert(this.#listOf(head), head);
  }

  /** The heads that are known of a dataset. */
  of(dataset: string): readonly WaitingHead[] {
    return this.#datasets.get(dataset) ?? [];
  }

  /** Tells whether a dataset has a head of this kind: then a newer run of it changes nothing. */
  has(dataset: string, isBackfill: boolean): boolean {
    return this.#datasets.get(dataset)?.some((head) => head.isBackfill === isBackfill) ?? false;
  }

  /** Whether no dataset has a run that could start. */
  get isEmpty(): boolean {
    return this.#datasets.size === 0;
  }

  /** Every head in the order in which they should start: on-demand runs first, or backfill runs when it is their turn. */
  *inOrder({ backfillsFirst }: { readonly backfillsFirst: boolean }): Generator<WaitingHead> {
    yield* backfillsFirst ? this.#backfill : this.#onDemand;
    yield* backfillsFirst ? this.#onDemand : this.#backfill;
  }

  #listOf(head: WaitingHead): WaitingHead[] {
    return head.isBackfill ? this.#backfill : this.#onDemand;
  }
}

/** The index of the first entry whose seq is not below `seq`. */
function place(list: readonly WaitingHead[], seq: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.seq ?? Number.POSITIVE_INFINITY) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(list: WaitingHead[], head: WaitingHead): void {
  list.splice(place(list, head.seq), 0, head);
}

function remove(list: WaitingHead[], head: WaitingHead): void {
  const index = place(list, head.seq);
  if (list[index]?.seq === head.seq) list.splice(index, 1);
}
