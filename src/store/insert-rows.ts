import type { Bindings } from './prepared-statement.ts';
import type { Transaction } from './sqlite.ts';

/** An insert into one table, as the statements that do it. */
export interface RowInsert {
  readonly one: string;
  readonly many: string;
}

/** Rows that one statement inserts where there are enough of them. More bring nothing. */
const rowsAtOnce = 20;

/**
 * Makes the statements that insert rows; `into` names the table and its columns, `values` has what one row binds. They refuse
 * with FAIL: for ABORT SQLite copies each page before it changes, so as to undo the rows before the refused one, which the end
 * of the write that throws does anyway. So whoever inserts must not catch what it throws, or those rows stay.
 */
export function rowInsert(into: string, values: string): RowInsert {
  const insert = (count: number) => `INSERT OR FAIL INTO ${into} VALUES ${Array(count).fill(values).join(', ')}`;
  return { one: insert(1), many: insert(rowsAtOnce) };
}

/**
 * Inserts rows in their order and tells the rowid of the last one; 0 when there are none. Measured with rows of `runs`: 20 in one
 * statement take three quarters of the time of 20 statements.
 */
export function insertRows(transaction: Transaction, { one, many }: RowInsert, rows: readonly Bindings[]): number {
  let last = 0;
  let next = 0;
  for (; next + rowsAtOnce <= rows.length; next += rowsAtOnce) {
    last = transaction.insert(many, rows.slice(next, next + rowsAtOnce).flat());
  }
  for (const row of rows.slice(next)) last = transaction.insert(one, row);
  return last;
}
