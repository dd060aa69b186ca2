import { DatabaseSync } from 'node:sqlite';
import { type Bindings, PreparedStatement } from './prepared-statement.ts';
import { isDiskTrouble, notStored, stateFileUnusable } from './state-errors.ts';

/** Reads and, inside a write, changes the state. Rows are plain objects by column name; `rows.ts` gives them their domain shape. */
export interface Queries {
  all<Row>(sql: string, bindings?: Bindings): Row[];
  get<Row>(sql: string, bindings?: Bindings): Row | undefined;
}

/** One unit of a write: it is applied as a whole or not at all. */
export interface Transaction extends Queries {
  /** Changes rows and tells how many. */
  run(sql: string, bindings?: Bindings): number;
  /** Inserts a row and tells its rowid. */
  insert(sql: string, bindings?: Bindings): number;
  /** Calls `listener` once the change is durable. */
  afterCommit(listener: () => void): void;
  /** Calls `undo` if the change is not stored after all, the last one given first: for what was done outside of the state. */
  ifUndone(undo: () => void): void;
}

/** What a commit was: how many writes shared it, and how long it took from its beginning until it was on disk. */
export interface Commit {
  readonly writes: number;
  readonly ms: number;
}

interface QueuedWrite {
  readonly work: (transaction: Transaction) => unknown;
  readonly repeatable: boolean;
  readonly givesWay: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface AppliedWrite {
  readonly settle: () => void;
  readonly listeners: readonly (() => void)[];
}

const batchLimit = 500;

/** Turns of the event loop that a commit waits for more writes, as long as each brings some. */
const mostTurns = 4;

/**
 * Pages in the log after which SQLite copies them into the file (40 MB). Measured with its default of 1,000: the copying
 * comes every few hundred triggers, each time for the same hot pages, and is what the slowest ones wait for.
 */
const checkpointPages = 10_000;
const lockWaitMs = 1_000;

/**
 * Memory for pages of the file, in KiB; taken as they are used. A shared commit touches hundreds of pages: with SQLite's 2 MB
 * they were written to the log several times before the commit, 33 a trigger instead of 7.
 */
const cacheKib = 64 * 1024;

/**
 * The server's SQLite file. Writes that arrive together share one commit (one sync to disk) and are answered after it, so
 * what was acknowledged survives SIGKILL and power loss. One that throws is undone alone: each has a savepoint of its own. A
 * savepoint costs a copy of every page that the write touches, mostly in a file, so where all of a commit can be repeated
 * they are applied without, and again with savepoints should one throw.
 */
export class Database implements Queries {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, PreparedStatement>();
  /** Statements so far that may have changed something. */
  #changes = 0;
  #queue: QueuedWrite[] = [];
  /** Whether the writes that give way have done so, and are next. */
  #gaveWay = false;
  #scheduled: NodeJS.Immediate | undefined;
  readonly #followers = new Set<(commit: Commit) => void>();
  #commits = 0;

  readonly #onTrouble: (error: unknown) => void;

  /**
   * Opens or creates the file. `onTrouble` is told what a listener threw.
   *
   * @default onTrouble ends the process with the error, as an exception that nobody catches does
   * @throws DLI-505 when the file is damaged or cannot be written
   */
  constructor(file: string, { onTrouble = throwLater }: { readonly onTrouble?: (error: unknown) => void } = {}) {
    this.#onTrouble = onTrouble;
    try {
      // One server has the file to itself, so a lock is somebody looking at it from outside: it is waited for, briefly.
      this.#sqlite = new DatabaseSync(file, { timeout: lockWaitMs });
      this.#sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
      this.#sqlite.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}; PRAGMA cache_size = -${cacheKib}`);
      // A damaged header or page list shows here, at the start, and not in the middle of the night.
      this.#sqlite.prepare('SELECT count(*) FROM sqlite_schema').get();
    } catch (cause) {
      throw stateFileUnusable(file, cause);
    }
  }

