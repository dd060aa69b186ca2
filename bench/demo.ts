import { spawnSync } from 'node:child_process';
import type { Figure } from './figure.ts';

/** Measures the demo as a user runs it after `npm ci`. */
export function measureDemo(): readonly Figure[] {
  const startedAt = performance.now();
  const { status } = spawnSync('npm', ['run', 'demo'], {
    stdio: 'ignore',
    cwd: new URL('..', import.meta.url),
    shell: process.platform === 'win32',
  });
  const note = status === 0 ? 'its sums check' : `it ended with ${status}`;
  const seconds = (performance.now() - startedAt) / 1000;
  return [
    {
      what: 'demo after npm ci, in all',
      value: seconds,
      unit: 's',
      goal: { at: 'most', value: 30 },
      baseline: null,
      note,
    },
  ];
}
