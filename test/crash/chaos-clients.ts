import { setTimeout as pause } from 'node:timers/promises';
import type { BasecampClient } from '../../src/client/basecamp-client.ts';
import { newIdempotencyKey } from '../../src/client/idempotency-key.ts';
import { followBackfill, waitForRun } from '../../src/client/wait.ts';
import { DliError, type ErrorCode } from '../../src/contract/errors.ts';
import type { Random } from './random.ts';
import type { RestartingServer } from './restarting-server.ts';

/* Clients that trigger, backfill and stop without pause, until the chaos is over. */

/** What the clients of a chaos share. */
export interface Chaos {
  readonly server: RestartingServer;
  readonly over: AbortSignal;
  readonly datasets: readonly string[];
  readonly runIds: string[];
  readonly backfills: { readonly backfillId: string; readonly runIds: readonly string[] }[];
  readonly ended: Map<string, string>;
}

/** One of the clients; what it does is up to its own random numbers. */
export type ChaosClient = (chaos: Chaos, random: Random) => Promise<void>;

/** Triggers runs, and waits for every other one. */
export const triggerRuns: ChaosClient = async ({ server, over, datasets, runIds, ended }, random) => {
  while (!over.aborted) {
    const dataset = random.pick(datasets);
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
};

/** What a backfill is asked for: its order is judged by what of it the state keeps. */
function randomBackfill(random: Random) {
  return {
    start_date: '2024-01-05',
    end_date: `2024-01-${String(random.between(10, 16))}`,
    parallel: random.pick([1, 1, 2, 4]),
    reverse: random.onceIn(3),
    continue_on_failure: random.onceIn(3),
  };
}

/** Starts backfills, waits for most of them, and resumes some of those that did not complete. */
export const startBackfills: ChaosClient = async ({ server, over, datasets, backfills }, random) => {
  while (!over.aborted) {
    const dataset = random.pick(datasets);
    const request = { dataset, ...randomBackfill(random) };
    const context = { idempotencyKey: newIdempotencyKey() };
    const started = await server.insist((client) => client.workflow.backfill(request, { context }));
    if (!('run_ids' in started)) continue;
    const { backfill_id: backfillId, run_ids: runIds } = started;
    backfills.push({ backfillId, runIds });
    if (random.onceIn(3)) await pause(random.between(0, 100));
    else await untilEnd(server, { backfillId, random, over });
  }
};

/** Waits for the end of a backfill, and as often as chance has it resumes it where it did not complete. */
async function untilEnd(
  server: RestartingServer,
  ended: { readonly backfillId: string; readonly random: Random; readonly over: AbortSignal },
): Promise<void> {
  const { backfillId, random, over } = ended;
  const { status } = await server.insist((client) => followBackfill(client, backfillId));
  if (status === 'COMPLETED' || random.onceIn(3) || over.aborted) return;
  const context = { idempotencyKey: newIdempotencyKey() };
  await server.insist((client) => client.backfill.resume({ backfill_id: backfillId }, { context }));
  await untilEnd(server, ended);
}

/** Stops runs and backfills, many of which have ended already. */
export const stopThings: ChaosClient = async (chaos, random) => {
  const { server, over, runIds, backfills } = chaos;
  while (!over.aborted) {
    await pause(random.between(10, 150));
    const ofBackfill = random.onceIn(3) ? backfills.at(-1) : undefined;
    if (ofBackfill && random.onceIn(3)) {
      const { backfillId } = ofBackfill;
      const context = { idempotencyKey: newIdempotencyKey() };
      await server
        .insist((client) => client.backfill.stop({ backfill_id: backfillId }, { context }))
        .catch(refusedAsEnded);
      continue;
    }
    const candidates = ofBackfill ? ofBackfill.runIds : runIds.slice(-5);
    if (candidates.length > 0) await stopRun(chaos, random.pick(candidates));
  }
};

/** Stops a run and notes how it ended, if the answer tells. */
export async function stopRun({ server, ended }: Pick<Chaos, 'server' | 'ended'>, runId: string): Promise<void> {
  const context = { idempotencyKey: newIdempotencyKey() };
  const status = await server
    .insist((client) => client.workflow.stop({ run_id: runId }, { context }))
    .then(
      (run) => run.status,
      (error: unknown) => refusedAsEnded(error),
    );
  if (status !== undefined && status !== 'RUNNING' && status !== 'PENDING') ended.set(runId, status);
}

/** A stop may come too late: then the answer tells how it ended. */
function refusedAsEnded(error: unknown): string | undefined {
  if (!(error instanceof DliError) || error.code !== 'DLI-807') throw error;
  return /ended:? (COMPLETED|FAILED|KILLED)/.exec(error.message)?.[1];
}

/** Passes over errors of these codes. @throws every other one */
export function only(...codes: readonly ErrorCode[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof DliError) || !codes.includes(error.code)) throw error;
  };
}

/**
 * Registers or updates a valid spec. Checking it needs the other processes: when one is killed under it, or has no time on a
 * crowded machine, the client is told so and asks again.
 */
export async function insistOnSpec(
  server: RestartingServer,
  save: (client: BasecampClient) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await server.insist(save);
  } catch (error) {
    only('DLI-815', 'DLI-816')(error);
    return insistOnSpec(server, save);
  }
}
