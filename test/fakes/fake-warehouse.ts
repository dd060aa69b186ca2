import { DliError } from '../../src/contract/errors.ts';
import type {
  AttemptError,
  AttemptObserver,
  AttemptOutcome,
  AttemptWork,
  BoundStatement,
  ExecuteOptions,
  Preview,
  Warehouse,
} from '../../src/warehouses/warehouse.ts';

/** What a crash leaves: the ledger, and a table to which every publication appends its run, so that a second one shows. */
export class FakeDisk {
  readonly ledger = new Set<string>();
  readonly rows: string[] = [];
  readonly posts: string[] = [];

  /** How often a run has published. */
  publications(runUid: string): number {
    return this.rows.filter((row) => row === runUid).length;
  }
}

/** Blows at one step of a run's life: from then on nothing happens any more, as after SIGKILL. */
export class Fuse {
  readonly steps: string[] = [];
  readonly #blowsAt: number;

  constructor(blowsAt = Number.POSITIVE_INFINITY) {
    this.#blowsAt = blowsAt;
  }

  /** Passes a step; false when the process is dead. */
  passes(step: string): boolean {
    if (this.isBlown) return false;
    this.steps.push(step);
    return !this.isBlown;
  }

  get isBlown(): boolean {
    return this.steps.length >= this.#blowsAt;
  }
}

const conflictError: AttemptError = {
  code: 'DLI-802',
  message: 'transaction context: Conflict on tuple deletion',
  statement: 'query',
  line: null,
  column: null,
  mendable: true,
  conflict: true,
};

const never = new Promise<never>(() => undefined);

/** An attempt in a test's hands: it goes on when the test says how. */
export interface FakeAttempt {
  readonly work: AttemptWork;
  readonly observer: AttemptObserver;
  readonly signal: AbortSignal;
  /** Publishes and runs what is left, as a good warehouse does. */
  succeed(): void;
  /** Commits without ending yet. */
  publish(): void;
  end(outcome: AttemptOutcome): void;
}

/** A warehouse whose attempts do what a test says; without a word they succeed at once. */
export class FakeWarehouse implements Warehouse {
  readonly name: string;
  readonly dialect = 'duckdb';
  readonly refusalOf = () => undefined;
  readonly disk: FakeDisk;
  /** Runs whose attempt was begun before its commit was permitted. */
  readonly gated: string[] = [];
  /** How many of those still wait for their permit. */
  gatedUnderWay = 0;
  readonly begun: AttemptWork[] = [];
  /** Datasets for whose first run something was made ready. */
  readonly prepared: string[] = [];
  /** Whether attempts wait for the test, and a cancel is confirmed by the test alone. */
  manual = false;
  confirmsCancel = true;
  /** How many of the next attempts meet the writes of another transaction, without a word of the test. */
  conflicts = 0;
  /** Set while another program holds the file. */
  heldBy: string | undefined;
  readonly #fuse: Fuse;
  readonly #attempts: FakeAttempt[] = [];
  readonly #waiters: ((attempt: FakeAttempt) => void)[] = [];
  readonly #atWork = new Map<string, Promise<AttemptOutcome>>();

  constructor({ name = 'default', disk = new FakeDisk(), fuse = new Fuse() } = {}) {
    this.name = name;
    this.disk = disk;
    this.#fuse = fuse;
  }

