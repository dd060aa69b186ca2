import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import type { AttemptWork } from '../warehouse.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

/*
 * What a run leaves on its connection must not reach the next one, however well it is hidden. A connection on which nothing is left is
 * used again for the same dataset; DuckDB says which one a run had.
 */

const t = 'iceberg.analytics.t';
const seen = 'iceberg.analytics.seen';
const sees = `INSERT INTO ${seen} SELECT nextval('iceberg.analytics.nth'), current_connection_id()`;
let fixture: DuckdbFixture;
beforeEach(async () => {
  fixture = await openFixture();
  const create = `CREATE TABLE ${seen} (nth BIGINT, id UBIGINT); CREATE SEQUENCE iceberg.analytics.nth`;
  await run(workOf(t, [`CREATE TABLE ${t} (id UBIGINT)`, create]));
  // The files are asked meanwhile.
  const ids: unknown[] = [];
  while (ids.length < 2 || ids.at(-1) !== ids.at(-2)) {
    if (ids.push(await connectionOf(t)) > 200) throw new TypeError('no connection is used again');
  }
});
afterEach(() => fixture.dispose());

const run = (work: AttemptWork) => execute(fixture.warehouse, work);

async function seenConnections(): Promise<readonly unknown[]> {
  const { rows } = await fixture.warehouse.preview(seen, 1_000);
  return rows.toSorted((left, right) => Number(left.nth) - Number(right.nth)).map(({ id }) => id);
}

/** The connection that a run of a dataset has. */
async function connectionOf(dataset: string): Promise<unknown> {
  expect((await run(workOf(dataset, sees))).outcome).toEqual({ kind: 'succeeded' });
  return (await seenConnections()).at(-1);
}

/** Runs an attempt between two others, and tells whether those had the same connection. It is cancelled when it reports a line that begins with `cancelAt`. */
async function isUsedAgainAfter(work: AttemptWork, cancelAt?: string): Promise<boolean> {
  const before = await connectionOf(t);
  await execute(fixture.warehouse, work, (report, cancel) => {
    if (cancelAt !== undefined && report.startsWith(cancelAt)) cancel('stop');
  });
  return (await connectionOf(t)) === before;
}

describe('the connection of a run is used again', () => {
  it('after changes of rows', async () => {
    const post = { label: 'p', sql: `DELETE FROM ${t}`, continueOnError: false };
    const work = workOf(t, [`DELETE FROM ${t}`, `INSERT INTO ${t} VALUES (1)`], { postStatements: [post] });
    expect(await isUsedAgainAfter(work)).toBe(true);
  });

  it('after a creation that was left out', async () => {
    const create = `CREATE TABLE IF NOT EXISTS ${t} (id UBIGINT)`;
    await run(workOf(t, create));
    expect(await isUsedAgainAfter(workOf(t, [create, `DELETE FROM ${t}`]))).toBe(true);
  });

  it('by one at a time', async () => {
    const first = await connectionOf(t);
    await Promise.all([run(workOf(t, sees)), run(workOf(t, sees))]);
    const both = (await seenConnections()).slice(-2);
    expect(both.filter((id) => id === first)).toHaveLength(1);
  });
});

describe('the connection of a run is not used again', () => {
  it.each([
    ['a table of its own', workOf(t, 'CREATE TABLE temp.mine (a INTEGER)')],
    ['two statements in a text', workOf(t, `DELETE FROM ${t} WHERE id = 0; DELETE FROM ${t} WHERE id = 0`)],
    ['a query', workOf(t, 'SELECT 1')],
    ['an error', workOf(t, `INSERT INTO ${t} SELECT error('no')`)],
    [
      'an error after the commit, in spite of which it goes on',
      workOf(t, `DELETE FROM ${t}`, {
        postStatements: [{ label: 'p', sql: 'DELETE FROM iceberg.nowhere.t', continueOnError: true }],
      }),
    ],
  ])('after %s', async (_, work) => {
    expect(await isUsedAgainAfter(work)).toBe(false);
  });

  it('after a cancel', async () => {
    const work = workOf(t, [`DELETE FROM ${t}`, `INSERT INTO ${t} ${fixture.endlessQuery}`]);
    expect(await isUsedAgainAfter(work, 's0: DELETE')).toBe(false);
  });

  it('by another dataset', async () => {
    const first = await connectionOf(t);
    expect(await connectionOf(`${t}_other`)).not.toBe(first);
    expect(await connectionOf(t)).toBe(first);
  });

  it('ever again, once a run has set a seed', async () => {
    const seed = workOf(`${t}_other`, `INSERT INTO ${t} SELECT CASE WHEN setseed(0.5) IS NULL THEN 1 END`);
    const before = await connectionOf(t);
    await run(seed);
    // The one that was kept is clean; whoever has it next closes it.
    const after = [await connectionOf(t), await connectionOf(t), await connectionOf(t)];
    expect(after[0]).toBe(before);
    expect(new Set(after).size).toBe(3);
  });

  it('when the files that were opened may set a seed', async () => {
    await run(workOf(t, 'CREATE MACRO iceberg.analytics.sample() AS (setseed(0.42) IS NULL)'));
    fixture.crash();
    await runUntilRestarted();
    const ids = [];
    for (let nth = 0; nth < 100; nth += 1) ids.push(await connectionOf(t));
    expect(new Set(ids).size).toBe(100);
  });
});

