import type { ErrorCode } from '../contract/errors.ts';

/** One rendered statement in the warehouse's own dialect. `label` says which one in logs and errors (`query`, a pre-statement's name). */
export interface Statement {
  readonly label: string;
  readonly sql: string;
}

/** A post-statement runs after the commit, on its own; `continueOnError` is allowed only here. */
export interface PostStatement extends Statement {
  readonly continueOnError: boolean;
}

/** Everything that one attempt executes. `statements` and the ledger row are one transaction; `postStatements` follow it. */
export interface AttemptWork {
  readonly runUid: string;
  readonly dataset: string;
  /** Pre-statements and the query, in order. */
  readonly statements: readonly Statement[];
  readonly postStatements: readonly PostStatement[];
  /** The first post-statement that has not succeeded yet. */
  readonly postIndex: number;
  /** An earlier attempt's end is not known (its process died): read the ledger before anything else. */
  readonly askLedgerFirst: boolean;
  /** Only read the ledger: the run is to be stopped, so it is COMPLETED if it was published and nothing else happens. */
  readonly ledgerOnly: boolean;
}

/** Why an attempt is cancelled: it becomes the abort signal's reason. */
export type CancelReason = 'stop' | 'timeout' | 'shutdown';

/** An error of users' SQL. `mendable` tells whether trying again could help (no: parse, bind, type, permission). */
export interface AttemptError {
  readonly code: ErrorCode;
  readonly message: string;
  /** The label of the statement that failed. */
  readonly statement: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly mendable: boolean;
  /** Another transaction wrote the same at the same time: nothing is wrong with this one. @default false */
  readonly conflict?: boolean;
}

/**
 * How an attempt ended. `published` is always the ledger's answer, read after the transaction ended.
 *
 * - `failed`: the attempt's log has the error already.
 * - `unavailable`: nothing was started, because the warehouse's file is held elsewhere.
 * - `lost`: the process died, so whether it published is not known; `ours` when this server ended the process.
 */
export type AttemptOutcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly published: boolean; readonly postIndex: number; readonly error: AttemptError }
  | { readonly kind: 'cancelled'; readonly published: boolean; readonly postIndex: number }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string; readonly ours: boolean };

/** What an attempt reports while it goes on. Calls arrive in order; `postDone` names the next post-statement to run. */
export interface AttemptObserver {
  readonly log: (line: string) => void;
  readonly published: () => void;
  readonly postDone: (nextIndex: number) => void;
}

/** How an attempt is executed. */
export interface ExecuteOptions {
  readonly observer: AttemptObserver;
  readonly signal: AbortSignal;
  /** The statements run at once, but nothing is committed, and nothing after a commit happens, before this resolves. It never rejects. @default it need not wait */
  readonly mayCommit?: Promise<void>;
  /**
   * The run uid of an attempt that comes first: nothing begins before that has ended, and nothing at all when it ends without
   * success, which is a cancel. An attempt that is not at work is over. @default nothing comes first
   */
  readonly after?: string;
}

/** What a statement would do, as far as the warehouse can tell without executing it. */
export interface BoundStatement {
  readonly label: string;
  readonly statementType: string;
  /** False when the statement needs objects that an earlier one creates, so that only its syntax was checked. */
  readonly bound: boolean;
}

/** A column of a table; `type` is the warehouse's own word for it. */
export interface PreviewColumn {
  readonly name: string;
  readonly type: string;
}

/** First rows of a table, bounded: a value that ends in `…` is cut. Integers beyond 2^53 and decimals are strings, dates and timestamps ISO 8601 text. */
export interface Preview {
  readonly columns: readonly PreviewColumn[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Where users' SQL runs. Every implementation passes `warehouse.suite.ts`. */
export interface Warehouse {
  readonly name: string;
  /** The dialect that this warehouse speaks, as `execution.dialect` writes it. */
  readonly dialect: string;
  /** Tells in words why no table of this warehouse can have this dataset's name; undefined when one can. */
  refusalOf(dataset: string): string | undefined;
  /** Runs an attempt to its end. Never throws: every end is an outcome. Aborting `signal` (its reason a {@link CancelReason}) cancels it. */
  execute(work: AttemptWork, options: ExecuteOptions): Promise<AttemptOutcome>;
  /** Parses statements and checks that they may run; needs no table and no file. @throws DLI-815 with line and column */
  parse(work: {
    readonly statements: readonly Statement[];
    readonly postStatements: readonly Statement[];
  }): Promise<void>;
  /** Makes ready what the first run of a dataset would have to wait for. A warehouse that cannot do it now leaves it to the run. */
  prepare(dataset: string): Promise<void>;
  /** Binds statements without executing them and leaves nothing behind. @throws DLI-815 with line and column, DLI-816 when not reachable, too slow or given up by `signal`. */
  bind(
    work: { readonly dataset: string; readonly statements: readonly Statement[] },
    signal?: AbortSignal,
  ): Promise<readonly BoundStatement[]>;
  /** Reads the first rows of a dataset's table. @throws DLI-815 when there is no such table, DLI-816 when not reachable, too slow or given up by `signal`. */
  preview(dataset: string, limit: number, signal?: AbortSignal): Promise<Preview>;
  /** Cancels what is left, closes the files and ends the process. */
  close(): Promise<void>;
}
