import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CrashingDatabase, openUnsynced } from '../../../test/fakes/crashing-database.ts';
import { FakeDisk, FakeWarehouse, Fuse } from '../../../test/fakes/fake-warehouse.ts';
import { dateRange } from '../../core/calendar-date.ts';
import { isTerminal } from '../../core/run-state.ts';
import { endBackfill } from '../../store/backfill-progress.ts';
import { beginResume } from '../../store/backfill-resume.ts';
import { migrate } from '../../store/migrate.ts';
import { getBackfill } from '../../store/queries/backfills.ts';
import { readHistory } from '../../store/queries/history.ts';
import { markRun } from '../../store/run-changes.ts';
import { makeFolder, storeBackfill } from '../../store/store-fixture.suite.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';

/*
 * The server dies before and after every store write and every step of the warehouse, one after the other, until a whole
 * life passes without dying. Each time the next boot recovers, and then every run is in one terminal state, published
 * exactly once if it is COMPLETED, and not at all otherwise.
 */

interface Scenario {
  readonly spec: ReturnType<typeof specOf>;
  readonly act: (f: EngineFixture) => Promise<void>;
}

/** Lives a scenario until it is over or the fuse blows. Tells how many steps there were. */
async function live({ spec, act }: Scenario, { file, fuse, disk }: { file: string; fuse: Fuse; disk: FakeDisk }) {
  const database = new CrashingDatabase(file, fuse);
  onTestFinished(() => database.close());
  migrate(database);
  const f = new EngineFixture({ file, database, spec, warehouse: new FakeWarehouse({ disk, fuse }) });
  // It never resolves once the fuse has blown.
  void act(f);
  for (let turn = 0; turn < 200 && !fuse.isBlown; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    f.clock.advance(1_000);
    const runs = readHistory(database, {}, 100);
    if (runs.length > 0 && runs.every(({ status }) => isTerminal(status))) break;
  }
}

/** The next boot: recovers and runs until nothing is left to do. */
async function recoverAll({ spec }: Scenario, { file, disk }: { file: string; disk: FakeDisk }) {
  const database = openUnsynced(file);
  onTestFinished(() => database.close());
  const f = new EngineFixture({ file, database, spec, warehouse: new FakeWarehouse({ disk }), owner: 'boot-2' });
  f.clock.advance(10_000_000);
  await f.engine.start();
  for (const { runUid } of readHistory(database, {}, 100)) await f.end({ runUid });
  return f;
}

function checkInvariants(f: EngineFixture, disk: FakeDisk, died: string): void {
  for (const run of readHistory(f.database, {}, 100)) {
    const published = disk.publications(run.runUid);
    expect(published, `${run.runId} ${run.status}, ${died}`).toBe(run.status === 'COMPLETED' ? 1 : 0);
    expect(run).toMatchObject({ owner: null, uncertain: false, published: published === 1 });
  }
  const open = f.database.get(`SELECT count(*) AS n FROM attempts WHERE finished_at IS NULL`);
  expect(open, died).toEqual({ n: 0 });
  const perRun = f.database.all<{ n: number }>(
    `SELECT count(*) AS n FROM events WHERE kind IN ('run.completed', 'run.failed', 'run.killed') GROUP BY run_id`,
  );
  expect(
    perRun.every(({ n }) => n === 1),
    died,
  ).toBe(true);
}

/** Dies at the first step, then at the second, …, until the scenario ends by itself; tells how often it died. */
async function dieEverywhere(scenario: Scenario, check: (f: EngineFixture) => void = () => undefined): Promise<number> {
  for (let step = 1; ; step += 1) {
    const file = join(makeFolder(), 'state.sqlite');
    const disk = new FakeDisk();
    const fuse = new Fuse(step);
    await live(scenario, { file, fuse, disk });
    const died = `died at step ${step}: ${fuse.steps.join(', ')}`;
    const f = await recoverAll(scenario, { file, disk });
    checkInvariants(f, disk, died);
    check(f);
    if (!fuse.isBlown) return step - 1;
    expect(step, 'the scenario ends').toBeLessThan(200);
  }
}

const trigger = async (f: EngineFixture) => void (await f.trigger({ maxAttempts: 2 }));

