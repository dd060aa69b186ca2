import { setTimeout as pause } from 'node:timers/promises';
import type { Figure } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';
import { triggerLoad } from './trigger-load.ts';

const runs = 3_000;
const datasets = 100;
const warmUp = 500;
const askEveryMs = 50;

/** Measures no-op runs a second through the engine: 50 clients trigger them as fast as they can, until the last one has ended. */
export async function measureThroughput(): Promise<readonly Figure[]> {
  const server = await startBenchServer();
  try {
    for (let index = 0; index < datasets; index += 1) {
      const spec = `name: iceberg.bench.noop_${index}\nowner: bench@example.com\nteam: "@bench"\nquery_statement: SELECT 1\n`;
      await server.client.workflow.register({ spec });
    }
    await runAll(server, warmUp);
    const seconds = await runAll(server, runs);
    const { items: failed } = await server.client.workflow.history({ status: 'FAILED', limit: 1 });
    if (failed.length > 0) throw new Error(`${failed[0]?.run_id} failed`);
    return [
      {
        what: `no-op runs through the engine, ${datasets} datasets, 50 clients trigger`,
        value: runs / seconds,
        unit: '/s',
        goal: { at: 'least', value: 500 },
        baseline: null,
        note: `${runs} runs, from the first trigger to the last end`,
      },
    ];
  } finally {
    await server.close();
  }
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
