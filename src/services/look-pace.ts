import type { SourceType } from '../contract/fields.ts';
import type { Clock, Timer } from '../core/clock.ts';

/** What a look leaves to be done. */
export interface LookEnd {
  /** What is to be looked at again. */
  readonly again: readonly SourceType[];
  /** Whether that is because of files that were being written, which takes a while. */
  readonly isBusy: boolean;
}

/** What the pace of looks is made of. */
export interface LookPaceOptions {
  readonly clock: Clock;
  readonly look: (sources: readonly SourceType[]) => Promise<LookEnd>;
  /** A look was not finished. */
  readonly onTrouble: (error: unknown) => void;
}

/** Changes come in groups (a checkout, an editor's temporary files): a look waits until none has come for this long, ms. */
const quietMs = 50;
/** Where changes do not end, a look waits no longer than this, ms. */
const longestQuietMs = 500;
/** After a look nothing is looked at for four times as long as it took, so that endless changes do not take a core; but not longer than this, ms. */
const longestRestMs = 250;
/** A file that was being written is looked at again after this long, ms. */
const againMs = 300;

/**
 * Decides when the looks at the spec store begin. States: *quiet*, until something is wished; *armed*, a look begins when no
 * wish has come for a while, or at the latest after a longer one; *looking*; *resting*, after a look. What is wished while it
 * looks or rests is looked at after the rest. Only time that really passes counts, whatever the clock is set to.
 */
export class LookPace {
  readonly #options: LookPaceOptions;
  readonly #wished = new Set<SourceType>();
  #quiet: Timer | undefined;
  #latest: Timer | undefined;
  #rest: Timer | undefined;
  #looking: Promise<void> | undefined;
  /** Whether it neither looks nor rests. */
  #isFree = true;
  #isClosed = false;

  constructor(options: LookPaceOptions) {
    this.#options = options;
  }

  /** Asks for a look at these sources, soon. */
  wish(sources: readonly SourceType[]): void {
    for (const source of sources) this.#wished.add(source);
    if (this.#isFree) this.#arm();
  }

  /** Begins no look any more, and waits for the one that is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of [this.#quiet, this.#latest, this.#rest]) timer?.cancel();
    await this.#looking;
  }

  #arm(): void {
    if (this.#isClosed || this.#wished.size === 0) return;
    const { clock } = this.#options;
    const begin = () => this.#begin();
    this.#quiet?.cancel();
    this.#quiet = clock.after(quietMs, begin);
    this.#latest ??= clock.after(longestQuietMs, begin);
  }

  #begin(): void {
    this.#quiet?.cancel();
    this.#latest?.cancel();
    this.#latest = undefined;
    this.#isFree = false;
    this.#looking = this.#look().then((restMs) => {
      if (this.#isClosed) return;
      this.#rest = this.#options.clock.after(restMs, () => {
        this.#isFree = true;
        this.#arm();
      });
    });
  }

  /** Tells how long to rest, ms. */
  async #look(): Promise<number> {
    const { clock, look, onTrouble } = this.#options;
    const wished = [...this.#wished];
    this.#wished.clear();
    const startedAt = clock.now();
    let isBusy = false;
    try {
      const end = await look(wished);
      for (const source of end.again) this.#wished.add(source);
      isBusy = end.isBusy;
    } catch (error) {
      onTrouble(error);
    }
    // Less than nothing when the clock was set back meanwhile.
    const tookMs = Math.max(clock.now() - startedAt, 0);
    return Math.max(Math.min(4 * tookMs, longestRestMs), isBusy ? againMs : 0);
  }
}
