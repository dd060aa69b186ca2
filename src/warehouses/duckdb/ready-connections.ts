import type { DuckDBConnection } from '@duckdb/node-api';

/** By then the first, short statements of most attempts are over, and what is told after them: both want the second core. */
const makeAfterMs = 6;

/** More than attempts that usually run at once; each takes some 20 KiB. */
const mostKept = 16;

/**
 * Connections on which nothing is left of whoever had them, of which one is ready: to open one takes little, but the change of
 * threads and back takes half a millisecond on a machine whose other cores rest, which each attempt would wait for. One that
 * comes back as it was is handed out first: it saves its successor the opening of another, and what DuckDB does the first time on each.
 */
export class ReadyConnections {
  readonly #open: () => Promise<DuckDBConnection>;
  readonly #kept: DuckDBConnection[] = [];
  #ready: Promise<DuckDBConnection | undefined> | undefined;
  #making: NodeJS.Timeout | undefined;

  /** `open` makes a connection as an attempt needs it. */
  constructor(open: () => Promise<DuckDBConnection>) {
    this.#open = open;
  }

  /** Hands out a connection, which the taker closes or gives back. Unless somebody gave it back, the next one is made soon. */
  async take(): Promise<DuckDBConnection> {
    const kept = this.#kept.pop();
    if (kept) return kept;
    const ready = this.#ready;
    this.#ready = undefined;
    this.#making ??= setTimeout(() => this.#make(), makeAfterMs);
    return (await ready) ?? this.#open();
  }

  /** Takes back a connection that is as it was handed out: no transaction is open, and nothing is left of what ran. */
  giveBack(connection: DuckDBConnection): void {
    if (this.#kept.length < mostKept) this.#kept.push(connection);
    else connection.closeSync();
  }

  /** Closes those that nobody has. */
  async close(): Promise<void> {
    clearTimeout(this.#making);
    for (const connection of this.#kept.splice(0)) connection.closeSync();
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
