import { constants, DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { PreparedStatement } from './prepared-statement.ts';

/** A table of ten rows, and how often SQLite has planned a statement: it asks whether it may read with each plan. */
function watched() {
  const sqlite = new DatabaseSync(':memory:');
  sqlite.exec(
    'CREATE TABLE t (n INTEGER PRIMARY KEY); WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 10) INSERT INTO t SELECT n FROM c',
  );
  let plans = 0;
  sqlite.setAuthorizer((action) => {
    if (action === constants.SQLITE_SELECT) plans += 1;
    return constants.SQLITE_OK;
  });
  return { sqlite, plans: () => plans };
}

it.each([
  ['a limit', 'SELECT n FROM t WHERE n > ? ORDER BY n LIMIT ?'],
  ['a numbered limit', 'SELECT n FROM t WHERE n > ?1 ORDER BY n LIMIT ?2'],
])('a statement with %s is planned once, whatever is bound, and keeps to its limit', (_what, sql) => {
  const { sqlite, plans } = watched();
  const statement = new PreparedStatement(sqlite, sql);
  for (const limit of [1, 3, 0, 100]) expect(statement.all([2, limit])).toHaveLength(Math.min(limit, 8));
  expect(statement.all([0, -1]), 'below zero for no limit').toHaveLength(10);
  expect(plans()).toBe(1);
});
