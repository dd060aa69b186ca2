import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type BareWork, columns, dates, type Loop, lapsOf, query } from './backfill-loop.ts';

const flights = new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url).pathname;

/** The same statements for the same dates in a plain DuckDB connection, one transaction each; with a row of a ledger first, if asked for. */
async function bareLoop({ target, ledger }: BareWork): Promise<Loop> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-bare-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '2GB' });
  const connection = await instance.connect();
  await connection.run(`ATTACH '${join(folder, 'iceberg.duckdb')}' AS iceberg`);
  await connection.run('CREATE SCHEMA iceberg.raw; CREATE SCHEMA iceberg.analytics; CREATE SCHEMA iceberg.ledger');
  await connection.run('CREATE TABLE iceberg.ledger.runs (run_uid VARCHAR PRIMARY KEY)');
  await connection.run(`CREATE VIEW iceberg.raw.flights AS SELECT * FROM read_parquet('${flights}')`);
  const startedAt = performance.now();
  const ends: number[] = [];
  for (const [day, date] of dates.entries()) {
    const end = dates[day + 1] ?? '2001-07-01';
    await connection.run(ledger ? `BEGIN; INSERT INTO iceberg.ledger.runs VALUES ('${randomUUID()}')` : 'BEGIN');
    await connection.run(`CREATE TABLE IF NOT EXISTS ${target} ${columns}`);
    await connection.run(`DELETE FROM ${target} WHERE flight_date = DATE '${date}'`);
    await connection.run(query(target, { start: date, end }));
    await connection.run('COMMIT');
    ends.push(performance.now());
  }
  const ms = performance.now() - startedAt;
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true });
  return { ms, dates: lapsOf(ends) };
}

// The parent ends this process by disconnecting.
process.on('message', async (work: BareWork) => process.send?.(await bareLoop(work)));
