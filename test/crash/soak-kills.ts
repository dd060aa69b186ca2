import { audit } from './audit.ts';
import { runChaos, type Victim } from './chaos.ts';
import { buildFastClockPackage, fastProgram } from './fast-clock-package.ts';
import { type RecordedState, readRecordedState } from './recorded-state.ts';
import { Sandbox } from './sandbox.ts';

/** What one folder is struck with before it is judged. */
const strikesARound = 25;
/** So many violations are enough to look into. */
const enough = 20;
/** A minute of the schedules is a quarter of a second. */
const rate = 240;
/** The server most of all: with it, everything else dies, too. */
const victims: readonly Victim[] = ['server', 'server', 'warehouse', 'warehouse', 'compiler'];

/** What a soak counts. */
class Tally {
  readonly counts = new Map<string, number>();

  add(what: string, count: number): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  /** Writes what begins with `prefix`: `1,204 run, 88 missed`. */
  text(prefix: string): string {
    const found = [...this.counts].filter(([what]) => what.startsWith(prefix));
    return found.map(([what, count]) => `${count.toLocaleString('en-US')} ${what.slice(prefix.length)}`).join(', ');
  }

  sum(prefix: string): number {
    return [...this.counts].reduce((sum, [what, count]) => (what.startsWith(prefix) ? sum + count : sum), 0);
  }
}

/** Strikes real servers until `kills` kills are survived. Returns how many violations there were; none is how it should be. */
export async function soakKills(options: {
  readonly seed: number;
  readonly kills: number;
  readonly say: (line: string) => void;
}): Promise<number> {
  const { seed, kills, say } = options;
  const startedAt = performance.now();
  const tally = new Tally();
  const fastClock = await buildFastClockPackage();
  try {
    for (let round = 0; tally.sum('kill ') < kills && tally.sum('violation') < enough; round += 1) {
      const violations = await liveRound(new Sandbox(undefined, fastProgram(fastClock, rate)), seed + round, tally);
      for (const violation of violations) say(`round ${round + 1}: ${violation}`);
      const so = `${tally.sum('kill ')} kills, ${tally.sum('run ')} runs, ${tally.sum('tick ')} ticks`;
      say(`round ${round + 1} (seed ${seed + round}): ${so}, ${tally.sum('violation')} violations so far`);
    }
  } finally {
    fastClock.remove();
  }
  const minutes = (performance.now() - startedAt) / 60_000;
  say('');
  say(`kills survived: ${tally.sum('kill ').toLocaleString('en-US')} (${tally.text('kill ')})`);
  say(`runs: ${tally.text('run ')}`);
  say(`backfills: ${tally.text('backfill ')}`);
  say(`ticks: ${tally.text('tick ')}`);
  say(`violations: ${tally.sum('violation')}, in ${minutes.toFixed(1)} minutes`);
  return tally.sum('violation');
}

async function liveRound(sandbox: Sandbox, seed: number, tally: Tally): Promise<readonly string[]> {
  const violations = await judgeRound(sandbox, seed, tally).catch((error: unknown) => [
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  ]);
  tally.add('violation', violations.length);
  if (violations.length === 0) await sandbox.dispose();
  else await sandbox.end();
  return violations.length === 0 ? violations : [...violations, `left in ${sandbox.folder}`];
}

async function judgeRound(sandbox: Sandbox, seed: number, tally: Tally): Promise<readonly string[]> {
  const chaos = await runChaos(sandbox, { seed: seed >>> 0, strikes: strikesARound, victims, schedules: true });
  const violations = await audit(sandbox.dataDir, chaos.told);
  for (const [victim, count] of Object.entries(chaos.kills)) tally.add(`kill ${victim}`, count);
  count(await readRecordedState(sandbox.dataDir), tally);
  return violations;
}

function count({ runs, backfills, ticks }: RecordedState, tally: Tally): void {
  for (const { run_type, status } of runs) tally.add(`run ${run_type} ${status}`, 1);
  for (const { status } of backfills) tally.add(`backfill ${status}`, 1);
  for (const tick of ticks) tally.add(`tick ${tick.outcome}`, tick.count);
}