  /** The next attempt that began and that no test has taken yet. */
  attempt(): Promise<FakeAttempt> {
    const ready = this.#attempts.shift();
    return ready ? Promise.resolve(ready) : new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** How many attempts began that no test has taken yet. */
  get untaken(): number {
    return this.#attempts.length;
  }

  async execute(work: AttemptWork, options: ExecuteOptions): Promise<AttemptOutcome> {
    const { runUid } = work;
    const ended = this.#executeAfter(work, options);
    this.#atWork.set(runUid, ended);
    return ended.finally(() => {
      if (this.#atWork.get(runUid) === ended) this.#atWork.delete(runUid);
    });
  }

  /** Nothing shows of an attempt before its commit, so it may as well begin before the one that it follows has ended. */
  async #executeAfter(work: AttemptWork, options: ExecuteOptions): Promise<AttemptOutcome> {
    const first = this.#atWork.get(options.after ?? '');
    const ended = this.#attempt(work, options);
    if (!first) return ended;
    const outcome = await Promise.race([
      first,
      new Promise<undefined>((resolve) => options.signal.addEventListener('abort', () => resolve(undefined))),
    ]);
    return outcome?.kind === 'succeeded' ? ended : this.#cancelled(work);
  }

  async #attempt(work: AttemptWork, { observer, signal, mayCommit }: ExecuteOptions): Promise<AttemptOutcome> {
    if (!this.#fuse.passes('execute')) return never;
    // Nothing shows of a transaction before its commit, so it may as well begin when it is permitted.
    if (mayCommit !== undefined) {
      await this.#waitForPermit(work.runUid, mayCommit, signal);
      if (signal.aborted) return this.#cancelled(work);
    }
    this.begun.push(work);
    if (this.heldBy !== undefined) return { kind: 'unavailable', reason: this.heldBy };
    const { runUid, postIndex } = work;
    if (work.ledgerOnly) return { kind: 'cancelled', published: this.disk.ledger.has(runUid), postIndex };
    if (this.conflicts > 0 && !this.manual) {
      this.conflicts -= 1;
      const published = this.disk.ledger.has(runUid);
      return { kind: 'failed', published, postIndex, error: conflictError };
    }
    if (!this.manual) return signal.aborted ? this.#cancelled(work) : this.#finish(work, observer);
    return new Promise((resolve) => {
      const attempt: FakeAttempt = {
        work,
        observer,
        signal,
        succeed: () => resolve(this.#finish(work, observer)),
        publish: () => this.#publish(work, observer),
        end: resolve,
      };
      const cancel = () => {
        if (this.confirmsCancel) resolve(this.#cancelled(work));
      };
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
      const waiter = this.#waiters.shift();
      if (waiter) waiter(attempt);
      else this.#attempts.push(attempt);
    });
  }

  prepare(dataset: string): Promise<void> {
    this.prepared.push(dataset);
    return Promise.resolve();
  }

  parse(): Promise<void> {
    return Promise.resolve();
  }

  bind({ statements }: { readonly statements: readonly { label: string }[] }): Promise<readonly BoundStatement[]> {
    if (this.heldBy !== undefined) return Promise.reject(new DliError('DLI-816', this.heldBy));
    return Promise.resolve(statements.map(({ label }) => ({ label, statementType: 'SELECT', bound: true })));
  }

  preview(): Promise<Preview> {
    return Promise.resolve({ columns: [], rows: [] });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #waitForPermit(runUid: string, mayCommit: Promise<void>, signal: AbortSignal): Promise<void> {
    this.gated.push(runUid);
    this.gatedUnderWay += 1;
    await Promise.race([mayCommit, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    this.gatedUnderWay -= 1;
  }

  #cancelled({ runUid, postIndex }: AttemptWork): AttemptOutcome {
    return { kind: 'cancelled', published: this.disk.ledger.has(runUid), postIndex };
  }

  #publish({ runUid }: AttemptWork, observer: AttemptObserver): void {
    if (!this.disk.ledger.has(runUid)) {
      this.disk.ledger.add(runUid);
      this.disk.rows.push(runUid);
    }
    observer.published();
  }

  async #finish(work: AttemptWork, observer: AttemptObserver): Promise<AttemptOutcome> {
    const asks = work.askLedgerFirst || work.postIndex > 0;
    if (!asks && this.disk.ledger.has(work.runUid)) {
      const error = { message: 'the ledger has this run', statement: null, line: null, column: null, mendable: false };
      return { kind: 'failed', published: true, postIndex: work.postIndex, error: { code: 'DLI-500', ...error } };
    }
    if (!this.#fuse.passes('before the commit')) return never;
    if (!this.disk.ledger.has(work.runUid)) {
      this.disk.ledger.add(work.runUid);
      this.disk.rows.push(work.runUid);
    }
    if (!this.#fuse.passes('after the commit')) return never;
    observer.published();
    for (let index = work.postIndex; index < work.postStatements.length; index += 1) {
      this.disk.posts.push(`${work.runUid} ${index}`);
      if (!this.#fuse.passes(`after post-statement ${index}`)) return never;
      observer.postDone(index + 1);
    }
    return this.#fuse.passes('before the answer') ? { kind: 'succeeded' } : never;
  }
}
