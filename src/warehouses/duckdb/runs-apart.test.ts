import { afterEach, beforeEach, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

/* What a run leaves on its connection must not reach the next one, however well it is hidden. */

const a = 'iceberg.analytics.a';
const b = 'iceberg.analytics.b';
let fixture: DuckdbFixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

async function run(dataset: string, sql: string | readonly string[], after: string[] = []): Promise<void> {
  const postStatements = after.map((text) => ({ label: 'post', sql: text, continueOnError: false }));
  const { outcome } = await execute(fixture.warehouse, workOf(dataset, sql, { postStatements }));
  expect(outcome).toEqual({ kind: 'succeeded' });
}

const seeds = '(setseed(0.42) IS NULL)';

// DuckDB's uuid() draws from the numbers that setseed seeds.
it.each([
  [
    'a macro',
    [`CREATE TABLE ${a} (x BOOLEAN)`, `CREATE MACRO iceberg.analytics.sample() AS ${seeds}`],
    `INSERT INTO ${a} SELECT iceberg.analytics.sample()`,
  ],
  [
    'a view',
    [`CREATE TABLE ${a} (x BOOLEAN)`, `CREATE VIEW iceberg.analytics.v AS SELECT ${seeds} AS x`],
    `INSERT INTO ${a} FROM iceberg.analytics.v`,
  ],
  ['a default', [`CREATE TABLE ${a} (n INTEGER, x BOOLEAN DEFAULT ${seeds})`], `INSERT INTO ${a} (n) VALUES (1)`],
])('a seed hidden in %s gives no other run the same UUIDs twice', async (_, creates, insert) => {
  await run(a, creates);
  await run(b, `CREATE TABLE ${b} (id UUID)`);
  for (let nth = 0; nth < 3; nth += 1) {
    await run(a, insert);
    await run(b, `INSERT INTO ${b} SELECT uuid()`);
  }
  const { rows } = await fixture.warehouse.preview(b, 10);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(3);
});

it('the temporary type that DuckDB makes for a PIVOT is not met by the next run', async () => {
  await run(b, `CREATE TABLE ${b} (types UBIGINT)`);
  await run(a, [
    `CREATE TABLE ${a} (x HUGEINT, y HUGEINT, z HUGEINT)`,
    `CREATE TABLE iceberg.analytics.source AS SELECT 'k' || (i % 3) AS k, i AS v FROM range(9) r(i)`,
  ]);
  await run(a, `DELETE FROM ${a}`, [`INSERT INTO ${a} FROM (PIVOT iceberg.analytics.source ON k USING sum(v))`]);
  await run(b, `INSERT INTO ${b} SELECT count(*) FROM duckdb_types() WHERE database_name = 'temp' AND NOT internal`);
  expect((await fixture.warehouse.preview(b, 10)).rows).toEqual([{ types: 0 }]);
});
