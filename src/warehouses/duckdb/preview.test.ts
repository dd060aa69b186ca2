import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('a preview is bounded', () => {
  const tableOf = async (name: string, query: string, kind = 'TABLE') => {
    const table = fixture.table(name);
    const { outcome } = await execute(fixture.warehouse, workOf(table, `CREATE ${kind} ${table} AS ${query}`));
    expect(outcome).toEqual({ kind: 'succeeded' });
    return table;
  };
  const endless = 'SELECT sum(x.range * y.range) AS s FROM range(100000000) x, range(100000000) y';

  it('cuts long values of every kind and keeps their columns and types', async () => {
    const table = await tableOf(
      'long',
      "SELECT repeat('x', 5000000) AS t, repeat('x', 5000000)::BLOB AS b, range(100000) AS l, 10000 AS n",
    );
    const { columns, rows } = await fixture.warehouse.preview(table, 1);
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      't VARCHAR',
      'b BLOB',
      'l BIGINT[]',
      'n INTEGER',
    ]);
    const cut = expect.stringMatching(/^.{10000}…$/);
    expect(rows).toEqual([{ t: cut, b: cut, l: cut, n: 10_000 }]);
  });

  it('has at most 1 MiB, and every row', async () => {
    const table = await tableOf('many', "SELECT repeat('x', 9000) AS t FROM range(300)");
    const { rows } = await fixture.warehouse.preview(table, 300);
    expect(rows).toHaveLength(300);
    expect(JSON.stringify(rows).length).toBeLessThan(1_100_000);
    expect(rows[0]).toEqual({ t: 'x'.repeat(9_000) });
    expect(rows.at(-1)).toEqual({ t: '…' });
  });

  it('is given up by its signal, and the warehouse closes at once afterwards', async () => {
    const own = await openFixture();
    try {
      const table = own.table('heavy');
      await execute(own.warehouse, workOf(table, `CREATE VIEW ${table} AS ${endless}`));
      const controller = new AbortController();
      const previewing = own.warehouse.preview(table, 1, controller.signal);
      controller.abort();
      await expect(previewing).rejects.toMatchObject({ code: 'DLI-816' });
      const { pid } = own.warehouse;
      expect((await execute(own.warehouse, workOf(table, 'SELECT 1'))).outcome).toEqual({ kind: 'succeeded' });
      expect(own.warehouse.pid).toBe(pid);
    } finally {
      // Within the test's time, which is that of the grace that an uninterrupted query would take.
      await own.dispose();
    }
  });

  it('holds up no new catalog once it is given up, since its query is interrupted', async () => {
    const own = await openFixture({ catalogWaitMs: 60_000 });
    try {
      const table = own.table('heavy');
      await execute(own.warehouse, workOf(table, `CREATE VIEW ${table} AS ${endless}`));
      const controller = new AbortController();
      const previewing = own.warehouse.preview(table, 1, controller.signal).catch((error: unknown) => error);
      const added = await execute(own.warehouse, workOf('lake.s.t', 'SELECT 1'), (report) => {
        if (report.startsWith('waiting')) controller.abort();
      });
      expect(await previewing).toMatchObject({ code: 'DLI-816' });
      expect(added.outcome).toEqual({ kind: 'succeeded' });
    } finally {
      await own.dispose();
    }
  });

  it('has a deadline, as a bind has', async () => {
    const own = await openFixture({ answerMs: 300 });
    try {
      const table = own.table('heavy');
      await execute(own.warehouse, workOf(table, `CREATE VIEW ${table} AS ${endless}`));
      await expect(own.warehouse.preview(table, 1)).rejects.toMatchObject({
        code: 'DLI-816',
        message: 'Warehouse default: no answer within 0.3 s',
      });
    } finally {
      await own.dispose();
    }
  });
});
