import { afterAll, beforeAll, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

let fixture: DuckdbFixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.dispose());

const previewOf = async (name: string, expression: string) => {
  const table = fixture.table(name);
  await execute(fixture.warehouse, workOf(table, `CREATE TABLE ${table} AS SELECT ${expression} AS "__proto__"`));
  const [row] = (await fixture.warehouse.preview(table, 1)).rows;
  return Object.entries(row ?? {})[0];
};

it.each([
  ['safe', '5::BIGINT', 5],
  ['unsafe', '9007199254740993::BIGINT', '9007199254740993'],
  ['decimal_', '1.50::DECIMAL(10,2)', '1.50'],
  ['date_', "DATE '2001-02-03'", '2001-02-03'],
  ['endless', "DATE '-infinity'", '-infinity'],
  ['timestamp_', "TIMESTAMP '2001-02-03 04:05:06.5'", '2001-02-03T04:05:06.5'],
  ['timestamptz_', "TIMESTAMPTZ '2001-02-03 04:05:06+09'", '2001-02-02T19:05:06Z'],
  ['nan_', "'nan'::DOUBLE", 'NaN'],
  ['blob_', "'\\xAA\\x00'::BLOB", 'qgA='],
  ['nothing', 'NULL', null],
  [
    'nested',
    "{'a': [9007199254740993, NULL], 'd': DATE '2001-02-03'}",
    { a: ['9007199254740993', null], d: '2001-02-03' },
  ],
  ['map_', "MAP {'k': 1.5::DECIMAL(3,1)}", [{ key: 'k', value: '1.5' }]],
])('previews %s as JSON under any column name', async (name, expression, expected) => {
  const entry = await previewOf(name, expression);
  expect(entry).toEqual(['__proto__', expected]);
  expect(JSON.parse(JSON.stringify(entry))).toEqual(entry);
});