  all<Row>(sql: string, bindings: Bindings = []): Row[] {
    // The caller names the columns that its own SQL selects.
    return this.#prepared(sql).all(bindings) as Row[];
  }

  get<Row>(sql: string, bindings: Bindings = []): Row | undefined {
    return this.#prepared(sql).get(bindings) as Row | undefined;
  }

  /** Runs plain SQL that changes the schema; used by migrations only. */
  execute(sql: string): void {
    this.#sqlite.exec(sql);
  }

  /** Undoes what {@link execute} began, unless SQLite has undone it by itself. */
  rollBack(): void {
    if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK');
  }

  /**
   * Applies `work` in the next shared commit and resolves with its result after that commit. What `work` throws rejects
   * the promise and undoes this write alone. `work` must not wait for anything.
   *
   * `repeatable` says that `work` may be applied again after what it did outside of the state was undone by its `ifUndone`.
   * `givesWay` is for one that takes long: those that came with it are committed before it, so that nobody waits for it who need
   * not. It does so once.
   *
   * @default repeatable false, givesWay false
   * @throws DLI-500 when the commit itself fails, for example on a full disk, or when the file was closed: then nothing
   *   was changed
   */
  write<Result>(
    work: (transaction: Transaction) => Result,
    { repeatable = false, givesWay = false }: { readonly repeatable?: boolean; readonly givesWay?: boolean } = {},
  ): Promise<Result> {
    if (!this.#sqlite.isOpen) return Promise.reject(notStored('the server has closed its state'));
    return new Promise<Result>((resolve, reject) => {
      // The queue holds writes of every type; each gets back what its own work returned.
      const settle = { resolve: resolve as (value: unknown) => void, reject };
      this.#queue.push({ work, repeatable, givesWay, ...settle });
      this.#scheduled ??= setImmediate(() => this.#gather(0, mostTurns));
    });
  }

  /** How many commits there were. What was read at the same number is still so: one server has the file to itself. */
  get commits(): number {
    return this.#commits;
  }

  /** Calls `follower` after every commit; returns what ends that. */
  onCommit(follower: (commit: Commit) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Applies what is queued and closes the file; later writes are refused. Closing it twice does nothing. */
  close(): void {
    if (!this.#sqlite.isOpen) return;
    while (this.#queue.length > 0) this.#flush();
    clearImmediate(this.#scheduled);
    this.#statements.clear();
    this.#sqlite.close();
  }

  /** Commits when a turn of the event loop has brought no more writes: who comes one turn later would pay for a commit alone. */
  #gather(before: number, turns: number): void {
    const queued = this.#queue.length;
    if (turns === 0 || queued <= before || queued >= batchLimit) this.#flush();
    else this.#scheduled = setImmediate(() => this.#gather(queued, turns - 1));
  }

  #flush(): void {
    const batch = this.#takeBatch();
    this.#scheduled = this.#queue.length > 0 ? setImmediate(() => this.#flush()) : undefined;
    if (batch.length === 0) return;
    const undos: (() => void)[] = [];
    let applied: readonly AppliedWrite[];
    const startedAt = performance.now();
    try {
      applied = this.#applyAll(batch, undos);
      this.#prepared('COMMIT').run();
    } catch (cause) {
      this.#undo(batch, { cause, undos });
      return;
    }
    this.#commits += 1;
    const commit = { writes: batch.length, ms: performance.now() - startedAt };
    for (const { settle } of applied) settle();
    const told = [...applied.flatMap(({ listeners }) => listeners), ...this.#followers];
    for (const listener of told) this.#tell(() => listener(commit));
  }

  #takeBatch(): readonly QueuedWrite[] {
    const others = this.#queue.filter(({ givesWay }) => !givesWay);
    this.#gaveWay = !this.#gaveWay && others.length > 0 && others.length < this.#queue.length;
    if (!this.#gaveWay) return this.#queue.splice(0, batchLimit);
    const left = others.splice(batchLimit);
    // Before those that are left, or it would have to wait for all that still come.
    this.#queue = [...this.#queue.filter(({ givesWay }) => givesWay), ...left];
    return others;
  }

  #applyAll(batch: readonly QueuedWrite[], undos: (() => void)[]): readonly AppliedWrite[] {
    const shared = batch.length > 1;
    this.#prepared('BEGIN IMMEDIATE').run();
    if (batch.every(({ repeatable }) => repeatable)) {
      const applied = this.#applyPlain(batch, undos);
      if (applied) return applied;
      this.rollBack();
      runBackwards(undos.splice(0));
      this.#prepared('BEGIN IMMEDIATE').run();
    }
    return batch.map((write) => this.#apply(write, { shared, undos }));
  }

  /** Applies writes without savepoints; undefined when one has thrown after it had changed something. */
  #applyPlain(batch: readonly QueuedWrite[], undos: (() => void)[]): readonly AppliedWrite[] | undefined {
    const applied: AppliedWrite[] = [];
    for (const { work, resolve, reject } of batch) {
      const listeners: (() => void)[] = [];
      const before = undos.length;
      const changesBefore = this.#changes;
      try {
        const value = work(this.#transaction(listeners, undos));
        applied.push({ settle: () => resolve(value), listeners });
      } catch (error) {
        if (isDiskTrouble(error)) throw error;
        if (this.#changes !== changesBefore) return undefined;
        runBackwards(undos.splice(before));
        applied.push({ settle: () => reject(error), listeners: [] });
      }
    }
    return applied;
  }

  /** A listener that throws is our bug; it must not keep the others from what is committed. */
  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#onTrouble(error);
    }
  }

  #transaction(listeners: (() => void)[], undos: (() => void)[]): Transaction {
    return {
      all: <Row>(sql: string, bindings: Bindings = []) => this.#use(sql).all(bindings) as Row[],
      get: <Row>(sql: string, bindings: Bindings = []) => this.#use(sql).get(bindings) as Row | undefined,
      run: (sql, bindings = []) => Number(this.#use(sql).run(bindings).changes),
      insert: (sql, bindings = []) => Number(this.#use(sql).run(bindings).lastInsertRowid),
      afterCommit: (listener) => {
        listeners.push(listener);
      },
      ifUndone: (undo) => {
        undos.push(undo);
      },
    };
  }

  /** Applies one write of a batch with a savepoint and adds to `undos` what has to be undone if the batch is not committed. */
  #apply(
    { work, resolve, reject }: QueuedWrite,
    { shared, undos }: { readonly shared: boolean; readonly undos: (() => void)[] },
  ): AppliedWrite {
    const listeners: (() => void)[] = [];
    const before = undos.length;
    this.#prepared('SAVEPOINT write').run();
    try {
      const value = work(this.#transaction(listeners, undos));
      this.#prepared('RELEASE write').run();
      return { settle: () => resolve(value), listeners };
    } catch (error) {
      // SQLite has already undone everything when the disk is full; the whole batch is then refused together.
      if (!this.#sqlite.isTransaction) throw error;
      this.#prepared('ROLLBACK TO write').run();
      this.#prepared('RELEASE write').run();
      if (isDiskTrouble(error) && shared) throw error;
      runBackwards(undos.splice(before));
      const reason = isDiskTrouble(error) ? notStored(error) : error;
      return { settle: () => reject(reason), listeners: [] };
    }
  }

  #undo(
    batch: readonly QueuedWrite[],
    { cause, undos }: { readonly cause: unknown; readonly undos: readonly (() => void)[] },
  ): void {
    this.rollBack();
    runBackwards(undos);
    const error = notStored(cause);
    for (const { reject } of batch) reject(error);
  }

  /** Takes a statement for a write, and notes whether it may change something. */
  #use(sql: string): PreparedStatement {
    const prepared = this.#prepared(sql);
    if (!prepared.isRead) this.#changes += 1;
    return prepared;
  }

  #prepared(sql: string): PreparedStatement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const prepared = new PreparedStatement(this.#sqlite, sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function runBackwards(undos: readonly (() => void)[]): void {
  for (const undo of undos.toReversed()) undo();
}
