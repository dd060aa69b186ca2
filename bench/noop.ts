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
const dataset = 'iceberg.bench.noop';

/** Measures a no-op run from the HTTP trigger to the event that says COMPLETED, one at a time. */
export async function measureNoop(): Promise<readonly Figure[]> {
  const server = await startBenchServer();
  try {
    const spec = `name: ${dataset}\nowner: bench@example.com\nteam: "@bench"\nquery_statement: SELECT 1\n`;
    await server.client.workflow.register({ spec, file_name: 'noop.yaml', files: {}, schedule: {} });
    const latencies: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      bare.push(...(await bareCommits()));
      latencies.push(...(await runOneByOne(server)));
    }
    return [
      {
        what: 'no-op run, HTTP trigger to COMPLETED, one at a time, median',
        value: median(latencies),
        unit: 'ms',
        goal: { at: 'most', value: 10 },
        baseline: { what: 'bare DuckDB transaction with one row, median', value: median(bare), unit: 'ms' },
        note: `p99 ${quantile(latencies, 0.99).toFixed(1)} ms`,
      },
    ];
  } finally {
    await server.close();
  }
}

async function runOneByOne({ client }: BenchServer): Promise<number[]> {
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

async function bareCommits(): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-bare-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`ATTACH '${join(folder, 'x.duckdb')}' AS x; CREATE TABLE x.main.t (uid VARCHAR PRIMARY KEY)`);
  const durations: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    const startedAt = performance.now();
    await connection.run(`BEGIN; INSERT INTO x.main.t VALUES ('${index}'); SELECT 1; COMMIT`);
    durations.push(performance.now() - startedAt);
  }
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true });
  return durations;
}
