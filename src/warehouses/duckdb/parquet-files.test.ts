import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import { openFixture } from './duckdb-fixture.suite.ts';

const t = 'iceberg.analytics.t';

it('reads a parquet file anew when it was written again, although DuckDB keeps what it has read', async () => {
  const { warehouse, folder, dispose } = await openFixture();
  onTestFinished(dispose);
  const file = join(folder, 'data', 'raw.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  const write = async (query: string, day: number) => {
    await connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet)`);
    // DuckDB does not rely on what it keeps of a file that is only seconds old.
    utimesSync(file, new Date(Date.UTC(2026, 0, day)), new Date(Date.UTC(2026, 0, day)));
  };
  const read = async () => {
    const work = workOf(t, `CREATE OR REPLACE TABLE ${t} AS SELECT * FROM read_parquet('${file}')`);
    expect((await execute(warehouse, work)).outcome).toEqual({ kind: 'succeeded' });
    return (await warehouse.preview(t, 5)).rows;
  };
  await write('SELECT 1 AS a', 1);
  expect([await read(), await read()]).toEqual([[{ a: 1 }], [{ a: 1 }]]);
  await write("SELECT 'x' AS b, range AS c FROM range(2)", 2);
  expect(await read()).toEqual([
    { b: 'x', c: 0 },
    { b: 'x', c: 1 },
  ]);
  // Put back with the same time or an older one, as a restore does.
  for (const [value, day] of [
    [3, 2],
    [4, 1],
  ] as const) {
    await write(`SELECT ${value} AS a`, day);
    expect(await read()).toEqual([{ a: value }]);
  }
});
