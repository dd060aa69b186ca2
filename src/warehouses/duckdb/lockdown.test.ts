import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

const t = 'iceberg.analytics.t';
let fixture: DuckdbFixture;

beforeAll(async () => {
  fixture = await openFixture((folder) => ({
    initSql: `CREATE SCHEMA IF NOT EXISTS iceberg.raw;
      CREATE OR REPLACE VIEW iceberg.raw.words AS SELECT * FROM read_csv('data/words.csv');`,
    catalogs: {
      iceberg: join(folder, 'warehouse', 'iceberg.duckdb'),
      other: join(folder, 'warehouse', 'other.duckdb'),
    },
  }));
  mkdirSync(join(fixture.folder, 'outside'));
  writeFileSync(join(fixture.folder, 'data', 'words.csv'), 'word\nhello\n');
  writeFileSync(join(fixture.folder, 'outside', 'secret.csv'), 'a\nsecret\n');
  await run(`CREATE TABLE ${t} (a INTEGER)`);
});
afterAll(() => fixture.dispose());

const run = async (sql: string, post?: string) => {
  const postStatements = post === undefined ? [] : [{ label: 'post', sql: post, continueOnError: false }];
  return (await execute(fixture.warehouse, workOf(t, sql, { postStatements }))).outcome;
};
const refused = { kind: 'failed', published: false, error: { mendable: false } };
const notAllowed = { ...refused, error: { code: 'DLI-815', mendable: false } };

