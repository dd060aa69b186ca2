import { setTimeout as pause } from 'node:timers/promises';
import type { Told } from './audit.ts';
import { type Chaos, insistOnSpec, startBackfills, stopThings, triggerRuns } from './chaos-clients.ts';
import { appendingSpec, readingSpec } from './datasets.ts';
import { drained } from './drained.ts';
import { type Random, seededRandom } from './random.ts';
import { RestartingServer } from './restarting-server.ts';
import type { Sandbox } from './sandbox.ts';
import { postingTicks, ScheduleClient } from './schedule-chaos.ts';

/*
 * Clients that trigger, backfill, stop and change schedules without pause, and a killer that strikes some events and some
 * milliseconds later. The pauses here are what the chaos does; nothing waits for a result by them.
 */

/** What is killed: each strike picks one. */
export type Victim = 'server' | 'warehouse' | 'compiler';

/** How often what was killed; newborns are servers that were not ready yet. */
export type Kills = Readonly<Record<Victim | 'newborn', number>>;

/** What a chaos did. */
export interface ChaosReport {
  readonly told: Told & Required<Pick<Told, 'backfills'>>;
  readonly kills: Kills;
}

/** What a chaos is made of. */
export interface ChaosOptions {
  /** What everybody does follows from it; how it falls together does not, as the system decides who runs when. */
  readonly seed: number;
  readonly strikes: number;
  readonly victims: readonly Victim[];
  /** Schedules, too: for a sandbox whose program's clock runs fast. @default false */
  readonly schedules?: boolean;
}

const datasets = [
  'iceberg.chaos.quick',
  'iceberg.chaos.slow',
  'iceberg.chaos.posting',
  'iceberg.chaos.failing',
  'iceberg.chaos.reading',
] as const;
/** One run in four fails, whatever it computes. */
const failing = "SELECT CAST('on purpose' || n AS INTEGER) FROM range(1) AS t(n) WHERE hash('{{ run_id }}') % 4 = 0";
/** A run whose warehouse's or compiler's process dies three times under it fails. */
const failures =
  /on purpose|took its warehouse process down three times|compiler's process was ended from outside three times/;
const drainMs = 120_000;

/** Lets clients and a killer loose on a server until it was struck `strikes` times, then lets it finish and stops it. */
export async function runChaos(
  sandbox: Sandbox,
  { seed, strikes, victims, schedules = false }: ChaosOptions,
): Promise<ChaosReport> {
  const server = new RestartingServer(sandbox);
  const over = new AbortController();
  const chaos: Chaos = { server, over: over.signal, datasets, runIds: [], backfills: [], ended: new Map() };
  const [quick, slow, posting, sometimes, reading] = datasets;
  const specs = [
    appendingSpec({ name: quick }),
    appendingSpec({ name: slow, rows: 4_000_000 }),
    appendingSpec({ name: posting, rows: 400_000, posts: true }),
    appendingSpec({ name: sometimes, rows: 400_000, before: failing }),
    readingSpec({ name: reading, rows: 400_000 }),
  ];
  for (const spec of specs) await insistOnSpec(server, (client) => client.workflow.register({ spec }));
  const end = () => over.abort();
  // Each has random numbers of its own, so that what one does does not depend on when the others ask.
  const [ofKiller, ofSchedules, ...others] = Array.from({ length: 7 }, (_, n) => seededRandom(seed + n * 7_919));
  const scheduling = schedules && ofSchedules ? new ScheduleClient(chaos, ofSchedules) : undefined;
  const clients = [triggerRuns, triggerRuns, startBackfills, startBackfills, stopThings].map((client, index) =>
    client(chaos, others[index] ?? seededRandom(seed)),
  );
  const striking = strike(chaos, { random: ofKiller ?? seededRandom(seed), strikes, victims });
  // A client that gets an answer that it must not get ends all of it, but only when everybody has stopped.
  const all = [striking, ...clients, ...(scheduling ? [scheduling.run()] : [])];
  const outcomes = await Promise.allSettled(all.map((one) => one.finally(end)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  const kills = await striking;
  await scheduling?.finish();
  const last = await server.current();
  await drained(last.client, drainMs);
  await last.terminate();
  const { runIds, backfills, ended } = chaos;
  const told = { runIds, backfills, ended, posting: [posting, postingTicks], reading: [reading], failures };
  return { kills, told: scheduling ? { ...told, schedules: scheduling.revisions } : told };
}

async function strike(
  { server, over }: Chaos,
  { random, strikes, victims }: { readonly random: Random } & Pick<ChaosOptions, 'strikes' | 'victims'>,
): Promise<Kills> {
  const kills = { server: 0, warehouse: 0, compiler: 0, newborn: 0 };
  while (kills.server + kills.warehouse + kills.compiler < strikes && !over.aborted) {
    const { client } = await server.current();
    const quiet = new AbortController();
    const events = await client.events.follow({}, { signal: quiet.signal });
    for (let event = random.between(1, 8); event > 0; event -= 1) await events.next();
    quiet.abort();
    await pause(random.between(0, 60));
    const victim = random.pick(victims);
    if (victim !== 'server') kills[victim] += (await server.killChild(victim)) ? 1 : 0;
    else {
      kills.server += 1;
      await server.killServer(async () => {
        if (!random.onceIn(4)) return false;
        await pause(random.between(0, 500));
        kills.newborn += 1;
        return true;
      });
    }
  }
  return kills;
}
