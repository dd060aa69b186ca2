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
/** The machine changes its speed from second to second, so one round says little. */
const rounds = 27;
/** The ledger's row by itself is measured in every third round: it has no goal. */
const ledgerEach = 3;

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
    const through: Loop[] = [];
    const bare: Loop[] = [];
    const withLedger: (Loop | undefined)[] = [];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await bareLoop(targetOf(round)));
      through.push(await backfillOnce(server, targetOf(round)));
      withLedger.push(round % ledgerEach === 0 ? await bareLoop(targetOf(round), { ledger: true }) : undefined);
    }
    bare.push(await bareLoop(targetOf(rounds)));
    // Beside the bare loops before and after, since the machine's speed drifts.
    const beside = (round: number, of: (loop: Loop) => number | undefined) =>
      [round, round + 1].reduce((sum, at) => sum + (of(bare[at] ?? { ms: NaN, dates: [] }) ?? NaN) / 2, 0);
    const added = (side: readonly (Loop | undefined)[], from = 0, to = rounds) =>
      median(
        side.flatMap((loop, round) =>
          round < from || round >= to
            ? []
            : (loop?.dates ?? []).map((ms, date) => ms - beside(round, ({ dates: bareDates }) => bareDates[date])),
        ),
      );
    // What grows with the age of a server shows here.
    const thirds = [0, 1, 2].map((third) =>
      added(through, (third * rounds) / 3, ((third + 1) * rounds) / 3).toFixed(2),
    );
    const addedInAll = (side: readonly Loop[]) =>
      median(side.map(({ ms }, round) => (ms - beside(round, (loop) => loop.ms)) / dates.length));
    const perDate = (side: readonly Loop[]) => median(side.flatMap(({ dates: each }) => each));
    return [
      {
        what: 'time added to each date of the 181-date backfill, median',
        value: added(through),
        unit: 'ms',
        goal: { at: 'most', value: 1 },
        baseline: { what: 'bare DuckDB transaction, median', value: perDate(bare), unit: 'ms' },
        note: `each date but the first beside the same date of the bare loops before and after, ${rounds} times; in thirds of the rounds ${thirds.join(', ')} ms`,
      },
      {
        what: '… mean over the dates, the start of the backfill included',
        value: addedInAll(through),
        unit: 'ms',
        goal: null,
        baseline: { what: 'bare DuckDB transaction, mean', value: meanOf(bare), unit: 'ms' },
        note: `whole backfill ${whole(through)} ms, bare loop ${whole(bare)} ms; median of ${rounds} rounds`,
      },
      {
        what: "… of which the ledger's row, added to each bare transaction, median",
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

/** How long all dates took, and each of them but the first, in milliseconds. */
interface Loop {
  readonly ms: number;
  readonly dates: readonly number[];
}

function whole(side: readonly Loop[]): number {
  return Math.round(median(side.map(({ ms }) => ms)));
}

function meanOf(side: readonly Loop[]): number {
  return median(side.map(({ ms }) => ms)) / dates.length;
}

/** The times between one end and the next. */
function lapsOf(ends: readonly number[]): readonly number[] {
  return ends.slice(1).map((end, date) => end - (ends[date] ?? NaN));
}

/** Runs the backfill; from its acceptance to its end, as the server records them in whole milliseconds. Nobody follows it meanwhile. */
async function backfillOnce({ client }: BenchServer, dataset: string): Promise<Loop> {
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
    const ms = Date.parse(now.finished_at) - Date.parse(now.created_at);
    return { ms, dates: lapsOf(await endsOf(client, dataset)) };
  }
}

/** When the runs of a dataset ended, in order. */
async function endsOf(client: BenchServer['client'], dataset: string): Promise<readonly number[]> {
  const ends: number[] = [];
  let cursor: string | null = null;
  do {
    const page = await client.workflow.history({ dataset_name: dataset, limit: 100, ...(cursor && { cursor }) });
    ends.push(...page.items.map(({ finished_at }) => Date.parse(finished_at ?? '')));
    cursor = page.next_cursor;
  } while (cursor !== null);
  if (ends.length !== dates.length || ends.some(Number.isNaN))
    throw new Error(`${ends.length} ends of ${dates.length}`);
  return ends.toSorted((left, right) => left - right);
}

/** The same statements for the same dates in a plain DuckDB connection, one transaction each; with a row of a ledger first, if asked for. */
async function bareLoop(target: string, { ledger = false } = {}): Promise<Loop> {
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
