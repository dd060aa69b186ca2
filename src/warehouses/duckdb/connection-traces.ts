import { beginsWith, isOneStatement } from './statement-words.ts';

// Whatever creates something can create it for its connection alone (CREATE TABLE temp.t).
const onlyChangesRows = beginsWith('INSERT|UPDATE|DELETE|MERGE|TRUNCATE');
// The one function of those that DuckDB calls volatile whose effect lasts on its connection.
const lasting = /setseed/i;

/** Tells whether a text may leave something on its connection that the next run there would meet. */
export function leavesTraces(sql: string): boolean {
  return !isOneStatement(sql) || !onlyChangesRows.test(sql) || lasting.test(sql);
}
