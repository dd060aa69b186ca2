import type { DuckDBConnection } from '@duckdb/node-api';

/** By then the first, short statements of most attempts are over, and what is told after them: both want the second core. */
const makeAfterMs = 6;

/**
 * Connections that nobody had before, of which one is ready: to open one takes little, but the change of threads and back takes
 * half a millisecond on a machine whose other cores rest, which each attempt would wait for.
 */
export class ReadyConnections {
  readonly #open: () => Promise<DuckDBConnection>;
  #ready: Promise<DuckDBConnection | undefined> | undefined;
  #making: NodeJS.Timeout | undefined;

  /** `open` makes a connection as an attempt needs it. */
  constructor(open: () => Promise<DuckDBConnection>) {
    this.#open = open;
  }

  /** Hands out a connection, which the taker closes, and makes the next one soon. */
  async take(): Promise<DuckDBConnection> {
    const ready = this.#ready;
    this.#ready = undefined;
    this.#making ??= setTimeout(() => this.#make(), makeAfterMs);
    return (await ready) ?? this.#open();
  }

  /** Closes the one that nobody took. */
  async close(): Promise<void> {
    clearTimeout(this.#making);
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
