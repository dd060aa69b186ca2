import { afterEach, beforeEach, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

let fixture: DuckdbFixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.dispose());

const t = 'iceberg.analytics.t';

it.each([
  [`CREATE TABLE ${t} (a INTEGER)`, 'CREATE'],
  [`CREATE TABLE ${t} AS SELECT range AS a FROM range(3)`, 'CREATE 3 rows'],
  [`CREATE OR REPLACE TABLE ${t} AS FROM range(0)`, 'CREATE 0 rows'],
  [`CREATE /* */ TABLE ${t} AS FROM range(1)`, 'CREATE 1 row'],
  [`INSERT INTO iceberg.analytics.one SELECT range FROM range(4)`, 'INSERT 4 rows'],
  [`DELETE FROM iceberg.analytics.one`, 'DELETE 1 row'],
  [`MERGE INTO iceberg.analytics.one USING (SELECT 1 AS x) ON a = x WHEN MATCHED THEN DELETE`, 'MERGE_INTO 1 row'],
  [`FROM range(5)`, 'SELECT 5 rows'],
])('says how many rows a statement changed or answered: %s', async (sql, said) => {
  await execute(
    fixture.warehouse,
    workOf('iceberg.analytics.one', 'CREATE TABLE iceberg.analytics.one AS SELECT 1 AS a'),
  );
  const { outcome, reports } = await execute(fixture.warehouse, workOf(t, sql));
  expect(outcome).toEqual({ kind: 'succeeded' });
  expect(reports.find((line) => line.startsWith('s0:'))?.replace(/ in .*/, '')).toBe(`s0: ${said}`);
});
