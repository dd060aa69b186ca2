import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import type { AttemptWork } from '../warehouse.ts';
import { leavesTraces } from './connection-traces.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

const t = 'iceberg.analytics.t';
const seen = 'iceberg.analytics.seen';
let fixture: DuckdbFixture;
beforeEach(async () => {
  fixture = await openFixture();
  for (const table of [t, seen]) await run(workOf(table, `CREATE TABLE ${table} (id UBIGINT)`));
});
afterEach(() => fixture.dispose());

const run = (work: AttemptWork) => execute(fixture.warehouse, work);
/** A run that writes down its connection. */
const seeConnection = () => workOf(seen, `INSERT INTO ${seen} SELECT current_connection_id()`);

/** The connections that were written down, in order. */
async function seenConnections(): Promise<readonly unknown[]> {
  return (await fixture.warehouse.preview(seen, 100)).rows.map(({ id }) => id);
}

/** Runs an attempt between two others, and tells whether those had the same connection. It is cancelled when it reports a line that begins with `cancelAt`. */
async function isUsedAgainAfter(work: AttemptWork, cancelAt?: string): Promise<boolean> {
  expect((await run(seeConnection())).outcome).toEqual({ kind: 'succeeded' });
  await execute(fixture.warehouse, work, (report, cancel) => {
    if (cancelAt !== undefined && report.startsWith(cancelAt)) cancel('stop');
  });
  expect((await run(seeConnection())).outcome).toEqual({ kind: 'succeeded' });
  const [before, after] = await seenConnections();
  return before === after;
}

const post = (sql: string) => ({ label: 'p', sql, continueOnError: true });

describe('the connection of a run is used again', () => {
  it.each([
    [`DELETE FROM ${t}`],
    [`-- a comment\n insert into ${t} VALUES (1);\n`],
    [`MERGE INTO ${t} USING (SELECT 1 AS x) ON id = x WHEN MATCHED THEN UPDATE SET id = 2`],
  ])('after %j', async (sql) => {
    expect(await isUsedAgainAfter(workOf(t, sql))).toBe(true);
  });

  it('after a creation that was left out', async () => {
    const create = `CREATE TABLE IF NOT EXISTS ${t} (id UBIGINT)`;
    await run(workOf(t, create));
    expect(await isUsedAgainAfter(workOf(t, [create, `DELETE FROM ${t}`]))).toBe(true);
  });

  it('by one at a time', async () => {
    await run(seeConnection());
    await Promise.all([run(seeConnection()), run(seeConnection())]);
    const [first, ...both] = await seenConnections();
    expect(both).toHaveLength(2);
    expect(both.filter((id) => id === first)).toHaveLength(1);
  });
});

describe('the connection of a run is not used again', () => {
  it.each([
    ['a table of its own', workOf(t, 'CREATE TABLE temp.mine (a INTEGER)')],
    ['a seed', workOf(t, `INSERT INTO ${t} SELECT CASE WHEN setseed(0.5) IS NULL THEN 1 END`)],
    ['two statements in a text', workOf(t, `DELETE FROM ${t} WHERE id = 0; DELETE FROM ${t} WHERE id = 0`)],
    ['a query', workOf(t, 'SELECT 1')],
    ['an error', workOf(t, `INSERT INTO ${t} SELECT error('no')`)],
    [
      'an error after the commit',
      workOf(t, `DELETE FROM ${t}`, { postStatements: [post('ANALYZE iceberg.nowhere.t')] }),
    ],
  ])('after %s', async (_, work) => {
    expect(await isUsedAgainAfter(work)).toBe(false);
  });

  it('after a cancel', async () => {
    const work = workOf(t, [`DELETE FROM ${t}`, `INSERT INTO ${t} ${fixture.endlessQuery}`]);
    expect(await isUsedAgainAfter(work, 's0: DELETE')).toBe(false);
  });
});

it.each([
  ['INSERT INTO t SELECT 1', false],
  ['UPDATE t SET a = 1', false],
  ['TRUNCATE t;', false],
  ['CREATE TABLE t (a INTEGER)', true],
  ["INSERT INTO t SELECT ';'", true],
  ['/* x */ INSERT INTO t SELECT 1', true],
  ['INSERT INTO t SELECT SetSeed(1)', true],
  ['WITH x AS (SELECT 1) SELECT * FROM x', true],
  ['DROP TABLE t', true],
  ['', true],
])('what %j leaves: %j', (sql, leaves) => {
  expect(leavesTraces(sql)).toBe(leaves);
});
