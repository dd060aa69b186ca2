import type { Figure } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';
import { triggerLoad } from './trigger-load.ts';

const runs = 3_000;
const datasets = 100;
const warmUp = 500;

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

/** Triggers runs and waits until all have ended; tells the seconds. */
async function runAll({ url, client }: BenchServer, count: number): Promise<number> {
  const controller = new AbortController();
  const events = await client.events.follow({ kind: ['run.completed', 'run.failed'] }, { signal: controller.signal });
  const startedAt = performance.now();
  const triggered = triggerLoad(url, { requests: count, datasets });
  for (let ended = 0; ended < count; ended += 1) await events.next();
  const seconds = (performance.now() - startedAt) / 1000;
  controller.abort();
  const { failed } = await triggered;
  if (failed > 0) throw new Error(`${failed} triggers were refused`);
  return seconds;
}
