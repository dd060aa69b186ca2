import { describe, expect, it } from 'vitest';
import type { NotificationSpec } from '../core/notification.ts';
import type { Run } from '../core/run.ts';
import { specOf } from '../engines/embedded/engine-fixture.suite.ts';
import { endRun } from './end-run.ts';
import { watchSource } from './notify.ts';
import { claimRun } from './queries/claims.ts';
import { readNotifications } from './queries/outbox.ts';
import { deleteRegistration, saveRegistration } from './queries/registrations.ts';
import { insertRevision } from './queries/revisions.ts';
import type { Database } from './sqlite.ts';
import { note, openState, storeBackfill, storeRun } from './store-fixture.suite.ts';

const to = (channel: string) => [{ type: 'slack', channel }] as const;
const nobody: NotificationSpec = {
  onFailure: [],
  onSuccess: [],
  onSourceChange: [],
  onRecovery: [],
  onLate: null,
};
const everybody = {
  ...nobody,
  onFailure: [...to('#failure'), ...to('#failure')],
  onSuccess: to('#success'),
  onRecovery: to('#recovery'),
  onSourceChange: to('#source'),
};
const error = { code: 'DLI-815', message: 'no', line: null, column: null, statement: null } as const;
const fence = { owner: 'boot-1', claims: 1 };

async function openWith(notifications: NotificationSpec | null = everybody): Promise<Database> {
  const database = openState(':memory:');
  await register(database, notifications);
  return database;
}

function register(
  database: Database,
  notifications: NotificationSpec | null,
  { revision = 'r1', sourceType = 'manual' as 'manual' | 'code' } = {},
): Promise<void> {
  const { schedule, ...spec } = specOf();
  return database.write((transaction) => {
    const tell = watchSource(transaction, 'main.a');
    const withTargets = schedule && notifications ? { ...schedule, notifications } : null;
    insertRevision(transaction, { revision, spec: { ...spec, schedule: withTargets }, text: '', at: 0 });
    saveRegistration(transaction, {
      dataset: 'main.a',
      sourceType,
      revision,
      owner: 'o',
      warehouse: 'default',
      scheduleEnabled: true,
      reads: [],
      writes: [],
      registeredAt: 0,
      updatedAt: 0,
    });
    tell({ actor: 'ann', at: 5 });
  });
}

/** Ends a run as its executor does. */
async function end(database: Database, run: Run, transition: 'complete' | 'fail' | 'kill' | 'expire'): Promise<void> {
  await database.write((transaction) => {
    if (transition !== 'expire') claimRun(transaction, { runUid: run.runUid, owner: fence.owner, now: 500 });
    endRun(transaction, {
      run,
      transition,
      ...(transition === 'expire' ? {} : { fence }),
      error: transition === 'fail' ? error : null,
      note,
    });
  });
}

async function endNew(database: Database, transition: Parameters<typeof end>[2]): Promise<void> {
  await end(database, await storeRun(database), transition);
}

const told = (database: Database) =>
  readNotifications(database, {}, 1_000)
    .toReversed()
    .filter(({ kind }) => kind !== 'source_change')
    .map(({ kind, channel }) => `${kind} ${channel}`);
const sources = (database: Database) =>
  readNotifications(database, {}, 1_000)
    .toReversed()
    .filter(({ kind }) => kind === 'source_change')
    .map(({ title, channel }) => `${channel}: ${title}`);

