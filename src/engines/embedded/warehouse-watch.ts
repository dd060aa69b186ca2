import type { Clock, Timer } from '../../core/clock.ts';
import type { Run } from '../../core/run.ts';
import { endRun } from '../../store/end-run.ts';
import { startWaitsAgain, waitedTooLong } from '../../store/queries/claims.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';
import type { Warehouse } from '../../warehouses/warehouse.ts';

/** The system tells nobody when a file's lock is freed, so the warehouse is asked this often. */
const askAgainMs = 2_000;

/** How long a run waits for a warehouse that cannot be opened. Times are epoch ms. */
export interface WarehouseWait {
  readonly since: number;
  /** When the run fails; null for one that may be published, which has to wait for the ledger. */
  readonly until: number | null;
  readonly reason: string;
}

interface Closed {
  since: number;
  readonly dataset: string;
  reason: string;
  timer: Timer;
}

/**
 * Watches warehouses that could not be opened (another program holds the file). Their runs stay PENDING; when the
 * warehouse opens they start, and those that waited for too long fail with the reason.
 */
export class WarehouseWatch {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #warehouses: ReadonlyMap<string, Warehouse>;
  readonly #waitSeconds: number;
  readonly #onOpen: (warehouse: string) => void;
  readonly #onExpired: (run: Run) => void;
  readonly #onTrouble: (error: unknown, doing: string) => void;
  readonly #closed = new Map<string, Closed>();

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly warehouses: ReadonlyMap<string, Warehouse>;
    /** How long a run waits before it fails. */
    readonly waitSeconds: number;
    readonly onOpen: (warehouse: string) => void;
    /** A waiting run has failed. */
    readonly onExpired: (run: Run) => void;
    readonly onTrouble: (error: unknown, doing: string) => void;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#warehouses = options.warehouses;
    this.#waitSeconds = options.waitSeconds;
    this.#onOpen = options.onOpen;
    this.#onExpired = options.onExpired;
    this.#onTrouble = options.onTrouble;
  }

  /** Begins to watch a warehouse that could not be opened for a run of `dataset`. */
  watch(warehouse: string, { dataset, reason }: { readonly dataset: string; readonly reason: string }): void {
    if (this.#closed.has(warehouse)) return;
    const since = this.#clock.now();
    this.#closed.set(warehouse, { since, dataset, reason, timer: this.#askLater(warehouse) });
  }

  /** How long a waiting run waits for its warehouse; undefined when that can be opened as far as anybody knows. */
  waitOf(run: Run): WarehouseWait | undefined {
    const closed = this.#closed.get(run.warehouse);
    const reason = closed?.reason ?? run.waitReason;
    if (reason === null) return undefined;
    // As `waitedTooLong` counts.
    const createdAt = run.createdAt > this.#clock.now() ? 0 : run.createdAt;
    const since = run.waitingSince ?? Math.max(createdAt, run.availableAt, closed?.since ?? 0);
    return { since, until: run.uncertain ? null : since + this.#waitSeconds * 1000, reason };
  }

  /** Counts no wait from a time that has not come yet: the clock was set back to `now`. */
  setBack(transaction: Transaction, now: number): void {
    startWaitsAgain(transaction, now);
    for (const closed of this.#closed.values()) closed.since = Math.min(closed.since, now);
  }

  /** Stops watching. */
  close(): void {
    for (const { timer } of this.#closed.values()) timer.cancel();
    this.#closed.clear();
  }

  #askLater(warehouse: string): Timer {
    return this.#clock.after(askAgainMs, () => {
      this.#ask(warehouse).catch((error: unknown) => this.#onTrouble(error, `asking for the warehouse ${warehouse}`));
    });
  }

  async #ask(warehouse: string): Promise<void> {
    const closed = this.#closed.get(warehouse);
    if (!closed) return;
    const opened = await this.#opens(warehouse, closed);
    if (!this.#closed.has(warehouse)) return;
    if (opened) {
      this.#closed.delete(warehouse);
      this.#onOpen(warehouse);
      return;
    }
    closed.timer = this.#askLater(warehouse);
    await this.#expire(warehouse, closed);
  }

  async #opens(name: string, closed: Closed): Promise<boolean> {
    try {
      await this.#warehouses.get(name)?.bind({ dataset: closed.dataset, statements: [] });
      return this.#warehouses.has(name);
    } catch (error) {
      closed.reason = error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  async #expire(warehouse: string, { since, reason }: Closed): Promise<void> {
    const at = this.#clock.now();
    const waitedSince = at - this.#waitSeconds * 1000;
    const expired = await this.#database.write((transaction) =>
      waitedTooLong(transaction, { warehouse, closedSince: since, waitedSince, now: at, limit: 100 }).flatMap(
        (run) =>
          endRun(transaction, {
            run,
            transition: 'expire',
            error: { code: 'DLI-816', message: reason, statement: null, line: null, column: null },
            note: { at, actor: 'engine', reason: `waited ${this.#waitSeconds} s for the warehouse` },
          }) ?? [],
      ),
    );
    for (const run of expired) this.#onExpired(run);
  }
}