describe('what users’ SQL cannot do', () => {
  it('reads allowed folders, also through a view of init_sql with a relative path', async () => {
    expect(await run('SELECT * FROM iceberg.raw.words')).toEqual({ kind: 'succeeded' });
    expect(await run("SELECT * FROM 'data/words.csv'")).toEqual({ kind: 'succeeded' });
  });

  it.each([
    "SELECT * FROM read_csv('outside/secret.csv')",
    "SELECT * FROM read_text('outside/secret.csv')",
    "SELECT * FROM read_blob('data/../outside/secret.csv')",
    "SELECT * FROM 'outside/secret.csv'",
    "SELECT * FROM glob('outside/*')",
    "SELECT * FROM sniff_csv('outside/secret.csv')",
    "SELECT * FROM read_json('outside/secret.csv')",
    "SELECT * FROM parquet_scan('outside/secret.csv')",
    "SELECT getenv('HOME')",
    "WITH x AS MATERIALIZED (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x",
  ])('reads nothing else: %s', async (sql) => {
    expect(await run(sql)).toMatchObject(refused);
  });

  it('reads the files of the attached catalogs as bytes, whose tables it can read anyway, and no others beside them', async () => {
    writeFileSync(join(fixture.folder, 'warehouse', 'note.txt'), 'secret');
    expect(await run("SELECT size FROM read_blob('warehouse/other.duckdb')")).toEqual({ kind: 'succeeded' });
    expect(await run("SELECT * FROM read_blob('warehouse/note.txt')")).toMatchObject(refused);
    expect(await run("SELECT * FROM read_blob('warehouse/*')")).toMatchObject(refused);
    rmSync(join(fixture.folder, 'warehouse', 'note.txt'));
  });

  it.each([
    "ATTACH ':memory:' AS x",
    'DETACH iceberg',
    'USE other',
    'SET threads = 1',
    'SET GLOBAL external_threads = 1',
    'SET VARIABLE x = 1',
    'RESET threads',
    'PRAGMA show_tables',
    'CALL pragma_version()',
    `COPY ${t} TO 'data/out.csv'`,
    "COPY (SELECT 1) TO 'warehouse/iceberg.duckdb'",
    'COPY FROM DATABASE iceberg TO other',
    "EXPORT DATABASE 'data/x'",
    'LOAD json',
    'INSTALL httpfs',
    'UPDATE EXTENSIONS',
    'PREPARE x AS SELECT 1',
    'EXPLAIN ANALYZE SELECT 1',
    'CREATE SECRET s (TYPE s3)',
    'CREATE OR REPLACE PERSISTENT SECRET s (TYPE s3)',
    'CREATE TEMP TABLE x (a INTEGER)',
    'CHECKPOINT iceberg',
    'VACUUM',
    'FORCE CHECKPOINT iceberg',
    "SELECT * FROM query('SELECT 1')",
    "INSERT INTO iceberg.analytics.t SELECT * FROM Query('SELECT 1')",
    'SELECT * FROM "query" /* /* */ */ (\'SELECT 1\')',
    "SELECT * FROM query_table('t')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM force_checkpoint('iceberg')",
    "FROM enable_logging('QueryLog')",
    "FROM enable_logging(storage = 'file', storage_path = 'outside/logs')",
    'SELECT * FROM "enable_profiling"(save_location = \'outside/profile.json\')',
    'FROM truncate_duckdb_logs()',
    "SELECT write_log('hello')",
    'FROM arrow_scan(1, 2, 3)',
    'SELECT 1\u0000; COMMIT',
  ])('is refused by name: %s', async (sql) => {
    expect(await run(sql)).toMatchObject(notAllowed);
    expect(await run(`SELECT 1;\n${sql}`)).toMatchObject(notAllowed);
  });

  it.each([
    'SELECT * FROM iceberg._dli.published_runs',
    'SELECT * FROM iceberg . "_DLI" /* x */ . published_runs',
    'SELECT * FROM other._dli.published_runs',
    "INSERT INTO iceberg.\u00a0_dli.published_runs VALUES ('x', now())",
    'DROP SCHEMA iceberg._dli CASCADE',
    'CREATE TABLE iceberg.analytics._dli_own (a INTEGER)',
    'SELECT 1_dli',
    'CREATE MACRO m() AS TABLE SELECT * FROM iceberg._dLi.published_runs',
  ])('cannot use the product’s own names: %s', async (sql) => {
    expect(await run(sql)).toMatchObject(notAllowed);
  });

  it('may use names that only contain _dli', async () => {
    expect(await run('SELECT a AS my_dli FROM iceberg.analytics.t')).toEqual({ kind: 'succeeded' });
  });

  it('cannot write a second catalog', async () => {
    const outcome = await run('CREATE TABLE other.main.x (a INTEGER)');
    expect(outcome).toMatchObject(notAllowed);
    expect(outcome).toMatchObject({
      error: { statement: 's0', message: expect.stringMatching(/^writes catalog 'other'/) },
    });
  });

  it('has CHECKPOINT and VACUUM only after the commit, and no settings there either', async () => {
    expect(await run('SELECT 1', 'CHECKPOINT iceberg; VACUUM')).toEqual({ kind: 'succeeded' });
    expect(await run('SELECT 1', 'SET threads = 1')).toMatchObject({ kind: 'failed', published: true, postIndex: 0 });
    expect(await run('SELECT 1', 'FORCE CHECKPOINT')).toMatchObject({ kind: 'failed', published: true });
  });

  it('says the line and what is allowed', async () => {
    const outcome = await run(`SELECT 1;\n\n  -- then\n  COPY ${t} TO 'x'`);
    expect(outcome).toMatchObject({
      error: {
        line: 4,
        column: 3,
        message: expect.stringMatching(/^COPY is not allowed here: allowed are SELECT, INSERT/),
      },
    });
  });

  it('leaves no file behind but the warehouse’s own', () => {
    expect(readdirSync(join(fixture.folder, 'data'))).toEqual(['words.csv']);
    expect(
      readdirSync(join(fixture.folder, 'warehouse')).filter((name) => !/^(iceberg|other)\.duckdb(\.wal)?$/.test(name)),
    ).toEqual([]);
  });

  it('takes a text of many statements and of many semicolons', async () => {
    expect(await run('SELECT 1;'.repeat(500))).toEqual({ kind: 'succeeded' });
    expect(await run(`${';'.repeat(10_000)}SELECT 1`)).toEqual({ kind: 'succeeded' });
    expect(await run(' -- nothing\n ;; ')).toMatchObject({ error: { message: 'there is no statement in the SQL' } });
    expect(await run(`SELECT '${'x'.repeat(2_000_000)}'`)).toEqual({ kind: 'succeeded' });
  });
});
