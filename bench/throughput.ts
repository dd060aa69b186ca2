import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Figure, median } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';
import { clients, triggerLoad } from './trigger-load.ts';

const rounds = 3;
/** In each round. */
const runs = 3_000;
const datasets = 100;
const warmUp = 500;
const askEveryMs = 50;

/** What runs, and how many at once. */
interface Kind {
  readonly what: string;
  /** `max_concurrent_runs`: 4 by default; 8 uses two cores better where runs do little. */
  readonly places: number;
  /** The statements of a dataset, in YAML. */
  readonly statements: (dataset: string) => string;
  readonly goal: Figure['goal'];
}

const goal = { at: 'least', value: 500 } as const;
const noop = { what: 'no-op runs', statements: () => 'query_statement: SELECT 1\n', goal };
/** Each in a transaction, with its row in the ledger. */
const append = {
  what: 'runs that append a row',
  statements: (dataset: string) =>
    `pre_statements: [{name: create, sql: CREATE TABLE IF NOT EXISTS ${dataset} (a INTEGER)}]\n` +
    `query_statement: INSERT INTO ${dataset} VALUES (1)\n`,
  goal: null,
};
const kinds: readonly Kind[] = [
  { ...noop, places: 4 },
  { ...noop, places: 8 },
  { ...append, places: 4 },
];

/** Measures runs a second through the engine: clients trigger them as fast as they can, until the last one has ended. */
export async function measureThroughput(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-places-'));
  const servers = new Map<Kind, BenchServer>();
  try {
    for (const kind of kinds) {
      const server = await startBenchServer({ config: configOf(kind.places, folder) });
      servers.set(kind, server);
      await prepare(server, kind);
    }
    const perSecond = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]));
    // In turn: the machine is not equally fast all the time.
    for (let round = 0; round < rounds; round += 1)
      for (const [kind, server] of servers) perSecond.get(kind)?.push(runs / (await runAll(server, runs)));
    for (const server of servers.values()) await refuseFailures(server);
    return kinds.map((kind) => ({
      what: `${kind.what} through the engine, ${kind.places} at once, ${datasets} datasets, ${clients} clients trigger`,
      value: median(perSecond.get(kind) ?? []),
      unit: '/s',
      goal: kind.goal,
      baseline: null,
      note: `${runs} runs, from the first trigger to the last end; median of ${rounds}`,
    }));
  } finally {
    for (const server of servers.values()) await server.close();
    rmSync(folder, { recursive: true });
  }
}

/** Writes the configuration of a server with so many places for runs. */
function configOf(count: number, folder: string): string {
  const config = join(folder, `places-${count}.yaml`);
  writeFileSync(
    config,
    `max_concurrent_runs: ${count}\nwarehouses:\n  default: {type: duckdb, max_concurrent_runs: ${count}}\n`,
  );
  return config;
}

/** Registers the datasets, and warms the server up. */
async function prepare(server: BenchServer, { statements }: Kind): Promise<void> {
  for (let index = 0; index < datasets; index += 1) {
    const name = `iceberg.bench.noop_${index}`;
    const spec = `name: ${name}\nowner: bench@example.com\nteam: "@bench"\n${statements(name)}`;
    await server.client.workflow.register({ spec });
  }
  await runAll(server, warmUp);
}

/** Triggers runs and waits until all have ended; tells the seconds, at most {@link askEveryMs} too many. Nobody follows them meanwhile. */
async function runAll(server: BenchServer, count: number): Promise<number> {
  const startedAt = performance.now();
  const { failed } = await triggerLoad(server.url, { requests: count, datasets });
  if (failed > 0) throw new Error(`${failed} triggers were refused`);
  while (await isAnyLeft(server)) await pause(askEveryMs);
  return (performance.now() - startedAt) / 1000;
}

async function isAnyLeft({ client }: BenchServer): Promise<boolean> {
  for (const status of ['PENDING', 'RUNNING'] as const) {
    const { items } = await client.workflow.history({ status, limit: 1 });
    if (items.length > 0) return true;
  }
  return false;
}

async function refuseFailures({ client }: BenchServer): Promise<void> {
  const { items: failed } = await client.workflow.history({ status: 'FAILED', limit: 1 });
  if (failed.length > 0) throw new Error(`${failed[0]?.run_id} failed`);
}
