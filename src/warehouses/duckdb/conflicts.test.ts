import { describe, expect, it, onTestFinished } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import type { AttemptWork } from '../warehouse.ts';
import { openFixture } from './duckdb-fixture.suite.ts';

async function start() {
  const fixture = await openFixture();
  onTestFinished(fixture.dispose);
  const { warehouse } = fixture;
  const t = fixture.table('t');
  const run = async (...sql: string[]) => (await execute(warehouse, workOf(t, sql))).outcome;
  await run(`CREATE TABLE ${t} (day DATE, n INTEGER)`);
  await run(`CREATE TABLE ${fixture.table('k')} (id INTEGER PRIMARY KEY)`);
  await run(`INSERT INTO ${t} SELECT DATE '2024-01-01' + i::INTEGER, i FROM range(9) r(i)`);
  /** Begins an attempt whose statements are done, and that waits before its commit. */
  const openTransaction = async (...sql: string[]) => {
    const permit = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const work: AttemptWork = workOf(t, sql);
    let lines = 0;
    const outcome = warehouse.execute(work, {
      signal: new AbortController().signal,
      mayCommit: permit.promise,
      observer: {
        log: () => {
          lines += 1;
          if (lines === sql.length) done.resolve();
        },
        published: () => undefined,
        postDone: () => undefined,
      },
    });
    await done.promise;
    return { outcome, commit: permit.resolve };
  };
  return { ...fixture, t, run, openTransaction };
}

const deleteDay = (t: string, day: string) => `DELETE FROM ${t} WHERE day = DATE '${day}'`;
const conflict = { kind: 'failed', published: false, error: { conflict: true, mendable: true, code: 'DLI-802' } };

describe('two transactions at once', () => {
  it('that replace different dates of one table both commit', async () => {
    const { t, run, openTransaction } = await start();
    const first = await openTransaction(deleteDay(t, '2024-01-01'), `INSERT INTO ${t} VALUES (DATE '2024-01-01', 100)`);
    expect(await run(deleteDay(t, '2024-01-02'), `INSERT INTO ${t} VALUES (DATE '2024-01-02', 200)`)).toEqual({
      kind: 'succeeded',
    });
    first.commit();
    expect(await first.outcome).toEqual({ kind: 'succeeded' });
  });

  it.each<[string, (t: string) => readonly [string, string]]>([
    ['delete the same rows', (t) => [deleteDay(t, '2024-01-01'), `DELETE FROM ${t} WHERE n < 5`]],
    ['update the same rows', (t) => [`UPDATE ${t} SET n = 1`, `UPDATE ${t} SET n = 2`]],
    [
      'create the same table',
      (t) => [`CREATE TABLE IF NOT EXISTS ${t}2 (n INTEGER)`, `CREATE TABLE IF NOT EXISTS ${t}2 (n INTEGER)`],
    ],
    [
      'replace the same table',
      (t) => [`CREATE OR REPLACE TABLE ${t}2 AS SELECT 1 AS n`, `CREATE OR REPLACE TABLE ${t}2 AS SELECT 2 AS n`],
    ],
  ])('that %s: the later one meets a conflict, and nothing of it is left', async (_name, statements) => {
    const { t, run, openTransaction } = await start();
    const [one, other] = statements(t);
    const first = await openTransaction(one);
    const marker = `INSERT INTO ${t} VALUES (DATE '2030-01-01', 0)`;
    expect(await run(marker, other)).toMatchObject({ ...conflict, error: { ...conflict.error, statement: 's1' } });
    first.commit();
    expect(await first.outcome).toEqual({ kind: 'succeeded' });
    expect(await run(marker, other), 'tried again alone it succeeds').toEqual({ kind: 'succeeded' });
  });

  it('that insert the same key: the later one meets a conflict at its commit', async () => {
    const { table, run, openTransaction } = await start();
    const insert = `INSERT INTO ${table('k')} VALUES (1)`;
    const first = await openTransaction(insert);
    expect(await run(insert)).toEqual({ kind: 'succeeded' });
    first.commit();
    expect(await first.outcome).toMatchObject({ ...conflict, error: { ...conflict.error, statement: null } });
    expect(await run(insert), 'alone it is an error of the query').toMatchObject({
      kind: 'failed',
      error: { conflict: false, mendable: false },
    });
  });
});

it('an error of the query is no conflict', async () => {
  const { run, t } = await start();
  expect(await run(`SELECT nope FROM ${t}`)).toMatchObject({ kind: 'failed', error: { conflict: false } });
});

describe('statements that are only bound while a run at work creates the same table', () => {
  const create = (t: string) => ({ label: 'create', sql: `CREATE TABLE IF NOT EXISTS ${t}2 (n INTEGER)` });

  it('are bound when it has committed', async () => {
    const { warehouse, t, run, openTransaction } = await start();
    const first = await openTransaction(create(t).sql);
    const binding = warehouse.bind({ dataset: t, statements: [create(t)] });
    await run('SELECT 1');
    first.commit();
    expect(await binding).toEqual([{ label: 'create', statementType: 'CREATE', bound: true }]);
    expect(await first.outcome).toEqual({ kind: 'succeeded' });
  });

  it('are not said to be wrong when it does not commit soon', async () => {
    const { warehouse, t, openTransaction } = await start();
    const first = await openTransaction(create(t).sql);
    await expect(warehouse.bind({ dataset: t, statements: [create(t)] })).rejects.toMatchObject({
      code: 'DLI-816',
      message: `A run at work changes what the statements of '${t}' create or change`,
    });
    first.commit();
    expect(await first.outcome).toEqual({ kind: 'succeeded' });
  });
});
