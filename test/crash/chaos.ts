import { setTimeout as pause } from 'node:timers/promises';
import { newIdempotencyKey } from '../../src/client/idempotency-key.ts';
import { followBackfill, waitForRun } from '../../src/client/wait.ts';
import { DliError } from '../../src/contract/errors.ts';
import type { Told } from './audit.ts';
import { appendingSpec } from './datasets.ts';
import { drained } from './drained.ts';
import type { Random } from './random.ts';
import { RestartingServer } from './restarting-server.ts';
import type { Sandbox } from './sandbox.ts';

/*
 * Clients that trigger, backfill and stop without pause, and a killer that strikes some events and some milliseconds
 * later. The pauses here are what the chaos does; nothing waits for a result by them.
 */

/** What is killed: each strike picks one. */
export type Victim = 'server' | 'warehouse' | 'compiler';

/** What a chaos did. */
export interface ChaosReport {
  readonly told: Told & Required<Pick<Told, 'backfills'>>;
  readonly kills: Readonly<Record<Victim | 'newborn', number>>;
}

interface Chaos {
  readonly random: Random;
  readonly server: RestartingServer;
  readonly over: AbortSignal;
  readonly runIds: string[];
  readonly backfills: { readonly backfillId: string; readonly runIds: readonly string[] }[];
  readonly ended: Map<string, string>;
}

const datasets = ['iceberg.chaos.quick', 'iceberg.chaos.slow', 'iceberg.chaos.posting'] as const;
/** A run whose warehouse's or compiler's process dies three times under it fails. */
const failures = /took its warehouse process down three times|compiler's process was ended from outside three times/;
const drainMs = 60_000;

/** Lets clients and a killer loose on a server until it was struck `strikes` times, then lets it finish and stops it. */
export async function runChaos(
  sandbox: Sandbox,
  {
    random,
    strikes,
    victims,
  }: { readonly random: Random; readonly strikes: number; readonly victims: readonly Victim[] },
): Promise<ChaosReport> {
  const server = new RestartingServer(sandbox);
  const over = new AbortController();
  const chaos: Chaos = { random, server, over: over.signal, runIds: [], backfills: [], ended: new Map() };
  const [quick, slow, posting] = datasets;
  const specs = [{ name: quick }, { name: slow, rows: 4_000_000 }, { name: posting, rows: 400_000, posts: true }];
  for (const spec of specs) await (await server.current()).client.workflow.register({ spec: appendingSpec(spec) });
  const end = () => over.abort();
  const clients = [trigger(chaos), trigger(chaos), backfill(chaos), stop(chaos)];
  const [kills] = await Promise.all([
    strike(chaos, { strikes, victims }).finally(end),
    // A client that gets an answer that it must not get ends all of it.
    ...clients.map((client) => client.finally(end)),
  ]);
  const last = await server.current();
  await drained(last.client, drainMs);
  await last.terminate();
  return { kills, told: { ...chaos, posting: [posting], failures } };
}

async function trigger(chaos: Chaos): Promise<void> {
  const { random, server, over, runIds, ended } = chaos;
  while (!over.aborted) {
    const dataset = random.pick(datasets) ?? datasets[0];
    const params = { execution_date: `2024-03-${String(random.between(10, 28))}` };
    const context = { idempotencyKey: newIdempotencyKey() };
    const run = await server.insist((client) => client.workflow.run({ dataset, params }, { context }));
    if (!('run_id' in run)) continue;
    runIds.push(run.run_id);
    if (random.onceIn(2)) {
      const { status } = await server.insist((client) => waitForRun(client, run.run_id));
      ended.set(run.run_id, status);
    } else await pause(random.between(0, 100));
  }
}

async function backfill({ random, server, over, backfills }: Chaos): Promise<void> {
  while (!over.aborted) {
    const dataset = random.pick(datasets) ?? datasets[0];
    const range = { start_date: '2024-01-05', end_date: `2024-01-${String(random.between(10, 20))}` };
    const context = { idempotencyKey: newIdempotencyKey() };
    const started = await server.insist((client) => client.workflow.backfill({ dataset, ...range }, { context }));
    if (!('run_ids' in started)) continue;
    backfills.push({ backfillId: started.backfill_id, runIds: started.run_ids });
    if (random.onceIn(3)) await pause(random.between(0, 100));
    else await server.insist((client) => followBackfill(client, started.backfill_id));
  }
}

async function stop(chaos: Chaos): Promise<void> {
  const { random, server, over, runIds, backfills, ended } = chaos;
  while (!over.aborted) {
    await pause(random.between(10, 150));
    const context = { idempotencyKey: newIdempotencyKey() };
    const ofBackfill = random.onceIn(3) ? backfills.at(-1) : undefined;
    if (ofBackfill && random.onceIn(3)) {
      const { backfillId } = ofBackfill;
      await server
        .insist((client) => client.backfill.stop({ backfill_id: backfillId }, { context }))
        .catch(refusedAsEnded);
      continue;
    }
    const runId = ofBackfill ? random.pick(ofBackfill.runIds) : random.pick(runIds.slice(-5));
    if (runId === undefined) continue;
    const status = await server
      .insist((client) => client.workflow.stop({ run_id: runId }, { context }))
      .then(
        (run) => run.status,
        (error: unknown) => refusedAsEnded(error),
      );
    if (status !== undefined && status !== 'RUNNING' && status !== 'PENDING') ended.set(runId, status);
  }
}

/** A stop may come too late: then the answer tells how it ended. */
function refusedAsEnded(error: unknown): string | undefined {
  if (!(error instanceof DliError) || error.code !== 'DLI-807') throw error;
  return /ended:? (COMPLETED|FAILED|KILLED)/.exec(error.message)?.[1];
}

async function strike(
  { random, server, over }: Chaos,
  { strikes, victims }: { readonly strikes: number; readonly victims: readonly Victim[] },
) {
  const kills = { server: 0, warehouse: 0, compiler: 0, newborn: 0 };
  while (kills.server + kills.warehouse + kills.compiler < strikes && !over.aborted) {
    const { client } = await server.current();
    const quiet = new AbortController();
    const events = await client.events.follow({}, { signal: quiet.signal });
    for (let event = random.between(1, 8); event > 0; event -= 1) await events.next();
    quiet.abort();
    await pause(random.between(0, 60));
    const victim = random.pick(victims) ?? 'server';
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
