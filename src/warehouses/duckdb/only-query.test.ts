import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import type { AttemptWork } from '../warehouse.ts';
import { openFixture } from './duckdb-fixture.suite.ts';

const t = 'iceberg.analytics.t';

/** A warehouse with a table of one row, closed and opened again, so that nothing is in the log of its file. */
async function start() {
  const fixture = await openFixture();
  onTestFinished(() => fixture.dispose());
  const { warehouse, folder } = fixture;
  const file = join(folder, 'warehouse', 'iceberg.duckdb');
  mkdirSync(join(folder, 'warehouse'));
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(`
    CREATE SCHEMA _dli; CREATE TABLE _dli.published_runs (run_uid VARCHAR PRIMARY KEY);
    CREATE SCHEMA analytics; CREATE TABLE ${t.slice('iceberg.'.length)} (a VARCHAR); CREATE SEQUENCE analytics.s;
    CREATE VIEW analytics.next AS SELECT nextval('analytics.s');
    INSERT INTO analytics.t VALUES ('first'); CHECKPOINT`);
  connection.closeSync();
  instance.closeSync();
  // The size of the log of writes: what a transaction writes is in it once it is committed.
  const written = () => (existsSync(`${file}.wal`) ? statSync(`${file}.wal`).size : 0);
  const asked = async (runUid: string) => {
    const { outcome } = await execute(warehouse, workOf(t, [], { runUid, ledgerOnly: true }));
    return 'published' in outcome && outcome.published;
  };
  const run = async (sql: string | readonly string[], rest: Partial<AttemptWork> = {}) => {
    const before = written();
    const { outcome, reports } = await execute(warehouse, workOf(t, sql, { runUid: 'run', ...rest }));
    return { outcome, reports, wrote: written() > before, inLedger: await asked('run') };
  };
  return { ...fixture, run };
}

describe('a run that only reads', () => {
  it.each([
    `SELECT * FROM ${t}`,
    `FROM ${t}`,
    `  -- is it there?\n\tselect(1)`,
    `VALUES (1), (2);`,
    `WITH one AS (SELECT 1) SELECT * FROM one`,
    `SELECT 1; -- done`,
  ])('writes nothing at all, neither a row of the ledger nor a byte to the disk: %s', async (sql) => {
    const { run } = await start();
    const { outcome, reports, wrote, inLedger } = await run(sql);
    expect({ outcome, wrote, inLedger }).toEqual({ outcome: { kind: 'succeeded' }, wrote: false, inLedger: false });
    expect(reports).toEqual([
      expect.stringMatching(/^s0: SELECT \d+ rows? in [\d.]+ ms$/),
      'nothing to commit: the run only reads',
      'published',
    ]);
  });

  it.each<[string, string | readonly string[], Partial<AttemptWork>]>([
    ['two statements of one text', 'SELECT 1; SELECT 2', {}],
    ['two texts', ['SELECT 1', 'SELECT 2'], {}],
    [
      'a statement after the commit',
      'SELECT 1',
      { postStatements: [{ label: 'post', sql: 'SELECT 2', continueOnError: false }] },
    ],
    ['what DuckDB makes several statements of', 'SELECT * FROM (PIVOT (VALUES (1, 2)) v(a, b) ON a USING sum(b))', {}],
    ['a change that begins with WITH', `WITH one AS (SELECT 'w') INSERT INTO ${t} SELECT * FROM one`, {}],
    ['the next value of a sequence', `SELECT nextval('iceberg.analytics.s')`, {}],
    ['the next value of a sequence in a view', 'FROM iceberg.analytics.next', {}],
    ['a change', `INSERT INTO ${t} VALUES ('x')`, {}],
  ])('is not one with %s, which gets its row in the ledger', async (_, sql, rest) => {
    const { run } = await start();
    const { outcome, reports, wrote, inLedger } = await run(sql, rest);
    expect({ outcome, wrote, inLedger }).toEqual({ outcome: { kind: 'succeeded' }, wrote: true, inLedger: true });
    expect(reports).toContainEqual(expect.stringMatching(/^committed in /));
  });

  it('is not one with a checkpoint, which is for statements after the commit', async () => {
    const { run } = await start();
    const { outcome } = await run("SELECT * FROM checkpoint('iceberg')");
    expect(outcome).toMatchObject({ kind: 'failed', error: { message: expect.stringMatching(/Cannot CHECKPOINT/) } });
  });

  it('runs again when it was lost: the ledger does not know it', async () => {
    const { run } = await start();
    await run('SELECT 1');
    const again = await run('SELECT 1', { askLedgerFirst: true });
    expect(again.outcome).toEqual({ kind: 'succeeded' });
    expect(again.reports[0]).toMatch(/^s0: SELECT 1 row in/);
  });

  it('names the place of what does not bind, and of an error in its data', async () => {
    const { run } = await start();
    const bad = await run(`SELECT\n  nope FROM ${t}`);
    expect(bad.outcome).toMatchObject({
      kind: 'failed',
      published: false,
      error: { statement: 's0', line: 2, column: 3 },
    });
    const failing = await run(`SELECT error('too few rows') FROM ${t}`);
    expect(failing.outcome).toMatchObject({ kind: 'failed', published: false, error: { statement: 's0' } });
    expect(failing.reports.at(0)).toMatch(/^s0: .*too few rows; rolled back$/);
    expect((await run('SELECT 1')).outcome).toEqual({ kind: 'succeeded' });
  });

  it.each(['SELECT * FROM query($$DELETE FROM x$$)', 'SELECT * FROM iceberg._dli.published_runs'])(
    'is refused what any run is refused: %s',
    async (sql) => {
      const { run } = await start();
      expect((await run(sql)).outcome).toMatchObject({ kind: 'failed', error: { code: 'DLI-815' } });
    },
  );

  it.each(['permitted', 'cancelled'] as const)('does not end before it is %s', async (decision) => {
    const { warehouse } = await start();
    const controller = new AbortController();
    const permit = Promise.withResolvers<void>();
    const ran = Promise.withResolvers<void>();
    const reports: string[] = [];
    const log = (line: string) => {
      reports.push(line);
      ran.resolve();
    };
    const outcome = warehouse.execute(workOf(t, 'SELECT 1'), {
      signal: controller.signal,
      observer: { log, published: () => log('published'), postDone: () => undefined },
      mayCommit: permit.promise,
    });
    await ran.promise;
    // Another run begins later and ends: what does not wait is done by then.
    await execute(warehouse, workOf(t, 'SELECT 1'));
    expect(reports).toEqual([expect.stringMatching(/^s0: SELECT 1 row/)]);
    if (decision === 'permitted') permit.resolve();
    else controller.abort('shutdown');
    const permitted = decision === 'permitted';
    expect(await outcome).toMatchObject(permitted ? { kind: 'succeeded' } : { kind: 'cancelled', published: false });
    expect(reports.includes('published')).toBe(permitted);
  });

  it('is cancelled while it runs', async () => {
    const { warehouse, endlessQuery } = await start();
    const controller = new AbortController();
    const outcome = warehouse.execute(workOf(t, endlessQuery), {
      signal: controller.signal,
      observer: { log: () => undefined, published: () => undefined, postDone: () => undefined },
    });
    await execute(warehouse, workOf(t, 'SELECT 1'));
    controller.abort('stop');
    expect(await outcome).toMatchObject({ kind: 'cancelled', published: false });
    expect((await execute(warehouse, workOf(t, 'SELECT 1'))).outcome).toEqual({ kind: 'succeeded' });
  });
});
