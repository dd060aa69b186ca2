import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ChildOutcome } from './child-protocol.ts';

/** Where an attempt stands among others. */
export interface Place {
  readonly id: number;
  /** The `id` of an attempt whose success this one waits for, if it is still at work. */
  readonly after: number | undefined;
  readonly signal: AbortSignal;
}

/** Waits for what the server decides, which is not counted as the attempt's own time. */
export type Aside = (decided: Promise<void>) => Promise<void>;

interface AtWork {
  readonly outcome: Promise<ChildOutcome>;
  /** What cancels the attempt that follows at once. */
  follower: AbortSignal | undefined;
}

/** An attempt that lasted this long is likely to be followed by one that lasts as well: its end can be told meanwhile. */
const lastedMs = 6;
/** By then the first, short statements of most attempts are over. */
const toldLaterMs = 3;

/**
 * Attempts that follow one another, as the dates of a backfill do. The end of one that lasted is told when the next has got
 * to its long statement: what the server does about it (storing, claiming, compiling) wants the core on which the next one's
 * short statements change threads. Measured: each of those took half a millisecond longer. The next one's commit waits for what the
 * server does, so none is told later whose own work is short: its commit would be later by as much.
 */
export class Succession {
  readonly #atWork = new Map<number, AtWork>();
  readonly #now: () => number;
  readonly #wait: (ms: number) => Promise<unknown>;

  /** `now` and `wait` count real time, in milliseconds. */
  constructor({ now = () => performance.now(), wait = (ms: number): Promise<unknown> => setTimeout(ms) } = {}) {
    this.#now = now;
    this.#wait = wait;
  }

  /** Runs an attempt, at once or when the one before it has succeeded; without its success it ends as `notBegun`. Resolves when the end may be told. */
  async run(
    place: Place,
    attempt: (aside: Aside) => Promise<ChildOutcome>,
    notBegun: ChildOutcome,
  ): Promise<ChildOutcome> {
    const { id, after, signal } = place;
    const first = after === undefined ? undefined : this.#atWork.get(after);
    if (first) first.follower = signal;
    let beganAt = this.#now();
    const aside = async (decided: Promise<void>) => {
      const since = this.#now();
      await decided;
      beganAt += this.#now() - since;
    };
    const begin = () => {
      beganAt = this.#now();
      return attempt(aside);
    };
    const atWork: AtWork = {
      outcome: first ? this.#whenSucceeded(first.outcome, signal, begin, notBegun) : begin(),
      follower: undefined,
    };
    this.#atWork.set(id, atWork);
    try {
      const outcome = await atWork.outcome;
      const lasted = this.#now() - beganAt >= lastedMs;
      if (lasted && outcome.kind === 'succeeded' && atWork.follower?.aborted === false) await this.#wait(toldLaterMs);
      return outcome;
    } finally {
      this.#atWork.delete(id);
    }
  }

  async #whenSucceeded(
    first: Promise<ChildOutcome>,
    signal: AbortSignal,
    begin: () => Promise<ChildOutcome>,
    notBegun: ChildOutcome,
  ): Promise<ChildOutcome> {
    const cancelled = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
    const outcome = await Promise.race([first.catch(() => undefined), cancelled]);
    // Whoever waited for the end of the first with the files goes before, however many promises lie between that end and
    // either of them.
    await setImmediate();
    return outcome?.kind === 'succeeded' ? begin() : notBegun;
  }
}
