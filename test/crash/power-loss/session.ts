import type { BasecampClient } from '../../../src/client/basecamp-client.ts';
import { followBackfill, waitForRun } from '../../../src/client/wait.ts';
import { DliError } from '../../../src/contract/errors.ts';
import { appendingSpec } from '../datasets.ts';
import { type Random, seededRandom } from '../random.ts';
import type { Sandbox } from '../sandbox.ts';
import { noteTold } from './disk-log.ts';
import { changeSchedules, registerSchedules } from './schedule-session.ts';
import type { Told } from './told.ts';

/*
 * What is done while the disk is watched: runs, backfills, stops, pauses and schedules at the same time; a table that is large
 * enough for DuckDB to write it past its log, and checkpoints in the middle. One server is killed; the next one catches up what
 * its schedules missed, and ends in order.
 */

const quick = 'iceberg.power.quick';
const large = 'iceberg.power.large';
const checkpointing = 'iceberg.power.checkpointing';
const paused = 'iceberg.power.paused';

const numbers =
  'CREATE OR REPLACE TABLE iceberg.power.numbers AS SELECT range AS n, hash(range) AS h FROM range(150000)';
const specs = [
  { name: quick },
  { name: large, before: numbers },
  { name: checkpointing, after: 'CHECKPOINT' },
  { name: paused },
].map(appendingSpec);

/** What each of those who act has. */
export interface Session {
  readonly client: BasecampClient;
  readonly random: Random;
  /** Called when the answer is there, and before anything else is done. */
  readonly tell: (told: Told) => void;
}

/** Lives through it; every answer is noted in `log`. */
export async function liveWatched(
  sandbox: Sandbox,
  { log, seed }: { readonly log: string; readonly seed: number },
): Promise<void> {
  const tell = (told: Told) => noteTold(log, told);
  for (const life of [0, 1]) {
    const server = await sandbox.startServer();
    const { client } = server;
    if (life === 0) {
      for (const spec of specs) {
        const { dataset_name: dataset, revision } = await client.workflow.register({ spec });
        tell({ kind: 'registered', dataset, revision, schedule: null });
      }
      await registerSchedules({ client, tell, random: seededRandom(seed - 1) });
    }
    const clients = [triggerRuns, triggerRuns, triggerRuns, startBackfills, stopRuns, pauseAndUnpause, changeSchedules];
    await Promise.all(
      clients.map((act, index) => act({ client, tell, random: seededRandom(seed + life * 100 + index) })),
    );
    await (life === 0 ? server.kill() : server.terminate());
  }
}

async function trigger({ client, tell }: Session, dataset: string, rows = 1): Promise<string> {
  const run = await client.workflow.run({ dataset, params: { execution_date: '2024-01-15', rows } });
  if (!('run_id' in run)) throw new TypeError('a dry run was not asked for');
  tell({ kind: 'run', runId: run.run_id });
  return run.run_id;
}

async function triggerRuns(session: Session): Promise<void> {
  const { client, random, tell } = session;
  for (let count = 0; count < 10; count += 1) {
    const dataset = random.pick([quick, quick, quick, checkpointing, large]);
    const runId = await trigger(session, dataset);
    if (random.onceIn(3)) continue;
    const { status } = await waitForRun(client, runId);
    tell({ kind: 'ended', runId, status });
  }
}

async function startBackfills({ client, tell }: Session): Promise<void> {
  for (const end of ['2024-02-04', '2024-02-06']) {
    const started = await client.workflow.backfill({ dataset: quick, start_date: '2024-02-01', end_date: end });
    if (!('run_ids' in started)) throw new TypeError('a dry run was not asked for');
    const { backfill_id: backfillId, run_ids: runIds } = started;
    tell({ kind: 'backfill', backfillId, runIds });
    const { status } = await followBackfill(client, backfillId);
    if (status === 'COMPLETED') for (const runId of runIds) tell({ kind: 'ended', runId, status });
  }
}

async function stopRuns(session: Session): Promise<void> {
  const { client, tell } = session;
  for (let count = 0; count < 4; count += 1) {
    const runId = await trigger(session, checkpointing, 3_000_000);
    try {
      const { status } = await client.workflow.stop({ run_id: runId });
      if (status === 'KILLED') tell({ kind: 'ended', runId, status });
    } catch (error) {
      if (!(error instanceof DliError) || error.code !== 'DLI-807') throw error;
    }
  }
}

async function pauseAndUnpause({ client, tell }: Session): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    await client.workflow.pause({ dataset: paused });
    tell({ kind: 'paused', dataset: paused });
    await client.workflow.unpause({ dataset: paused });
    tell({ kind: 'unpaused', dataset: paused });
  }
}
