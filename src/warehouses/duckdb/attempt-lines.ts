import { sqlExcerpt } from '../sql-excerpt.ts';
import type { AttemptError, Statement } from '../warehouse.ts';
import type { StatementResult } from './run-statement.ts';

/** Says what a statement did: `query: INSERT 3 rows in 12 ms`. */
export function resultLine({ label }: Statement, { type, rows, elapsedMs }: StatementResult): string {
  const count = rows();
  const counted = count === null ? '' : ` ${count} ${count === 1 ? 'row' : 'rows'}`;
  return `${label}: ${type}${counted} in ${milliseconds(elapsedMs)}`;
}

/** Says an error and what follows from it, and shows the line of the SQL that it is in. */
export function errorLines(
  { statement, line, column, message }: AttemptError,
  { sql, after }: { readonly sql: string; readonly after: string },
): readonly string[] {
  const place = line === null ? '' : ` at ${line}:${column ?? 1}`;
  return [`${statement ?? 'transaction'}${place}: ${message}${after}`, ...sqlExcerpt(sql, { line, column })];
}

/** Writes a duration for people. */
export function milliseconds(elapsed: number): string {
  return `${elapsed < 10 ? elapsed.toFixed(1) : Math.round(elapsed)} ms`;
}
