import {
  type DuckDBConnection,
  type DuckDBInstance,
  type DuckDBPendingResult,
  DuckDBPendingResultState,
  type DuckDBPreparedStatement,
} from '@duckdb/node-api';

/*
 * DuckDB's own threads, which help with statements. While there are any, the thread that asks for a statement waits actively
 * for each part that one of them has taken, the sync of a COMMIT included: measured, two threads took half as much CPU time
 * again as one for runs that do little. So there are none at first. A statement that lasts brings them, and they take part in
 * what is left of it. They are sent away when nothing runs, since DuckDB waits until they have ended what they are at, and
 * holds up every statement meanwhile.
 */

/** A statement that has lasted this long has enough left to be shared, even on a busy machine. */
const lastsMs = 25;
/** The statements after one that lasted are likely to last as well, so the threads stay for a while. */
const staysMs = 1_000;

/** Brings and sends away DuckDB's threads, on a connection of its own. */
export class HelperThreads {
  readonly #connection: DuckDBConnection;
  readonly #threads: number;
  readonly #bringing: DuckDBPreparedStatement;
  #present = false;
  #neededAt = 0;
  #brought: Promise<unknown> | undefined;

  private constructor(connection: DuckDBConnection, threads: number, bringing: DuckDBPreparedStatement) {
    this.#connection = connection;
    this.#threads = threads;
    this.#bringing = bringing;
  }

  /** Sends away the threads of a database that was just opened. Its setting `external_threads` must stay changeable. */
  static async of(instance: DuckDBInstance): Promise<HelperThreads> {
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(`SELECT current_setting('threads')`);
    const threads = Number(reader.getRows()[0]?.[0]);
    const helpers = new HelperThreads(connection, threads, await connection.prepare(setExternal(1)));
    await helpers.dismiss();
    return helpers;
  }

  /** Runs a statement, with help once it has lasted for `afterMs`. */
  async during<Result>(statement: () => Promise<Result>, afterMs = lastsMs): Promise<Result> {
    if (this.#threads === 1) return statement();
    let lasted = false;
    const timer = setTimeout(() => {
      lasted = true;
      this.#bring();
    }, afterMs);
    try {
      return await statement();
    } finally {
      clearTimeout(timer);
      if (lasted) this.#neededAt = performance.now();
    }
  }

  /** Tells whether the threads are there and no statement has needed them for a while. */
  get areIdle(): boolean {
    return this.#present && performance.now() - this.#neededAt > staysMs;
  }

  /** Sends the threads away. Call it while no statement runs. */
  async dismiss(): Promise<void> {
    await this.#brought;
    this.#present = false;
    await this.#connection.run(setExternal(this.#threads));
  }

  /** Closes the connection. */
  async close(): Promise<void> {
    await this.#brought;
    this.#connection.closeSync();
  }

  // On this thread, which takes less than a millisecond: each of the others may have a statement that lasts.
  #bring(): void {
    if (this.#present) return;
    this.#present = true;
    try {
      finish(this.#bringing.start());
      // DuckDB starts threads when the statement that asks for them is put away, which the next one on its connection does.
      const again = this.#bringing.start();
      finish(again);
      this.#brought = again.getResult().catch(() => undefined);
    } catch {
      // Without them statements are slower and nothing else; the next one that lasts tries again.
      this.#present = false;
    }
  }
}

/** Says how many of the threads that DuckDB counts on are not its own. The one that asks for a statement never is. */
function setExternal(count: number): string {
  return `SET GLOBAL external_threads = ${count}`;
}

function finish(pending: DuckDBPendingResult): void {
  while (pending.runTask() !== DuckDBPendingResultState.RESULT_READY);
}
