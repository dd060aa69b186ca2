import { describe, expect, it } from 'vitest';
import { dateRange } from '../../core/calendar-date.ts';
import { countBackfillRuns, getBackfill } from '../../store/queries/backfills.ts';
import { readEvents } from '../../store/queries/events.ts';
import { storeBackfill } from '../../store/store-fixture.suite.ts';
import { EngineFixture } from './engine-fixture.suite.ts';

function fixture(options: ConstructorParameters<typeof EngineFixture>[0] = {}): EngineFixture {
  const made = new EngineFixture(options);
  made.warehouse.manual = true;
  return made;
}

const lost = { kind: 'lost', reason: 'signal SIGKILL', ours: false } as const;

describe('a warehouse that another program holds', () => {
  it('keeps its runs PENDING with the reason, starts nothing, and goes on when it opens', async () => {
    const f = new EngineFixture();
    f.warehouse.heldBy = 'held by duckdb (pid 7)';
    const run = await f.trigger();
    await f.until(run.runUid, ({ waitReason }) => waitReason === 'held by duckdb (pid 7)');
    expect(f.now(run)).toMatchObject({ status: 'PENDING', attempt: 0, startedAt: null });
    const other = await f.trigger({ dataset: 'main.b' });
    await f.quiet();
    expect(f.warehouse.begun).toHaveLength(1);
    f.clock.advance(2_000);
    await f.quiet();
    expect(f.warehouse.begun).toHaveLength(1);
    f.warehouse.heldBy = undefined;
    f.clock.advance(2_000);
    expect((await f.end(run)).status).toBe('COMPLETED');
    expect((await f.end(other)).status).toBe('COMPLETED');
  });

  it('delays an attempt from when it could not be opened, and not from when the run was made', async () => {
    const f = fixture();
    await f.trigger();
    const busy = await f.warehouse.attempt();
    const run = await f.trigger();
    f.clock.advance(100_000);
    f.warehouse.heldBy = 'held';
    busy.succeed();
    await f.until(run.runUid, ({ waitReason }) => waitReason === 'held');
    f.clock.advance(2_000);
    await f.quiet();
    f.warehouse.heldBy = undefined;
    f.clock.advance(2_000);
    (await f.warehouse.attempt()).succeed();
    await f.end(run);
    const started = readEvents(f.database, { after: 0, filter: { kinds: ['run.started'] }, limit: 10 });
    expect(started.map(({ data }) => data.start_delay_seconds)).toEqual([0, 100, 4]);
  });

  it('for too long fails those that have waited for so long, and no others', async () => {
    const f = new EngineFixture({ warehouseWaitSeconds: 10 });
    f.warehouse.heldBy = 'held';
    const early = await f.trigger();
    await f.until(early.runUid, ({ waitReason }) => waitReason !== null);
    f.clock.advance(6_000);
    const late = await f.trigger({ dataset: 'main.b' });
    f.clock.advance(4_000);
    expect(await f.end(early)).toMatchObject({
      status: 'FAILED',
      error: { code: 'DLI-816', message: 'held' },
      startedAt: null,
    });
    expect(f.now(late).status).toBe('PENDING');
    f.clock.advance(2_000);
    await f.quiet();
    f.clock.advance(2_000);
    await f.quiet();
    f.clock.advance(2_000);
    expect((await f.end(late)).status).toBe('FAILED');
  });

  it('fails the first date of a long backfill and all that wait for it', async () => {
    const f = new EngineFixture({ warehouseWaitSeconds: 2 });
    f.warehouse.heldBy = 'held';
    const [first] = await storeBackfill(f.database, { dates: dateRange('2020-01-01', '2023-04-14') });
    f.engine.noteWaiting({ dataset: 'main.a', runType: 'backfill' });
    const runUid = first?.runUid ?? '';
    await f.until(runUid, ({ waitReason }) => waitReason !== null);
    f.clock.advance(2_000);
    await f.end({ runUid });
    await f.quiet();
    expect(getBackfill(f.database, 'bf-1')).toMatchObject({ status: 'FAILED' });
    expect(countBackfillRuns(f.database, 'bf-1')).toMatchObject({ FAILED: 1, KILLED: 1_199, PENDING: 0 });
  });

  it('does not fail a run that may be published: it waits for the ledger', async () => {
    const f = fixture({ warehouseWaitSeconds: 2 });
    const run = await f.trigger();
    const attempt = await f.warehouse.attempt();
    attempt.publish();
    f.warehouse.heldBy = 'held';
    attempt.end(lost);
    await f.until(run.runUid, ({ waitReason }) => waitReason !== null);
    for (let turn = 0; turn < 3; turn += 1) {
      f.clock.advance(2_000);
      await f.quiet();
    }
    expect(f.now(run)).toMatchObject({ status: 'PENDING', uncertain: true });
    f.warehouse.heldBy = undefined;
    f.warehouse.manual = false;
    f.clock.advance(2_000);
    expect((await f.end(run)).status).toBe('COMPLETED');
  });
});
