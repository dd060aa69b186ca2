import type { DuckDBConnection } from '@duckdb/node-api';

/** By then the first, short statements of most attempts are over, and what is told after them: both want the second core. */
const makeAfterMs = 6;

/** More than attempts that usually run at once; each takes 20 to 100 KiB. */
const mostKept = 16;

/**
 * Connections for attempts. One that nobody had before is ready: to open one takes little, but the change of threads and back takes
 * half a millisecond on a machine whose other cores rest, which each attempt would wait for. One that was given back goes to the next
 * attempt of the same dataset, which a backfill needs at once: it saves the opening, and what DuckDB does the first time on each.
 */
export class ReadyConnections {
  readonly #open: () => Promise<DuckDBConnection>;
  /** By dataset; the first was given back longest ago. */
  readonly #kept = new Map<string, DuckDBConnection>();
  #ready: Promise<DuckDBConnection | undefined> | undefined;
  #making: NodeJS.Timeout | undefined;

  /** `open` makes a connection as an attempt needs it. */
  constructor(open: () => Promise<DuckDBConnection>) {
    this.#open = open;
  }

  /** Hands out a connection, which the taker closes or gives back: one that was given back for `dataset`, else one that nobody had before, and makes the next one soon. */
  async take(dataset?: string): Promise<DuckDBConnection> {
    const kept = dataset === undefined ? undefined : this.#kept.get(dataset);
    if (dataset !== undefined && kept) {
      this.#kept.delete(dataset);
      return kept;
    }
    const ready = this.#ready;
    this.#ready = undefined;
    this.#making ??= setTimeout(() => this.#make(), makeAfterMs);
    return (await ready) ?? this.#open();
  }

  /** Takes back a connection that is as it was handed out, for another attempt of `dataset`. */
  giveBack(dataset: string, connection: DuckDBConnection): void {
    this.#kept.get(dataset)?.closeSync();
    this.#kept.delete(dataset);
    this.#kept.set(dataset, connection);
    if (this.#kept.size <= mostKept) return;
    const [[longestAgo, unused] = []] = this.#kept;
    if (longestAgo === undefined) return;
    this.#kept.delete(longestAgo);
    unused?.closeSync();
  }

  /** Closes those that nobody has. */
  async close(): Promise<void> {
    clearTimeout(this.#making);
    for (const connection of this.#kept.values()) connection.closeSync();
    this.#kept.clear();
    const ready = this.#ready;
    this.#ready = undefined;
    (await ready)?.closeSync();
  }

  #make(): void {
    this.#making = undefined;
    // One that cannot be made is made again by whoever needs it, and is told why it cannot.
    this.#ready = this.#open().catch(() => undefined);
  }
}
