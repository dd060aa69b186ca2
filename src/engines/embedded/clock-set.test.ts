import { describe, expect, it } from 'vitest';
import type { Run } from '../../core/run.ts';
import { readEvents } from '../../store/queries/events.ts';
import { readLogs } from '../../store/queries/logs.ts';
import { storeBackfill } from '../../store/store-fixture.suite.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';

/* A machine's clock is set while runs wait: they start as if it had always been right, a minute late at most. */

const year2038 = Date.parse('2038-01-19T03:14:07Z');
const minute = 60_000;
const error = { code: 'DLI-815', message: 'boom', statement: 'query', line: 1, column: 2, mendable: true } as const;
const failure = { kind: 'failed', published: false, postIndex: 0, error } as const;

function fixture(options: ConstructorParameters<typeof EngineFixture>[0] = {}): EngineFixture {
  const made = new EngineFixture(options);
  made.warehouse.manual = true;
  return made;
}

/** A run whose first of two attempts has failed. */
async function failedOnce(f: EngineFixture): Promise<Run> {
  const run = await f.trigger({ maxAttempts: 2 });
  (await f.warehouse.attempt()).end(failure);
  return f.until(run.runUid, ({ status, attempt }) => status === 'PENDING' && attempt === 1);
}

describe('a clock that is set back', () => {
  it('holds up no run that was queued before', async () => {
    const f = fixture();
    const right = f.clock.now();
    f.clock.jumpTo(year2038);
    const [first, second] = [await f.trigger(), await f.trigger()];
    f.clock.jumpTo(right);
    (await f.warehouse.attempt()).succeed();
    await f.end(first);
    (await f.warehouse.attempt()).succeed();
    expect((await f.end(second)).status).toBe('COMPLETED');
  });

  it('holds up no date of a backfill that was asked for before', async () => {
    const f = fixture();
    const right = f.clock.now();
    const runs = await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02'], createdAt: year2038 });
    f.clock.jumpTo(right);
    f.engine.noteWaiting({ dataset: 'main.a', runType: 'backfill' });
    for (const run of runs) {
      (await f.warehouse.attempt()).succeed();
      expect((await f.end(run)).status).toBe('COMPLETED');
    }
  });

  it.each(['while the server is up', 'before its next start'])(
    'lets a run that is tried again later wait for its delay and no longer: %s',
    async (when) => {
      const options = { spec: specOf({ maxAttempts: 2, delaySeconds: 300 }) };
      const before = fixture(options);
      await before.engine.start();
      const right = before.clock.now();
      before.clock.jumpTo(year2038);
      const run = await failedOnce(before);
      before.clock.jumpTo(right);
      let f = before;
      if (when === 'before its next start') {
        await before.engine.close();
        const { database, clock } = before;
        f = fixture({ ...options, database, clock, owner: 'boot-2' });
        await f.engine.start();
      }
      for (let minutes = 0; minutes < 6; minutes += 1) {
        f.clock.advance(minute);
        await f.quiet();
      }
      expect(f.clock.now()).toBe(right + 6 * minute);
      (await f.warehouse.attempt()).succeed();
      expect(await f.end(run)).toMatchObject({ status: 'COMPLETED', attempt: 2 });
      const told = readEvents(f.database, { after: 0, filter: { kinds: ['run.delay_shortened'] }, limit: 10 });
      expect(told.map(({ runId, reason }) => [runId, reason])).toEqual([
        [run.runId, expect.stringMatching(/^the clock was set back: its delay ends at 2024-01-15T09:3\d:45Z$/)],
      ]);
    },
  );

  it('lets nobody wait longer for a warehouse that cannot be opened, nor for its answer', async () => {
    const f = new EngineFixture({ warehouseWaitSeconds: 90 });
    await f.engine.start();
    const right = f.clock.now();
    f.clock.jumpTo(year2038);
    f.warehouse.heldBy = 'held';
    const run = await f.trigger();
    await f.until(run.runUid, ({ waitReason }) => waitReason === 'held');
    f.clock.jumpTo(right);
    for (let seconds = 0; seconds < 160; seconds += 2) {
      f.clock.advance(2_000);
      await f.quiet();
    }
    expect(f.now(run)).toMatchObject({ status: 'FAILED', error: { message: 'held' } });
    const other = await f.trigger({ dataset: 'main.b' });
    f.warehouse.heldBy = undefined;
    f.clock.advance(2_000);
    expect((await f.end(other)).status).toBe('COMPLETED');
  });

  it('fails no date of a backfill for a wait that it never had', async () => {
    const f = fixture({ warehouseWaitSeconds: 1_800 });
    await f.engine.start();
    f.warehouse.heldBy = 'held';
    const right = f.clock.now();
    f.clock.jumpTo(year2038);
    const runs = await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02'], createdAt: year2038 });
    const [first, second] = [runs[0] ?? expect.unreachable(), runs[1] ?? expect.unreachable()];
    f.engine.noteWaiting({ dataset: 'main.a', runType: 'backfill' });
    await f.until(first.runUid, ({ waitReason }) => waitReason === 'held');
    f.clock.jumpTo(right);
    await f.passTime(70_000);
    f.warehouse.heldBy = undefined;
    await f.passTime(2_000);
    const attempt = await f.warehouse.attempt();
    await f.passTime(40 * minute);
    f.warehouse.heldBy = 'held again';
    attempt.succeed();
    expect((await f.end(first)).status).toBe('COMPLETED');
    await f.passTime(10_000);
    expect(f.now(second)).toMatchObject({ status: 'PENDING', waitReason: 'held again' });
  });

  it('lets a run that was queued before wait no longer for its warehouse, whenever that closes', async () => {
    const f = fixture({ warehouseWaitSeconds: 90, limits: { total: 1, perWarehouse: new Map([['default', 1]]) } });
    await f.engine.start();
    const right = f.clock.now();
    f.clock.jumpTo(year2038);
    await f.trigger();
    const busy = await f.warehouse.attempt();
    const queued = [await f.trigger({ dataset: 'main.b' }), await f.trigger({ dataset: 'main.c' })];
    f.clock.jumpTo(right);
    await f.passTime(2 * minute);
    f.warehouse.heldBy = 'held';
    busy.succeed();
    await f.quiet();
    await f.passTime(80_000);
    const closedAt = right + 2 * minute;
    for (const run of queued)
      expect(f.engine.warehouseWaitOf(f.now(run))).toMatchObject({ since: closedAt, until: closedAt + 90_000 });
    await f.passTime(20_000);
    for (const run of queued) expect((await f.end(run)).error).toMatchObject({ code: 'DLI-816' });
  });

  it.each([
    ['for a moment', 0],
    ['for two minutes', 2 * minute],
  ])('loses no run whose time came by the wrong clock while its dataset was busy: wrong %s', async (_, wrongMs) => {
    const f = fixture({ spec: specOf({ maxAttempts: 2, delaySeconds: 300 }) });
    await f.engine.start();
    const run = await failedOnce(f);
    await f.trigger();
    const busy = await f.warehouse.attempt();
    const right = f.clock.now();
    f.clock.jumpTo(right + 60 * minute);
    await f.passTime(wrongMs + 1);
    f.clock.jumpTo(right + wrongMs + 1);
    busy.succeed();
    await f.passTime(299_998 - wrongMs);
    expect(f.now(run)).toMatchObject({ status: 'PENDING', availableAt: right + 300_000 });
    await f.passTime(1);
    expect(f.now(run)).toMatchObject({ status: 'RUNNING', attempt: 2 });
  });

  it('does not keep a claim that could not be stored from being tried again', async () => {
    const f = fixture();
    f.database.execute(`CREATE TRIGGER broken BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'full'); END`);
    const run = await f.trigger();
    await f.quiet();
    f.clock.jumpTo(f.clock.now() - 60 * minute);
    f.database.execute('DROP TRIGGER broken');
    f.clock.advance(1_000);
    (await f.warehouse.attempt()).succeed();
    expect((await f.end(run)).status).toBe('COMPLETED');
  });

  it('does not keep lines of a log, an end that could not be stored, or an answer to a stop', async () => {
    const f = fixture();
    const run = await f.trigger();
    const attempt = await f.warehouse.attempt();
    attempt.observer.log('hello');
    const waited = f.engine.waitForEnd(run.runUid, 5_000);
    f.clock.jumpTo(f.clock.now() - 60 * minute);
    f.clock.advance(250);
    await f.quiet();
    const lines = readLogs(f.database, { runUid: run.runUid, attempt: undefined, afterId: 0, limit: 10 });
    expect(lines.map(({ line }) => line)).toEqual(['hello']);
    f.clock.advance(4_750);
    expect((await waited)?.status).toBe('RUNNING');
    f.database.execute(`CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END`);
    attempt.succeed();
    await f.quiet();
    f.clock.jumpTo(f.clock.now() - 60 * minute);
    f.database.execute('DROP TRIGGER broken');
    f.clock.advance(1_000);
    expect((await f.end(run)).status).toBe('COMPLETED');
  });
});

describe('a timeout', () => {
  it('counts the time that has passed, whatever the clock says', async () => {
    const f = fixture({ spec: specOf({ timeoutSeconds: 100 }) });
    await f.trigger();
    const { signal } = await f.warehouse.attempt();
    const right = f.clock.now();
    f.clock.jumpTo(year2038);
    f.clock.advance(50_000);
    expect(signal.aborted).toBe(false);
    f.clock.jumpTo(right - 60 * minute);
    f.clock.advance(49_999);
    expect(signal.aborted).toBe(false);
    f.clock.advance(1);
    expect(signal.reason).toBe('timeout');
  });
});
