import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Figure, median } from './figure.ts';
import { startBenchServer } from './server-process.ts';

const rounds = 7;

/** Measures an empty server: from the start of its process to ready, and its memory when idle. */
export async function measureStart(): Promise<readonly Figure[]> {
  const ready: number[] = [];
  const bare: number[] = [];
  const resident: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(bareNode());
    const server = await startBenchServer();
    ready.push(server.readyMs);
    await server.client.system.health({});
    resident.push(residentMegabytes(server.process.pid));
    await server.close();
  }
  return [
    {
      what: 'server start to ready, empty',
      value: median(ready) / 1000,
      unit: 's',
      goal: { at: 'most', value: 0.5 },
      baseline: { what: 'node -e 0', value: median(bare) / 1000, unit: 's' },
    },
    {
      what: 'resident memory of the idle server',
      value: median(resident),
      unit: 'MB',
      goal: { at: 'most', value: 120 },
      baseline: null,
      note: 'warehouse and compiler processes start at first use and are not part of it',
    },
  ];
}

function bareNode(): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - startedAt;
}

/** Linux tells it in /proc; elsewhere `ps` does, in kilobytes as well. */
function residentMegabytes(pid: number | undefined): number {
  if (process.platform === 'linux') {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  }
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) / 1024;
}
