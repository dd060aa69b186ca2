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

/** A place in the order of delayed runs. */
type Place = Pick<DelayedRun, 'availableAt' | 'seq'>;

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
      this.#look()
        .catch((error: unknown) => this.#options.onTrouble(error, 'looking for runs that a wrong clock holds up'))
        .finally(() => this.#lookLater());
    });
  }

  async #look(): Promise<void> {
    const latest = this.#latest;
    this.#latest = this.#options.clock.now();
    if (this.#latest >= latest - toleranceMs) return;
    try {
      await this.#shortenWaits();
    } catch (error) {
      // What could not be stored is left for the next look.
      this.note(latest);
      throw error;
    }
  }

  async #shortenWaits(): Promise<void> {
    const { database, clock, onSetBack, onShortened } = this.#options;
    const now = clock.now();
    this.note(now);
    await database.write((transaction) => onSetBack(transaction, now));
    let after: Place | undefined = { availableAt: now, seq: 0 };
    while (after && !this.#closed) {
      const from: Place = after;
      // Read where it is changed: a run that was stopped or claimed since waits no more.
      const { runs, shortened } = await database.write((transaction) => {
        const runs = delayedRuns(transaction, from, batch);
        return { runs, shortened: this.#shorten(transaction, runs, now) };
      });
      for (const dataset of shortened) onShortened(dataset);
      after = runs.length === batch ? runs.at(-1) : undefined;
      if (after) await turn();
    }
  }

  /** Names the datasets whose runs wait less now. */
  #shorten(transaction: Transaction, runs: readonly DelayedRun[], now: number): ReadonlySet<string> {
    const shortened = new Set<string>();
    for (const run of runs) {
      const availableAt = now + this.#longestDelayMs(run);
      if (run.availableAt <= availableAt) continue;
      const reason = `the clock was set back: its delay ends at ${new Date(availableAt).toISOString().slice(0, 19)}Z`;
      const data = { available_at: availableAt };
      const event = { kind: 'run.delay_shortened', at: now, actor: 'engine', reason, data } as const;
      markRun(transaction, { runUid: run.runUid, changes: { availableAt }, event });
      shortened.add(run.dataset);
    }
    return shortened;
  }

  #longestDelayMs({ revision, conflicts }: DelayedRun): number {
    return Math.max(this.#options.retryDelayMs(revision), conflicts > 0 ? longestConflictDelayMs : 0);
  }
}