describe('the end of a run', () => {
  it('is told to the targets of its outcome, each once, in the same transaction', async () => {
    const database = await openWith();
    await endNew(database, 'fail');
    expect(told(database)).toEqual(['failure #failure']);
    const [row] = readNotifications(database, { status: 'waiting' }, 1);
    expect(row).toMatchObject({
      id: expect.stringMatching(/^n_[0-9a-f]{24}$/),
      runId: 'main.a_19700101_000000',
      attempts: 0,
    });
    const run = await storeRun(database);
    const undone = database.write((transaction) => {
      claimRun(transaction, { runUid: run.runUid, owner: fence.owner, now: 500 });
      endRun(transaction, { run, transition: 'fail', fence, error, note });
      throw new RangeError('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect(told(database)).toEqual(['failure #failure']);
  });

  it('that was stopped, or never started, is told to nobody', async () => {
    const database = await openWith();
    await endNew(database, 'kill');
    await endNew(database, 'expire');
    expect(told(database)).toEqual([]);
  });

  it('is a recovery when it is the first success after a failure, and then no mere success for whoever hears of that', async () => {
    const database = await openWith({ ...everybody, onSuccess: [...to('#success'), ...to('#recovery')] });
    for (const transition of ['complete', 'fail', 'kill', 'expire', 'complete', 'complete'] as const)
      await endNew(database, transition);
    expect(told(database)).toEqual([
      'success #success',
      'success #recovery',
      'failure #failure',
      'recovery #recovery',
      'success #success',
      'success #success',
      'success #recovery',
    ]);
  });

  it('goes by the effective spec: code before manual, the one of now before the one of the run', async () => {
    const database = await openWith();
    const run = await storeRun(database);
    await register(database, { ...nobody, onFailure: to('#new') }, { revision: 'r2' });
    await end(database, run, 'fail');
    await register(database, { ...nobody, onFailure: to('#code') }, { revision: 'r3', sourceType: 'code' });
    await endNew(database, 'fail');
    expect(told(database)).toEqual(['failure #new', 'failure #code']);
  });

  it('goes by its own revision when the dataset is no longer registered', async () => {
    const database = await openWith();
    await database.write((transaction) => deleteRegistration(transaction, 'main.a', 'manual'));
    await endNew(database, 'fail');
    expect(told(database)).toEqual(['failure #failure']);
  });

  it('is told to nobody where the spec has no schedule', async () => {
    const database = await openWith(null);
    await endNew(database, 'fail');
    await endNew(database, 'complete');
    expect(told(database)).toEqual([]);
  });
});

describe('a backfill', () => {
  const dates = ['2024-01-01', '2024-01-02', '2024-01-03'];

  it('tells its first failure at once and the rest in one summary', async () => {
    const database = await openWith();
    const runs = await storeBackfill(database, { dates });
    for (const [index, transition] of (['complete', 'fail'] as const).entries())
      await end(database, runs[index] ?? expect.unreachable(), transition);
    expect(told(database)).toEqual(['failure #failure', 'backfill #failure']);
    const [summary] = readNotifications(database, {}, 1);
    expect(summary?.title).toBe('Backfill bf-1 of main.a failed: 1 completed, 1 failed, 1 stopped or not started');
    await endNew(database, 'complete');
    expect(told(database).slice(2)).toEqual(['recovery #recovery', 'success #success']);
  });

  it('tells one failure, however many of its runs fail', async () => {
    const database = await openWith();
    const runs = await storeBackfill(database, { dates });
    // Two that are at work at the same time: both are claimed before one ends.
    await database.write((transaction) => {
      for (const { runUid } of runs.slice(0, 2)) {
        transaction.run('UPDATE runs SET held = 0 WHERE run_uid = ?', [runUid]);
        claimRun(transaction, { runUid, owner: fence.owner, now: 500 });
      }
    });
    for (const run of runs.slice(0, 2))
      await database.write((transaction) => endRun(transaction, { run, transition: 'fail', fence, error, note }));
    expect(told(database)).toEqual(['failure #failure', 'backfill #failure']);
  });

  it('that completes is one success, and a recovery if something had failed', async () => {
    const database = await openWith();
    const backfill = async (backfillId: string) => {
      for (const run of await storeBackfill(database, { backfillId, dates })) await end(database, run, 'complete');
    };
    await backfill('bf-1');
    expect(told(database)).toEqual(['backfill #success']);
    await endNew(database, 'fail');
    await backfill('bf-2');
    expect(told(database).slice(1)).toEqual(['failure #failure', 'recovery #recovery', 'backfill #success']);
  });
});

describe('a change of the effective spec', () => {
  it('is told to the targets of the old and the new one, each once', async () => {
    const database = await openWith();
    await register(database, everybody);
    await register(database, { ...nobody, onSourceChange: [...to('#new'), ...to('#source')] }, { revision: 'r2' });
    await register(database, { ...nobody, onSourceChange: to('#code') }, { revision: 'r3', sourceType: 'code' });
    await register(database, everybody, { revision: 'r4' });
    for (const sourceType of ['code', 'manual'] as const) {
      await database.write((transaction) => {
        const tell = watchSource(transaction, 'main.a');
        deleteRegistration(transaction, 'main.a', sourceType);
        tell({ actor: 'sync', at: 5 });
      });
    }
    expect(sources(database)).toEqual([
      '#source: main.a is new: its spec is manual',
      '#source: main.a has another revision of its manual spec',
      '#new: main.a has another revision of its manual spec',
      '#new: main.a changed its source from manual to code',
      '#source: main.a changed its source from manual to code',
      '#code: main.a changed its source from manual to code',
      '#code: main.a changed its source from code to manual',
      '#source: main.a changed its source from code to manual',
      '#source: main.a was removed: it has no manual spec any more',
    ]);
  });
});
