import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { outsideFunctions } from './allowed-statements.ts';
import { ConnectionTraces, type TraceAccount } from './connection-traces.ts';

/* Every table function of DuckDB, and some forms of queries, are tried for what they leave on a connection. */

/** What can be seen of a connection, but for its macros: DuckDB takes 20 ms to list functions. */
const state = `
  SELECT 'table', table_name FROM duckdb_tables() WHERE temporary
  UNION ALL SELECT 'view', view_name FROM duckdb_views() WHERE temporary AND NOT internal
  UNION ALL SELECT 'type', type_name FROM duckdb_types() WHERE database_name = 'temp' AND NOT internal
  UNION ALL SELECT 'sequence', sequence_name FROM duckdb_sequences() WHERE temporary
  UNION ALL SELECT 'variable', name FROM duckdb_variables()
  UNION ALL SELECT 'prepared', name FROM duckdb_prepared_statements()
  UNION ALL SELECT name, value FROM duckdb_settings()
  ORDER BY ALL`;

async function look(connection: DuckDBConnection): Promise<string> {
  return JSON.stringify((await connection.runAndReadAll(state)).getRowsJson());
}

/** The account of an attempt on files that hide nothing. */
async function account(): Promise<TraceAccount> {
  const traces = new ConnectionTraces(() => Promise.resolve(false));
  for (let attempt = 0; attempt < 8; attempt += 1) traces.account();
  await traces.settled();
  return traces.account();
}

it('whatever leaves something on its connection is seen in the text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dli-lasting-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const csv = join(folder, 'x.csv');
  writeFileSync(csv, 'a,b\n1,2\nno,3\n');
  const instance = await DuckDBInstance.create(':memory:');
  onTestFinished(() => instance.closeSync());
  const own = await instance.connect();
  await own.run(`CREATE TABLE source AS SELECT 'k' || (i % 3) AS k, i AS v FROM range(9) r(i)`);
  await own.run('CREATE TABLE target (x VARCHAR); CREATE SEQUENCE nth');
  const functions = await own.runAndReadAll(
    "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'table' ORDER BY ALL",
  );
  const refused = new RegExp(outsideFunctions);
  const froms = [
    `FROM read_csv('${csv}', columns = {'a': 'INTEGER', 'b': 'INTEGER'}, store_rejects = true)`,
    `FROM read_csv('${csv}', columns = {'a': 'INTEGER', 'b': 'INTEGER'}, rejects_table = 'bad')`,
    `FROM read_csv('${csv}', ignore_errors = true)`,
    'FROM (PIVOT source ON k USING sum(v))',
    "FROM (PIVOT source ON k IN ('k0') USING sum(v))",
    'FROM (SUMMARIZE source)',
    'FROM (SHOW ALL TABLES)',
    'FROM source TABLESAMPLE 50%',
    "SELECT nextval('nth') + currval('nth')",
    // The others act on the whole process, read memory at an address or print; runs may not call them.
    ...functions
      .getRowsJson()
      .map(String)
      .filter((name) => !refused.test(name))
      .flatMap((name) => ['', "'source'", `'${csv}'`, "'SELECT 1'", '1'].map((values) => `FROM ${name}(${values})`)),
  ];
  const leaving: string[] = [];
  const unseen: string[] = [];
  const fresh = await look(own);
  for (const from of froms) {
    const connection = await instance.connect();
    const sql = `INSERT INTO target SELECT 'x' FROM (${from})`;
    // Most do not like their arguments.
    await connection.run(sql).catch((error: unknown) => expect(error).toBeInstanceOf(Error));
    if ((await look(connection)) !== fresh) {
      leaving.push(from);
      const traces = await account();
      traces.runs(sql);
      if (traces.isClean()) unseen.push(from);
    }
    connection.closeSync();
  }
  expect(unseen).toEqual([]);
  expect(leaving).toEqual([froms[0], froms[1], froms[3]]);
});
