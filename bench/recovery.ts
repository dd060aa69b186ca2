import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, median } from './figure.ts';
import { startBenchServer } from './server-process.ts';
import { triggerLoad } from './trigger-load.ts';

const rounds = 3;
const waiting = 1_000;
const running = 4;

/** Measures how long a server takes to serve again after SIGKILL, with runs at work and a long line of waiting ones. */
export async function measureRecovery(): Promise<readonly Figure[]> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) seconds.push(await killAndRestart());
  return [
    {
      what: `serving again after SIGKILL, ${waiting.toLocaleString('en')} runs queued and ${running} running`,
      value: median(seconds),
      unit: 's',
      goal: { at: 'most', value: 2 },
      baseline: null,
    },
  ];
}

async function killAndRestart(): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'dli-bench-'));
  try {
    const server = await startBenchServer({ dataDir });
    // As many datasets as runs may be at work, each with one run that outlasts the measurement and a line behind it.
    for (let index = 0; index < running; index += 1) {
      const spec = `name: iceberg.bench.noop_${index}\nowner: bench@example.com\nteam: "@bench"\nquery_statement: SELECT count(*) FROM range(100000000000)\n`;
      await server.client.workflow.register({ spec });
    }
    await triggerLoad(server.url, { requests: waiting + running, datasets: running });
    const ended = once(server.process, 'exit');
    server.process.kill('SIGKILL');
    await ended;
    const again = await startBenchServer({ dataDir });
    const { runs } = await again.client.system.health();
    if (runs.PENDING + runs.RUNNING !== waiting + running) throw new Error('runs were lost');
    await again.close();
    return again.readyMs / 1000;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
