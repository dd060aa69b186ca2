import type { AttemptOutcome, AttemptWork, CancelReason, Statement } from '../warehouse.ts';

/** What the warehouse process needs to open its files. All paths are absolute, but those in `initSql` refer to the process's folder. */
export interface DuckdbConfig {
  /** File of each configured catalog. */
  readonly catalogs: Readonly<Record<string, string>>;
  /** Where a catalog that is not configured gets its file, `<catalog>.duckdb`. */
  readonly catalogFolder: string;
  readonly tempFolder: string;
  readonly initSql: string | undefined;
  readonly allowedDirectories: readonly string[];
  readonly memoryLimit: string;
  readonly threads: number;
  readonly idleCloseMs: number;
  /** How long a new catalog waits for a moment in which nothing runs. */
  readonly catalogWaitMs: number;
}

/** What the process reports about an attempt while it goes on: first log lines, then how far it is. */
export interface AttemptNotice {
  readonly lines: readonly string[];
  readonly published?: true;
  /** The next post-statement to run. */
  readonly postDone?: number;
}

/** One attempt: `id` pairs it with a later {@link CancelInput}, as it does for the other calls that have one. */
export interface ExecuteInput {
  readonly id: number;
  readonly work: AttemptWork;
  /** Nothing is committed before an {@link AllowInput} for this attempt. */
  readonly gated: boolean;
  /** The `id` of an attempt whose success this one waits for, if it is still at work. */
  readonly after: number | undefined;
}

/** Lets a gated attempt commit. */
export interface AllowInput {
  readonly id: number;
}

/** Cancels whatever was called with `id`: an attempt, a binding, a preview. */
export interface CancelInput {
  readonly id: number;
  readonly reason: CancelReason;
}

/** Statements to bind against the tables that are there, one after the other, and to roll back. */
export interface BindInput {
  readonly id: number;
  readonly dataset: string;
  readonly statements: readonly Statement[];
}

/** A dataset whose catalog is to be there. */
export interface PrepareInput {
  readonly id: number;
  readonly dataset: string;
}

/** Statements to parse, by when they run. */
export interface ParseInput {
  readonly statements: readonly Statement[];
  readonly postStatements: readonly Statement[];
}

/** A dataset whose first `limit` rows are asked for. */
export interface PreviewInput {
  readonly id: number;
  readonly dataset: string;
  readonly limit: number;
}

/** How an attempt ended inside the process; that the process itself died is what only the parent can tell. */
export type ChildOutcome = Exclude<AttemptOutcome, { readonly kind: 'lost' }>;
