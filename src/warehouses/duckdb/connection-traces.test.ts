import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConnectionTraces, mayLeaveHidden, type TraceAccount } from './connection-traces.ts';

/** Begins as many attempts; answers the account of the last. */
function begin(traces: ConnectionTraces, attempts: number): TraceAccount {
  const accounts = Array.from({ length: attempts }, () => traces.account());
  return accounts.at(-1) ?? expect.unreachable();
}

/** Traces of connections to files that are known to hide nothing. */
async function traces(answer: () => Promise<boolean> = () => Promise.resolve(false)): Promise<ConnectionTraces> {
  const made = new ConnectionTraces(answer);
  begin(made, 8);
  await made.settled();
  return made;
}

async function isCleanAfter(...texts: readonly string[]): Promise<boolean> {
  const account = (await traces()).account();
  for (const text of texts) account.runs(text);
  return account.isClean();
}

it.each([
  ['INSERT INTO t SELECT 1', true],
  ['-- a comment\n insert into t VALUES (1);\n', true],
  ['UPDATE t SET a = 1', true],
  ['DELETE FROM t', true],
  ['TRUNCATE t;', true],
  ['MERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE', true],
  ['CREATE TABLE t (a INTEGER)', false],
  ["INSERT INTO t SELECT ';'", false],
  ['DELETE FROM t; CREATE TABLE temp.mine (a INTEGER)', false],
  ['/* x */ INSERT INTO t SELECT 1', false],
  ['INSERT INTO t SELECT SetSeed(1)', false],
  ["INSERT INTO t FROM read_csv('x', Store_Rejects = true)", false],
  ["INSERT INTO t FROM read_csv('x', rejects_table = 'bad')", false],
  ['INSERT INTO rejected (store, rejects) VALUES (1, 2)', true],
  ['INSERT INTO t FROM (Pivot s ON k USING sum(v))', false],
  ['WITH x AS (SELECT 1) SELECT * FROM x', false],
  ['DROP TABLE t', false],
  ['', false],
])('a connection on which %j ran is clean: %j', async (sql, clean) => {
  expect(await isCleanAfter(sql)).toBe(clean);
  expect(await isCleanAfter(sql, 'DELETE FROM t')).toBe(clean);
});

it('no connection is clean on which something failed', async () => {
  const account = (await traces()).account();
  expect(account.isClean()).toBe(true);
  account.failed();
  expect(account.isClean()).toBe(false);
});

it('once a text has a seed, no connection is clean any more, those of attempts at work among them', async () => {
  const all = await traces();
  const atWork = all.account();
  const other = all.account();
  other.runs('CREATE MACRO m() AS setseed(0.5)');
  expect(atWork.isClean()).toBe(false);
  expect(all.account().isClean()).toBe(false);
});

describe('the files', () => {
  it('are asked once, when the eighth attempt begins, and until they have answered no connection is clean', async () => {
    const answer = Promise.withResolvers<boolean>();
    let asked = 0;
    const all = new ConnectionTraces(() => {
      asked += 1;
      return answer.promise;
    });
    begin(all, 7);
    expect(asked).toBe(0);
    const early = all.account();
    begin(all, 8);
    expect(asked).toBe(1);
    answer.resolve(false);
    await all.settled();
    // A macro that it called may have been dropped before the files were asked.
    expect(early.isClean()).toBe(false);
    expect(all.account().isClean()).toBe(true);
  });

  it.each([
    ['that may hide something', () => Promise.resolve(true)],
    ['that cannot be asked', () => Promise.reject(new TypeError('out of memory'))],
  ])('%s leave no connection clean', async (_, answer) => {
    expect((await traces(answer)).account().isClean()).toBe(false);
  });

  it('do not take back what a text brought while they were being asked', async () => {
    const answer = Promise.withResolvers<boolean>();
    const all = new ConnectionTraces(() => answer.promise);
    begin(all, 8).runs('CREATE VIEW v AS SELECT setseed(0.5)');
    answer.resolve(false);
    await all.settled();
    expect(all.account().isClean()).toBe(false);
  });

  it.each([
    ['SELECT 1', false],
    ['CREATE TABLE t (a INTEGER DEFAULT 1 CHECK (a > 0)); CREATE VIEW v AS FROM t; CREATE MACRO m(x) AS x', false],
    ['CREATE TABLE t (a INTEGER DEFAULT (CASE WHEN setseed(0.5) IS NULL THEN 1 END))', true],
    ['CREATE TABLE t (a INTEGER CHECK ("SETSEED"(0.5) IS NULL))', true],
    ['CREATE TABLE t (a DOUBLE, b BOOLEAN GENERATED ALWAYS AS (setseed(a) IS NULL))', true],
    ['CREATE VIEW v AS SELECT setseed(0.5)', true],
    ['CREATE MACRO m(x) AS x, (x, y) AS SetSeed(y)', true],
    ['CREATE MACRO m() AS TABLE SELECT setseed(0.5)', true],
    ['CREATE MACRO m(s) AS TABLE FROM query(s)', true],
    ['CREATE MACRO m(s) AS TABLE FROM "Query" /* x */ (s)', true],
    ['CREATE VIEW v AS SELECT query, (1 + 2) AS b FROM (SELECT 1 AS query)', false],
    ["CREATE VIEW v AS FROM read_csv('/proc/self/stat', rejects_table = 'bad', columns = {'a': 'VARCHAR'})", true],
    [
      "CREATE MACRO m() AS TABLE FROM read_csv('/proc/self/stat', Store_Rejects := true, columns = {'a': 'VARCHAR'})",
      true,
    ],
    ['CREATE VIEW v AS FROM enable_profiling()', true],
    ["CREATE MACRO m() AS TABLE FROM Enable_Profiling(format := 'json')", true],
    ["CREATE MACRO duckdb_databases() AS TABLE SELECT 'postgres' AS type", true],
    ['CREATE MACRO m(s) AS TABLE FROM json_execute_serialized_sql(s)', true],
    ["ATTACH ':memory:' AS other; CREATE SCHEMA other.s; CREATE VIEW other.s.v AS SELECT setseed(0.5)", true],
  ])('with %j may hide something: %j', async (sql, hides) => {
    const instance = await DuckDBInstance.create(':memory:');
    onTestFinished(() => instance.closeSync());
    const connection = await instance.connect();
    await connection.run(sql);
    expect(await mayLeaveHidden(connection)).toBe(hides);
  });

  it('can have no seed in an index, which is not looked for there', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    onTestFinished(() => instance.closeSync());
    const connection = await instance.connect();
    await connection.run('CREATE TABLE t (a DOUBLE)');
    const index = connection.run('CREATE INDEX i ON t ((setseed(a) IS NULL))');
    await expect(index).rejects.toThrow('side effects');
  });
});
