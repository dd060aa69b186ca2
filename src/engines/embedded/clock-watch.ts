import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, Timer } from '../../core/clock.ts';
import { longestConflictDelayMs } from '../../core/retry.ts';
import { type DelayedRun, delayedRuns } from '../../store/queries/claims.ts';
import { markRun } from '../../store/run-changes.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';

const lookEveryMs = 60_000;
/** Clocks are corrected by less than this all the time. */
const toleranceMs = 1_000;
/** Runs that one transaction looks at. */
const batch = 500;

/** What the watch needs from the engine. */
export interface ClockWatchOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** How long the runs of a revision wait before they are tried again, in milliseconds. */
  readonly retryDelayMs: (revision: string) => number;
  /** Called in a transaction when the clock was set back to `now`. */
  readonly onSetBack: (transaction: Transaction, now: number) => void;
  /** Called when runs of a dataset may start earlier than they were to. */
  readonly onShortened: (dataset: string) => void;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

/**
 * Sees that the clock was set back, within a minute, and at the start, when that may have happened before. No run then waits for
 * a time that only the clock of before could name: at most for its delay, from now on.
 */
export class ClockWatch {
  readonly #options: ClockWatchOptions;
  /** The latest time that anything was counted from. */
  #latest = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
  }

  /** Takes note of a time that something is counted from. */
  note(now: number): void {
    this.#latest = Math.max(this.#latest, now);
  }

  /** Puts right what an earlier boot's clock left, and watches from then on. */
  async start(): Promise<void> {
    await this.#shortenWaits();
    this.#lookLater();
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.after(lookEveryMs, () => {
      const now = this.#options.clock.now();
      const isBack = now < this.#latest - toleranceMs;
      this.#latest = now;
      (isBack ? this.#shortenWaits() : Promise.resolve())
        .catch((error: unknown) => this.#options.onTrouble(error, 'looking for runs that a wrong clock holds up'))
        .finally(() => this.#lookLater());
    });
  }

  async #shortenWaits(): Promise<void> {
    const { database, clock, onSetBack, onShortened } = this.#options;
    const now = clock.now();
    this.note(now);
    await database.write((transaction) => onSetBack(transaction, now));
    for (let after: Pick<DelayedRun, 'availableAt' | 'seq'> | undefined = { availableAt: now, seq: 0 }; after; ) {
      const runs = delayedRuns(database, after, batch);
      const tooLong = runs.filter((run) => run.availableAt > now + this.#longestDelayMs(run));
      if (tooLong.length > 0) await database.write((transaction) => this.#shorten(transaction, tooLong, now));
      for (const dataset of new Set(tooLong.map((run) => run.dataset))) onShortened(dataset);
      after = runs.length === batch ? runs.at(-1) : undefined;
      if (after) await turn();
    }
  }

  #shorten(transaction: Transaction, runs: readonly DelayedRun[], now: number): void {
    for (const run of runs) {
      const availableAt = now + this.#longestDelayMs(run);
      const reason = `the clock was set back: it is tried again at ${new Date(availableAt).toISOString().slice(0, 19)}Z`;
      const data = { available_at: availableAt };
      const event = { kind: 'run.waiting', at: now, actor: 'engine', reason, data } as const;
      markRun(transaction, { runUid: run.runUid, changes: { availableAt }, event });
    }
  }

  #longestDelayMs({ revision, conflicts }: DelayedRun): number {
    return Math.max(this.#options.retryDelayMs(revision), conflicts > 0 ? longestConflictDelayMs : 0);
  }
}