describe('whenever the server dies', () => {
  it('a run is published once', async () => {
    expect(await dieEverywhere({ spec: specOf(), act: trigger })).toBeGreaterThan(6);
  });

  it('a run with post-statements is published once, and they are all run', async () => {
    const check = (f: EngineFixture) => {
      const run = readHistory(f.database, {}, 1)[0];
      if (!run) return;
      expect(run).toMatchObject({ status: 'COMPLETED', postIndex: 2 });
      expect(new Set(f.warehouse.disk.posts).size).toBe(2);
    };
    expect(await dieEverywhere({ spec: specOf({ posts: 2 }), act: trigger }, check)).toBeGreaterThan(10);
  });

  it('a run that is to be stopped ends in one state, which agrees with the table', async () => {
    const act = async (f: EngineFixture) => {
      const run = await f.trigger();
      await f.database.write((transaction) => {
        markRun(transaction, { runUid: run.runUid, changes: { stopRequestedAt: f.clock.now(), reason: 'stopped' } });
        transaction.afterCommit(() => f.engine.cancel(run.runUid));
      });
    };
    expect(await dieEverywhere({ spec: specOf(), act })).toBeGreaterThan(6);
  });

  it('a backfill goes on where it was: every date once, in order', async () => {
    const dates = ['2024-01-01', '2024-01-02', '2024-01-03'];
    const act = async (f: EngineFixture) => {
      await storeBackfill(f.database, { dates });
      f.engine.noteWaiting({ dataset: 'main.a', runType: 'backfill' });
    };
    const check = (f: EngineFixture) => {
      const runs = readHistory(f.database, {}, 10);
      if (runs.length === 0) return;
      expect(getBackfill(f.database, 'bf-1')?.status).toBe('COMPLETED');
      const uids = [...runs].reverse().map(({ runUid }) => runUid);
      expect(f.warehouse.disk.rows).toEqual(uids);
    };
    expect(await dieEverywhere({ spec: specOf(), act }, check)).toBeGreaterThan(15);
  });

  it('a backfill with several dates at work goes on where it was: every date once', async () => {
    const dates = dateRange('2024-01-01', '2024-01-05');
    const act = async (f: EngineFixture) => {
      await storeBackfill(f.database, { dates, parallel: 3 });
      f.engine.noteWaiting({ dataset: 'main.a', runType: 'backfill' });
    };
    const check = (f: EngineFixture) => {
      const runs = readHistory(f.database, {}, 10);
      if (runs.length === 0) return;
      expect(getBackfill(f.database, 'bf-1')?.status).toBe('COMPLETED');
      expect(new Set(f.warehouse.disk.rows)).toEqual(new Set(runs.map(({ runUid }) => runUid)));
    };
    expect(await dieEverywhere({ spec: specOf(), act }, check)).toBeGreaterThan(20);
  });

  it('a resume is done as a whole or not at all, and then every date is computed once', async () => {
    const dates = dateRange('2024-01-01', '2024-01-03');
    const terms = { params: {}, revision: 'r2', warehouse: 'default', maxAttempts: 1, triggeredBy: 'you' } as const;
    const act = async (f: EngineFixture) => {
      await storeBackfill(f.database, { dates, parallel: 2 });
      const note = { at: f.clock.now(), actor: 'you', reason: null };
      await f.database.write((transaction) => {
        endBackfill(transaction, { backfillId: 'bf-1', ending: 'KILLED', reason: 'enough', note });
        const backfill = getBackfill(transaction, 'bf-1');
        if (!backfill) return;
        const sourceType = 'manual';
        beginResume(transaction, { backfill, terms: { ...terms, sourceType }, newUid: randomUUID, note });
      });
      await f.engine.finishResume('bf-1');
    };
    const check = (f: EngineFixture) => {
      const backfill = getBackfill(f.database, 'bf-1');
      const superseded = readHistory(f.database, {}, 10).filter((run) => run.superseded);
      expect([0, dates.length]).toContain(superseded.length);
      if (backfill === undefined) return;
      expect(backfill.finishedAt).not.toBeNull();
      if (superseded.length > 0) expect(backfill).toMatchObject({ status: 'COMPLETED', revision: 'r2' });
    };
    expect(await dieEverywhere({ spec: specOf(), act }, check)).toBeGreaterThan(10);
  });

  it('a date that met the writes of another transaction is published once', async () => {
    const act = async (f: EngineFixture) => {
      f.warehouse.conflicts = 2;
      await trigger(f);
    };
    expect(await dieEverywhere({ spec: specOf(), act })).toBeGreaterThan(8);
  });
});