/** Runs that meet the process's death are lost; the first one that is not has a new process. */
async function runUntilRestarted(): Promise<void> {
  while ((await run(workOf(t, sees))).outcome.kind !== 'succeeded');
}

describe('the next run of the dataset does not meet', () => {
  const b = 'iceberg.analytics.b';
  const seeds = '(setseed(0.42) IS NULL)';

  async function succeed(sql: string | readonly string[]): Promise<void> {
    expect((await run(workOf(t, sql))).outcome).toEqual({ kind: 'succeeded' });
  }

  // DuckDB's uuid() draws from the numbers that setseed seeds.
  it.each([
    ['a macro', `CREATE MACRO iceberg.analytics.sample() AS ${seeds}`, `SELECT iceberg.analytics.sample()`],
    ['a view', `CREATE VIEW iceberg.analytics.v AS SELECT ${seeds} AS x`, 'FROM iceberg.analytics.v'],
    ['a default', `ALTER TABLE ${b} ALTER COLUMN x SET DEFAULT ${seeds}`, 'DEFAULT VALUES'],
  ])('a seed hidden in %s: no UUID comes twice', async (_, hide, values) => {
    await succeed([`CREATE TABLE ${b} (x BOOLEAN)`, hide]);
    await succeed(`CREATE TABLE iceberg.analytics.ids (id UUID)`);
    for (let nth = 0; nth < 3; nth += 1) {
      await succeed(`INSERT INTO ${b} ${values}`);
      await succeed('INSERT INTO iceberg.analytics.ids SELECT uuid()');
    }
    const { rows } = await fixture.warehouse.preview('iceberg.analytics.ids', 10);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(3);
  });

  it.each([
    ['', 'store_rejects = true', 'reject_errors'],
    ['hidden in a view ', "rejects_table = 'bad'", 'bad'],
  ])('what read_csv rejected, %sbefore', async (hidden, option, rejects) => {
    const csv = join(fixture.folder, 'data', 'x.csv');
    writeFileSync(csv, 'a\n1\nno\n3\n');
    const query = `FROM read_csv('${csv}', columns = {'a': 'INTEGER'}, header = true, ${option})`;
    await succeed([
      `CREATE TABLE ${b} (a INTEGER)`,
      `CREATE TABLE iceberg.analytics.errors (nth INTEGER, line BIGINT)`,
    ]);
    if (hidden !== '') await succeed(`CREATE VIEW iceberg.analytics.v AS ${query}`);
    for (let nth = 0; nth < 3; nth += 1) {
      await succeed([
        `INSERT INTO ${b} ${hidden === '' ? query : 'FROM iceberg.analytics.v'}`,
        `INSERT INTO iceberg.analytics.errors SELECT ${nth}, line FROM ${rejects}`,
      ]);
    }
    const { rows } = await fixture.warehouse.preview('iceberg.analytics.errors', 10);
    expect(rows.map(({ nth }) => nth).toSorted()).toEqual([0, 1, 2]);
  });

  it('the temporary type that DuckDB makes for a PIVOT', async () => {
    await succeed([
      `CREATE TABLE ${b} (x HUGEINT, y HUGEINT, z HUGEINT)`,
      `CREATE TABLE iceberg.analytics.source AS SELECT 'k' || (i % 3) AS k, i AS v FROM range(9) r(i)`,
    ]);
    const pivot = `INSERT INTO ${b} FROM (PIVOT iceberg.analytics.source ON k USING sum(v))`;
    const postStatements = [{ label: 'p', sql: pivot, continueOnError: false }];
    const pivots = await run(workOf(t, `DELETE FROM ${b}`, { postStatements }));
    expect(pivots.outcome).toEqual({ kind: 'succeeded' });
    await succeed(`INSERT INTO ${t} SELECT count(*) FROM duckdb_types() WHERE database_name = 'temp' AND NOT internal`);
    expect((await fixture.warehouse.preview(t, 10)).rows).toEqual([{ id: 0 }]);
  });
});
