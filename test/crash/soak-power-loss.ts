import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { buildFastClockPackage, fastProgram, type TestPackage } from './fast-clock-package.ts';
import { type DiskRecord, readDiskLog } from './power-loss/disk-log.ts';
import { DiskModel, type Kept } from './power-loss/disk-model.ts';
import { judgeDisk, judgeRecovery, lastSeenAt } from './power-loss/judge-disk.ts';
import { liveWatched } from './power-loss/session.ts';
import { buildShim } from './power-loss/shim.ts';
import type { Told } from './power-loss/told.ts';
import { type Random, seededRandom } from './random.ts';
import { Sandbox } from './sandbox.ts';

/** Places of the log at which the power goes, besides those around every acknowledgement. */
const morePoints = 200;
/** At one in so many of all places a real server recovers what is left. */
const recoverOneIn = 12;
const keeps: readonly Kept[] = ['nothing', 'prefix', 'everything', 'some'];
/** Were syncs of these files left out, something acknowledged would be lost: the judge is tried on that, too. */
const controls = { 'the state': /state\.sqlite-wal$/, 'the warehouse': /\.duckdb\.wal$/ } as const;
const controlOneIn = 8;
/** A minute of the schedules is half a second. */
const rate = 120;
/** The power was away for so long, by the clock of the schedules. */
const awayMs = 5 * 60_000;
/** Not put back: made anew by every start, or not read by it. */
const passing = /(-shm|\.log|server\.pid|lock\.sqlite.*)$/;

interface Options {
  readonly seed: number;
  readonly say: (line: string) => void;
}

/**
 * Watches what servers do to their files, rebuilds the files as a loss of power may leave them, and judges them. Returns how
 * many violations there were.
 */
