import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePrograms } from '../../scripts/bundles.ts';
import type { Program } from './dli-process.ts';
import { fastClockVariable } from './fast-clock.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fastClock = fileURLToPath(new URL('fast-clock.ts', import.meta.url));

/** A package that was bundled for tests, and what removes it. */
export interface TestPackage {
  readonly folder: string;
  readonly remove: () => void;
}

/** Bundles the package as `npm run build` does, but for one module: the server's clock is the one of `fast-clock.ts`. */
export async function buildFastClockPackage(): Promise<TestPackage> {
  // Below the root, so that the packages that are not bundled are found.
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fast-clock-'));
  await bundlePrograms(join(folder, 'dist'), [
    {
      name: 'fast-clock',
      setup: (build) =>
        build.onLoad({ filter: /[\\/]src[\\/]server[\\/]system-clock\.ts$/ }, () => ({
          contents: `export { fastClock as systemClock } from ${JSON.stringify(fastClock)};`,
          resolveDir: root,
        })),
    },
  ]);
  for (const part of ['bin', 'migrations', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The program of such a package whose time runs `rate` times as fast from now on, when it is `now` (epoch ms). @default now the machine's time */
export function fastProgram({ folder }: TestPackage, rate: number, now = Date.now()): Required<Program> {
  const real = Date.now();
  // The clock shows origin + (real - origin) * rate, which has to be `now`.
  const origin = Math.round((real * rate - now) / (rate - 1));
  return { packageFolder: folder, env: { [fastClockVariable]: `${origin}:${rate}` } };
}
