import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Figure, median } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';

const example = new URL('../examples/flights/', import.meta.url).pathname;
const flights = new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url).pathname;
const dates = Array.from({ length: 181 }, (_, day) => new Date(Date.UTC(2001, 0, 1 + day)).toISOString().slice(0, 10));
/** The machine changes its speed from second to second, so one pair says little. */
const rounds = 9;

/** A table for each round, so that both sides begin with an empty one: to delete rows takes longer than to find none. */
const targetOf = (round: number) => `iceberg.analytics.bench_flights_${round}`;
const columns = '(flight_date DATE, origin VARCHAR, flights BIGINT, on_time_share DOUBLE, average_delay DOUBLE)';
const query = (target: string, { start, end }: { readonly start: string; readonly end: string }) => `
INSERT INTO ${target}
SELECT CAST(date AS date), origin, count(*), avg(CASE WHEN delay <= 15 THEN 1.0 ELSE 0.0 END), avg(delay)
FROM iceberg.raw.flights
WHERE date >= TIMESTAMP '${start} 00:00:00' AND date < TIMESTAMP '${end} 00:00:00'
GROUP BY 1, 2`;

/** Measures what the server adds to each date of a 181-date backfill, against a bare DuckDB loop with the same statements. */
export async function measureBackfill(): Promise<readonly Figure[]> {
  const server = await startBenchServer({ config: join(example, 'basecamp.yaml') });
  try {
    for (let round = 0; round < rounds; round += 1)
      await server.client.workflow.register({ spec: benchSpec(targetOf(round)) });
    const through: number[] = [];
    const bare: number[] = [];
    const withLedger: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await bareLoop(targetOf(round)));
      through.push(await backfillOnce(server, targetOf(round)));
      withLedger.push(await bareLoop(targetOf(round), { ledger: true }));
    }
    const added = (side: readonly number[]) =>
      median(side.map((ms, round) => (ms - (bare[round] ?? Number.NaN)) / dates.length));
    return [
      {
        what: 'time added to each date of the 181-date backfill',
        value: added(through),
        unit: 'ms',
        goal: { at: 'most', value: 1 },
        baseline: { what: 'bare DuckDB transaction', value: median(bare) / dates.length, unit: 'ms' },
        note: `whole backfill ${Math.round(median(through))} ms, bare loop ${Math.round(median(bare))} ms; mean over the dates, median of ${rounds} pairs`,
      },
      {
        what: "… of which the ledger's row, added to the bare transaction",
        value: added(withLedger),
        unit: 'ms',
        goal: null,
        baseline: null,
      },
    ];
  } finally {
    await server.close();
  }
}

function benchSpec(target: string): string {
  return `name: ${target}
owner: bench@example.com
team: "@bench"
pre_statements:
  - {name: create, sql: "CREATE TABLE IF NOT EXISTS ${target} ${columns}"}
  - {name: delete_day, sql: "DELETE FROM ${target} WHERE flight_date = DATE '{{ execution_date }}'"}
query_statement: |
  ${query(target, { start: '{{ execution_date }}', end: '{{ tomorrow_ds }}' }).trim().replaceAll('\n', '\n  ')}
parameters:
  - {name: execution_date, type: date, required: true}
execution: {dialect: trino}
`;
}

/** Runs the backfill; milliseconds from its acceptance to its end, as the server records them. Nobody follows it meanwhile. */
async function backfillOnce({ client }: BenchServer, dataset: string): Promise<number> {
  const started = await client.workflow.backfill({
    dataset,
    start_date: '2001-01-01',
    end_date: '2001-06-30',
    params: {},
    dry_run: false,
  });
  if (!('backfill_id' in started)) throw new Error('a dry run was not asked for');
  for (;;) {
    await setTimeout(100);
    const now = await client.backfill.status({ backfill_id: started.backfill_id });
    if (now.finished_at === null) continue;
    if (now.status !== 'COMPLETED') throw new Error(`the backfill ended ${now.status}: ${now.reason}`);
    return Date.parse(now.finished_at) - Date.parse(now.created_at);
  }
}

/** The same statements for the same dates in a plain DuckDB connection, one transaction each; with a row of a ledger first, if asked for. */
async function bareLoop(target: string, { ledger = false } = {}): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-bare-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '2GB' });
  const connection = await instance.connect();
  await connection.run(`ATTACH '${join(folder, 'iceberg.duckdb')}' AS iceberg`);
  await connection.run('CREATE SCHEMA iceberg.raw; CREATE SCHEMA iceberg.analytics; CREATE SCHEMA iceberg.ledger');
  await connection.run('CREATE TABLE iceberg.ledger.runs (run_uid VARCHAR PRIMARY KEY)');
  await connection.run(`CREATE VIEW iceberg.raw.flights AS SELECT * FROM read_parquet('${flights}')`);
  const startedAt = performance.now();
  for (const [day, date] of dates.entries()) {
    const end = dates[day + 1] ?? '2001-07-01';
    await connection.run(ledger ? `BEGIN; INSERT INTO iceberg.ledger.runs VALUES ('${randomUUID()}')` : 'BEGIN');
    await connection.run(`CREATE TABLE IF NOT EXISTS ${target} ${columns}`);
    await connection.run(`DELETE FROM ${target} WHERE flight_date = DATE '${date}'`);
    await connection.run(query(target, { start: date, end }));
    await connection.run('COMMIT');
  }
  const elapsed = performance.now() - startedAt;
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true });
  return elapsed;
}
