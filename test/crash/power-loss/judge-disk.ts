import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { audit } from '../audit.ts';
import { drained } from '../drained.ts';
import { type RecordedState, readRecordedState } from '../recorded-state.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Told } from './told.ts';

/** Judges what a loss of power has left, before any server has seen it. Returns every violation, in words. */
export async function judgeDisk(dataDir: string, told: readonly Told[]): Promise<readonly string[]> {
  const file = join(dataDir, 'state.sqlite');
  if (!existsSync(file)) return told.length === 0 ? [] : ['the state is gone'];
  const damage = damageOf(file);
  if (damage.length > 0 || !hasState(file)) return told.length === 0 ? damage : [...damage, 'the state is not whole'];
  const state = await readRecordedState(dataDir, { writable: true });
  return [...told.flatMap((one) => auditTold(one, state)), ...auditAgreement(state)];
}

/** Lets a real server recover what is left, and judges what becomes of it. */
export async function judgeRecovery(sandbox: Sandbox, told: readonly Told[]): Promise<readonly string[]> {
  const server = await sandbox.startServer();
  await drained(server.client, 60_000);
  await server.terminate();
  return audit(sandbox.dataDir, {
    runIds: told.flatMap((one) => (one.kind === 'run' ? [one.runId] : [])),
    backfills: told.filter((one) => one.kind === 'backfill'),
    ended: new Map(told.flatMap((one) => (one.kind === 'ended' ? [[one.runId, one.status] as const] : []))),
    mayHaveMore: true,
  });
}

function damageOf(file: string): readonly string[] {
  const sqlite = new DatabaseSync(file);
  try {
    const found = sqlite
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => String(row.integrity_check));
    return found.join() === 'ok' ? [] : found;
  } finally {
    sqlite.close();
  }
}

/** Whether its tables are there: the first start may not have come so far. */
function hasState(file: string): boolean {
  const sqlite = new DatabaseSync(file);
  try {
    const names = sqlite.prepare("SELECT name FROM sqlite_schema WHERE name IN ('runs', 'ticks')").all();
    return names.length === 2;
  } finally {
    sqlite.close();
  }
}

/** What was told is there. */
function auditTold(told: Told, { runs, backfills, events }: RecordedState): readonly string[] {
  const has = (runId: string) => runs.some((run) => run.run_id === runId);
  switch (told.kind) {
    case 'run':
      return has(told.runId) ? [] : [`${told.runId} was acknowledged and is gone`];
    case 'ended': {
      const status = runs.find((run) => run.run_id === told.runId)?.status;
      return status === told.status ? [] : [`${told.runId} was told to be ${told.status} and is ${status}`];
    }
    case 'backfill': {
      const isStored = backfills.some(({ backfill_id, stored }) => backfill_id === told.backfillId && stored === 1);
      return isStored && told.runIds.every(has) ? [] : [`${told.backfillId} was acknowledged and is not whole`];
    }
    default: {
      const isThere = events.some(({ kind, dataset }) => kind === `workflow.${told.kind}` && dataset === told.dataset);
      return isThere ? [] : [`${told.dataset} was ${told.kind} and nothing tells of it`];
    }
  }
}

/** Ledger and tables name the same runs, each once; whatever is published is known, and whatever is known as published is. */
function auditAgreement({ runs, rows, ledger }: RecordedState): readonly string[] {
  const byUid = new Map(runs.map((run) => [run.run_uid, run]));
  const published = new Set(ledger.map((uid) => byUid.get(uid)?.run_id));
  return [
    ...(new Set(ledger).size === ledger.length ? [] : ['the ledger names a run twice']),
    ...ledger.flatMap((uid) => {
      const run = byUid.get(uid);
      if (!run) return [`${uid} is published and no run has it`];
      const mayBe =
        run.status === 'RUNNING' || run.status === 'COMPLETED' || (run.status === 'PENDING' && run.uncertain === 1);
      return mayBe ? [] : [`${run.run_id} is published and ${run.status}`];
    }),
    ...[...rows]
      .filter(([runId, count]) => count !== 1 || !published.has(runId))
      .map(
        ([runId, count]) => `${runId} has ${count} row(s) and is ${published.has(runId) ? '' : 'not '}in the ledger`,
      ),
    ...runs
      .filter((run) => published.has(run.run_id) && !rows.has(run.run_id))
      .map((run) => `${run.run_id} is in the ledger without its row`),
    ...runs
      .filter((run) => run.published === 1 && !published.has(run.run_id))
      .map((run) => `${run.run_id} is ${run.status} and published, and the ledger lacks it`),
  ];
}
