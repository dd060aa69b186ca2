import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Figure, median, quantile } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';

const rounds = 3;
/** In each round. */
const runs = 100;
const warmUp = 30;
const noop = 'iceberg.bench.noop';
const append = 'iceberg.bench.append';
const specs = [
  `name: ${noop}\nowner: bench@example.com\nteam: "@bench"\nquery_statement: SELECT 1\n`,
  `name: ${append}\nowner: bench@example.com\nteam: "@bench"\npre_statements: [{name: create, sql: CREATE TABLE IF NOT EXISTS ${append} (a INTEGER)}]\nquery_statement: INSERT INTO ${append} VALUES (1)\n`,
];

/** Measures a run from the HTTP trigger to the event that says COMPLETED, one at a time: one that only reads, and one that writes. */
export async function measureNoop(): Promise<readonly Figure[]> {
  const server = await startBenchServer();
  try {
    for (const spec of specs) await server.client.workflow.register({ spec, files: {}, schedule: {} });
    const latencies = { noop: [] as number[], append: [] as number[] };
    const bare = { query: [] as number[], transaction: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      bare.query.push(...(await bareStatements(() => 'SELECT 1')));
      bare.transaction.push(
        ...(await bareStatements((row) => `BEGIN; INSERT INTO x.main.t VALUES ('${row}'); COMMIT`)),
      );
      latencies.noop.push(...(await runOneByOne(server, noop)));
      latencies.append.push(...(await runOneByOne(server, append)));
    }
    return [
      {
        ...figureOf('no-op run', latencies.noop),
        goal: { at: 'most', value: 10 },
        baseline: { what: 'bare DuckDB `SELECT 1`, median', value: median(bare.query), unit: 'ms' },
      },
      {
        ...figureOf('run that appends a row', latencies.append),
        goal: null,
        baseline: {
          what: 'bare DuckDB transaction with one row, median',
          value: median(bare.transaction),
          unit: 'ms',
        },
      },
    ];
  } finally {
    await server.close();
  }
}

function figureOf(what: string, latencies: readonly number[]): Pick<Figure, 'what' | 'value' | 'unit' | 'note'> {
  return {
    what: `${what}, HTTP trigger to COMPLETED, one at a time, median`,
    value: median(latencies),
    unit: 'ms',
    note: `p99 ${quantile(latencies, 0.99).toFixed(1)} ms`,
  };
}

async function runOneByOne({ client }: BenchServer, dataset: string): Promise<readonly number[]> {
  const controller = new AbortController();
  const events = await client.events.follow({ dataset_name: dataset }, { signal: controller.signal });
  const completed = (async function* () {
    for await (const event of events) if (event.kind === 'run.completed') yield event;
  })();
  const latencies: number[] = [];
  for (let index = 0; index < warmUp + runs; index += 1) {
    const startedAt = performance.now();
    const [next] = await Promise.all([completed.next(), client.workflow.run({ dataset, params: {}, dry_run: false })]);
    if (next.done) throw new Error('the events ended');
    if (index >= warmUp) latencies.push(performance.now() - startedAt);
  }
  controller.abort();
  return latencies;
}

/** Runs statements one after the other in a plain DuckDB with a keyed table `x.main.t`; tells the milliseconds of each. */
async function bareStatements(sql: (row: number) => string): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-bare-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`ATTACH '${join(folder, 'x.duckdb')}' AS x; CREATE TABLE x.main.t (uid VARCHAR PRIMARY KEY)`);
  const durations: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    const startedAt = performance.now();
    await connection.run(sql(index));
    durations.push(performance.now() - startedAt);
  }
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true });
  return durations;
}
