import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { audit } from './audit.ts';
import { runChaos, type Victim } from './chaos.ts';
import { buildFastClockPackage, fastProgram, type TestPackage } from './fast-clock-package.ts';
import { Sandbox } from './sandbox.ts';

/*
 * SIGKILL at random points. The seed is printed; the same strikes come again with DLI_CRASH_SEED=<seed> (the system's
 * scheduling differs, so try it several times). DLI_CRASH_ROUNDS=<n> strikes n times as often: 20 takes about five minutes.
 */
const rounds = Number(process.env.DLI_CRASH_ROUNDS ?? 1);
const seed = Number(process.env.DLI_CRASH_SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const strikes = 8;

const sandboxes: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.dispose()));
});

let fastClock: TestPackage;
beforeAll(async () => {
  fastClock = await buildFastClockPackage();
});
afterAll(() => fastClock.remove());

interface Scenario {
  readonly what: string;
  readonly victims: readonly Victim[];
  /** With schedules, time runs this fast. */
  readonly rate?: number;
}

const scenarios: readonly Scenario[] = [
  { what: 'the server', victims: ['server'] },
  { what: 'the warehouse process', victims: ['warehouse'] },
  { what: 'any of its processes', victims: ['server', 'warehouse', 'compiler'], rate: 240 },
];

process.stdout.write(`DLI_CRASH_SEED=${seed}\n`);

describe('every accepted run ends once and publishes once, and every tick has one outcome', () => {
  for (const [index, { what, victims, rate }] of scenarios.entries()) {
    it(`though ${what} is killed again and again`, { timeout: 150_000 * rounds }, async () => {
      for (let round = 0; round < rounds; round += 1) {
        const roundSeed = (seed + round * scenarios.length + index) >>> 0;
        const sandbox = new Sandbox(undefined, rate === undefined ? {} : fastProgram(fastClock, rate));
        sandboxes.push(sandbox);
        const { told, kills } = await runChaos(sandbox, {
          seed: roundSeed,
          strikes,
          victims,
          schedules: rate !== undefined,
        });
        const runs = told.runIds.length + told.backfills.reduce((sum, { runIds }) => sum + runIds.length, 0);
        process.stdout.write(`round ${round + 1}: ${runs} runs, kills ${JSON.stringify(kills)}\n`);
        expect(await audit(sandbox.dataDir, told), `DLI_CRASH_SEED=${seed}`).toEqual([]);
        await sandbox.dispose();
      }
    });
  }
});