export async function soakPowerLoss({ seed, say }: Options): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-power-'));
  const fastClock = await buildFastClockPackage();
  try {
    const shim = buildShim(folder);
    if (shim === undefined) {
      say('Loss of power: left out, as there is no C compiler (or this is not Linux)');
      return 0;
    }
    const { log, root } = await watch({ folder, shim, seed, fastClock });
    return await judgeAll(log, { root, seed, say, fastClock });
  } finally {
    fastClock.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function watch({
  folder,
  shim,
  seed,
  fastClock,
}: {
  readonly folder: string;
  readonly shim: string;
  readonly seed: number;
  readonly fastClock: TestPackage;
}) {
  const log = join(folder, 'disk.log');
  const program = fastProgram(fastClock, rate);
  const env: Record<string, string> = { ...program.env, LD_PRELOAD: shim, DLI_POWER_LOG: log };
  const sandbox = new Sandbox(undefined, { ...program, env });
  env.DLI_POWER_ROOT = sandbox.dataDir;
  try {
    await liveWatched(sandbox, { log, seed });
    return { log: readDiskLog(readFileSync(log)), root: sandbox.dataDir };
  } finally {
    await sandbox.dispose();
  }
}

interface Judging extends Options {
  readonly root: string;
  readonly fastClock: TestPackage;
}

async function judgeAll(log: readonly DiskRecord[], { root, seed, say, fastClock }: Judging): Promise<number> {
  const startedAt = performance.now();
  const random = seededRandom(seed);
  const points = pointsOf(log, random);
  const model = new DiskModel();
  const told: Told[] = [];
  const all = log.flatMap((record) => (record.kind === 'told' ? [toldOf(record)] : []));
  const counts = { points: 0, recoveries: 0, violations: 0 };
  for (const [index, record] of log.entries()) {
    if (points.has(index)) {
      const kept = keeps[counts.points % keeps.length] ?? 'nothing';
      const recovers = counts.points % recoverOneIn === 0;
      const found = await judgePoint(model.files(kept, random), {
        root,
        told,
        recovers: recovers ? { all, fastClock } : null,
      });
      for (const violation of found) say(`power lost at ${index} with ${kept} of what is not synced: ${violation}`);
      counts.points += 1;
      counts.recoveries += recovers ? 1 : 0;
      counts.violations += found.length;
    }
    model.take(record);
    if (record.kind === 'told') told.push(toldOf(record));
  }
  const count = (kind: DiskRecord['kind']) =>
    log.filter((record) => record.kind === kind).length.toLocaleString('en-US');
  say(`watched: ${count('write')} writes, ${count('sync-end')} syncs, ${count('told')} acknowledgements`);
  say(`ticks that clients were told of: ${tickOutcomes(all)}`);
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  say(`power lost at ${counts.points} places, ${counts.recoveries} of them recovered by a server, in ${seconds} s`);
  for (const [what, deafTo] of Object.entries(controls)) {
    const { places, noticed } = await control(log, { root, deafTo, random });
    say(`control: without the syncs of ${what}, the judge notices at ${noticed} of ${places} places`);
    counts.violations += noticed === 0 ? 1 : 0;
  }
  say(`violations: ${counts.violations}`);
  return counts.violations;
}

/** Counts ticks by outcome, each once: `40 run, 3 missed`. */
function tickOutcomes(all: readonly Told[]): string {
  const outcomes = new Map<string, string>();
  for (const one of all)
    if (one.kind === 'ticks') for (const { at, outcome } of one.ticks) outcomes.set(`${one.dataset} ${at}`, outcome);
  const counts = Map.groupBy(outcomes.values(), (outcome) => outcome);
  return [...counts].map(([outcome, { length }]) => `${length} ${outcome}`).join(', ');
}

/** Judges disks that have lost what was synced. A judge that never notices is blind. */
async function control(
  log: readonly DiskRecord[],
  { root, deafTo, random }: { readonly root: string; readonly deafTo: RegExp; readonly random: Random },
): Promise<{ readonly places: number; readonly noticed: number }> {
  const model = new DiskModel({ deafTo });
  const told: Told[] = [];
  let [places, noticed] = [0, 0];
  for (const record of log) {
    model.take(record);
    if (record.kind !== 'told') continue;
    told.push(toldOf(record));
    if (told.length % controlOneIn !== 0) continue;
    const found = await judgePoint(model.files('nothing', random), { root, told, recovers: null });
    places += 1;
    noticed += found.length > 0 ? 1 : 0;
  }
  return { places, noticed };
}

function toldOf({ what }: DiskRecord & { readonly kind: 'told' }): Told {
  // Written by this test's own session.
  return what as Told;
}

/** The places just before and just after each acknowledgement, the end, and some others. The power goes before the record. */
function pointsOf(log: readonly DiskRecord[], random: Random): ReadonlySet<number> {
  const around = log.flatMap(({ kind }, index) => (kind === 'told' ? [index, index + 1] : []));
  const others = Array.from({ length: morePoints }, () => random.between(0, log.length - 1));
  return new Set([...around, ...others, log.length - 1]);
}

interface Recovery {
  readonly all: readonly Told[];
  readonly fastClock: TestPackage;
}

async function judgePoint(
  files: ReadonlyMap<string, Uint8Array>,
  {
    root,
    told,
    recovers,
  }: { readonly root: string; readonly told: readonly Told[]; readonly recovers: Recovery | null },
): Promise<readonly string[]> {
  const sandbox = new Sandbox();
  try {
    putBack(files, { root, dataDir: sandbox.dataDir });
    if (!recovers) return await judgeDisk(sandbox.dataDir, told);
    return await recover(files, { root, told, seenAt: lastSeenAt(sandbox.dataDir), ...recovers });
  } catch (error) {
    return [String(error)];
  } finally {
    await sandbox.dispose();
  }
}

function putBack(
  files: ReadonlyMap<string, Uint8Array>,
  { root, dataDir }: { readonly root: string; readonly dataDir: string },
): void {
  for (const [path, bytes] of files) {
    if (passing.test(path)) continue;
    const place = join(dataDir, relative(root, path));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, bytes);
  }
}

/** The server starts some minutes later than the last moment that the state knows of, on files that nobody has opened. */
async function recover(
  files: ReadonlyMap<string, Uint8Array>,
  {
    root,
    told,
    seenAt,
    all,
    fastClock,
  }: Recovery & { readonly root: string; readonly told: readonly Told[]; readonly seenAt: number | undefined },
): Promise<readonly string[]> {
  const now = seenAt === undefined ? undefined : seenAt + awayMs;
  const sandbox = new Sandbox(undefined, fastProgram(fastClock, rate, now));
  try {
    putBack(files, { root, dataDir: sandbox.dataDir });
    return await judgeRecovery(sandbox, { told, all });
  } finally {
    await sandbox.dispose();
  }
}
