import type { NotificationSpec } from '../core/notification.ts';
import type { DeclaredParameter } from '../core/parameters.ts';
import type { ExecutionDateRule } from '../core/schedule.ts';

/** Where a text begins, so that a problem in line n of it can be shown in the user's own file. Lines and columns count from 1. */
export interface TextOrigin {
  readonly file: string;
  readonly line: number;
  /** Columns in front of each line of the text: the indentation of a block literal, else what precedes its first line. */
  readonly indent: number;
  /** True when line n of the text is line `line + n - 1` of the file. */
  readonly exact: boolean;
}

/** A piece of SQL (a template). `file` is set when it came from a file of its own, relative to the spec. */
export interface SqlText {
  readonly sql: string;
  readonly file: string | null;
  readonly origin: TextOrigin;
}

/** A statement that runs before the query. */
export interface PreStatement extends SqlText {
  readonly name: string;
}

/** A statement that runs after the commit. */
export interface PostStatementSpec extends PreStatement {
  readonly continueOnError: boolean;
}

/** Attempts in all, and seconds between them. */
export interface RetrySpec {
  readonly maxAttempts: number;
  readonly delaySeconds: number;
}

/** When a dataset runs by itself. */
export interface ScheduleSpec {
  readonly enabled: boolean;
  readonly cron: string;
  readonly timezone: string;
  readonly retry: RetrySpec;
  readonly executionDate: ExecutionDateRule;
  readonly catchup: 'none' | 'latest' | 'all';
  readonly overlap: 'queue' | 'skip';
  readonly notifications: NotificationSpec;
}

/** Where and how the SQL is executed. */
export interface ExecutionSpec {
  /** The dialect that the SQL is written in; null: the warehouse's own. */
  readonly dialect: string | null;
  readonly warehouse: string;
  /** Per attempt. */
  readonly timeoutSeconds: number;
}

/** One column of the output, as documented. */
export interface ColumnSpec {
  readonly name: string;
  readonly type: string;
  readonly description: string | null;
}

/** One version of the dataset, as documented. */
export interface VersionSpec {
  readonly version: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly description: string | null;
}

/** A parsed and checked spec, with every default filled in. */
export interface DatasetSpec {
  readonly name: string;
  readonly owner: string;
  readonly team: string;
  readonly description: string | null;
  readonly domains: readonly string[];
  readonly tags: readonly string[];
  readonly queryType: string;
  readonly query: SqlText;
  readonly preStatements: readonly PreStatement[];
  readonly postStatements: readonly PostStatementSpec[];
  readonly parameters: readonly DeclaredParameter[];
  readonly dependsOn: readonly string[];
  readonly schema: readonly ColumnSpec[];
  readonly versions: readonly VersionSpec[];
  readonly execution: ExecutionSpec;
  /** Null for a dataset that only runs on demand. */
  readonly schedule: ScheduleSpec | null;
}

/** The retry rule of a dataset without a schedule: one attempt. */
export const defaultRetry: RetrySpec = { maxAttempts: 1, delaySeconds: 300 };

/** Returns the retry rule that runs of `spec` follow. */
export function retryOf(spec: DatasetSpec): RetrySpec {
  return spec.schedule?.retry ?? defaultRetry;
}
