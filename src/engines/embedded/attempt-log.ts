import type { Clock, Timer } from '../../core/clock.ts';
import type { Run } from '../../core/run.ts';
import { appendLogs } from '../../store/queries/logs.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';

/** Lines are stored at the latest this long after they were written, so that a follower sees them soon. */
const flushAfterMs = 250;
/** A statement that writes fast is stored in pieces of this many lines. */
const flushAtLines = 500;

/** Collects the log lines of one attempt and stores them in pieces; the last piece goes with the attempt's end. */
export class AttemptLog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #run: Run;
  readonly #onTrouble: (error: unknown) => void;
  #lines: { readonly attempt: number; readonly at: number; readonly line: string }[] = [];
  #timer: Timer | undefined;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly run: Run;
    /** Told when a piece could not be stored; the attempt goes on. */
    readonly onTrouble: (error: unknown) => void;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#run = options.run;
    this.#onTrouble = options.onTrouble;
  }

  /** Adds a line. */
  write(line: string): void {
    this.#lines.push({ attempt: this.#run.attempt, at: this.#clock.now(), line });
    if (this.#lines.length >= flushAtLines) this.#flush();
    else this.#timer ??= this.#clock.after(flushAfterMs, () => this.#flush());
  }

  /** Stores what is left, in the transaction of the attempt's end. */
  finish(transaction: Transaction): void {
    this.#timer?.cancel();
    appendLogs(transaction, this.#run.runUid, this.#lines);
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = [];
    this.#database
      .write((transaction) => appendLogs(transaction, this.#run.runUid, lines), { repeatable: true })
      .catch(this.#onTrouble);
  }
}
