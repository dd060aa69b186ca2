import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { audit } from '../audit.ts';
import { drained } from '../drained.ts';
import { type RecordedState, readRecordedState } from '../recorded-state.ts';
import type { Sandbox, ServerProcess } from '../sandbox.ts';
import type { AskedSchedule } from '../schedules.ts';
import { judgeTicks } from './judge-ticks.ts';
import { ticking, tickingSpec } from './schedule-session.ts';
import { type Told, toldSchedules } from './told.ts';

/** Judges what a loss of power has left, before any server has seen it. Returns every violation, in words. */
export async function judgeDisk(dataDir: string, told: readonly Told[]): Promise<readonly string[]> {
  const file = join(dataDir, 'state.sqlite');
  if (!existsSync(file)) return told.length === 0 ? [] : ['the state is gone'];
  const damage = damageOf(file);
  if (damage.length > 0 || !hasState(file)) return told.length === 0 ? damage : [...damage, 'the state is not whole'];
  const state = await readRecordedState(dataDir, { writable: true });
  const kinds = [...new Set(told.map(({ kind }) => kind))];
  return [
    ...told.flatMap((one) => auditTold(one, state)),
    ...kinds.flatMap((kind) => auditCount(kind, { told, state })),
    ...auditAgreement(state),
    ...judgeTicks(dataDir, state),
  ];
}

/** Lets a real server recover what is left, and judges what becomes of it. `all` is what is told at any time. */
export async function judgeRecovery(
  sandbox: Sandbox,
  { told, all }: { readonly told: readonly Told[]; readonly all: readonly Told[] },
): Promise<readonly string[]> {
  const server = await sandbox.startServer();
  const disabled = await endSchedules(server);
  await drained(server.client, 60_000);
  await server.terminate();
  return audit(sandbox.dataDir, {
    runIds: told.flatMap((one) => (one.kind === 'run' ? [one.runId] : [])),
    backfills: told.filter((one) => one.kind === 'backfill'),
    ended: new Map(told.flatMap((one) => (one.kind === 'ended' ? [[one.runId, one.status] as const] : []))),
    mayHaveMore: true,
    // The disk may have more than was told by then.
    schedules: new Map([...toldSchedules(all), ...disabled]),
  });
}

const off: AskedSchedule = {
  enabled: false,
  cron: '* * * * *',
  timezone: 'UTC',
  executionDate: 'same_day',
  catchup: 'none',
  overlap: 'queue',
};

/** Ends pauses and schedules, so that nothing new comes. Tells the revisions without a schedule in force. */
async function endSchedules({ client }: ServerProcess): Promise<ReadonlyMap<string, AskedSchedule>> {
  const { items } = await client.workflow.list({});
  const revisions = new Map<string, AskedSchedule>();
  for (const { dataset_name: dataset, status } of items) {
    if (status === 'paused') await client.workflow.unpause({ dataset });
    if (!ticking.some((name) => name === dataset)) continue;
    const { revision } = await client.workflow.update({ dataset, spec: tickingSpec(dataset, off) });
    revisions.set(revision, off);
  }
  return revisions;
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

/** The last moment that the state knows of, epoch ms; undefined when it has none. Opening the file mends it. */
export function lastSeenAt(dataDir: string): number | undefined {
  const file = join(dataDir, 'state.sqlite');
  if (!existsSync(file) || !hasState(file)) return undefined;
  const sqlite = new DatabaseSync(file);
  try {
    const row = sqlite
      .prepare('SELECT max(at) AS at FROM (SELECT at FROM events UNION SELECT seen_at FROM boots)')
      .get();
    return row?.at === null ? undefined : Number(row?.at);
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
function auditTold(told: Told, { runs, backfills, events, ticks }: RecordedState): readonly string[] {
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
    case 'ticks':
      return told.ticks
        .filter(({ at, outcome }) => outcomeAt(told.dataset, at, ticks) !== outcome)
        .map(({ at, outcome }) => `${told.dataset}: the tick at ${at} was told to be ${outcome} and is not`);
    case 'registered':
    case 'updated': {
      const isThere = events.some(({ dataset, data }) => dataset === told.dataset && data.includes(told.revision));
      return isThere ? [] : [`${told.dataset} was ${told.kind} as ${told.revision} and nothing tells of it`];
    }
    default:
      return [];
  }
}

function outcomeAt(dataset: string, at: number, ticks: RecordedState['ticks']): string | undefined {
  return ticks.find((row) => row.dataset === dataset && row.scheduled_at <= at && at <= row.until_at)?.outcome;
}

/** Each registration, pause and its end that was told of has an event of its own. */
function auditCount(
  kind: Told['kind'],
  { told, state }: { readonly told: readonly Told[]; readonly state: RecordedState },
): readonly string[] {
  const asked = told.filter((one) => one.kind === kind && 'dataset' in one && one.kind !== 'ticks').length;
  const noted = state.events.filter((event) => event.kind === `workflow.${kind}`).length;
  return noted >= asked ? [] : [`${asked} answers told of ${kind}, and the events of ${noted}`];
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
