import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/fakes/fake-clock.ts';
import { FakeWarehouse } from '../../../test/fakes/fake-warehouse.ts';
import type { Transaction } from '../../store/sqlite.ts';
import { openState, storeBackfill, storeRun } from '../../store/store-fixture.suite.ts';
import { Dispatcher } from './dispatcher.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';

function fixture(options: ConstructorParameters<typeof EngineFixture>[0] = {}): EngineFixture {
  const made = new EngineFixture(options);
  made.warehouse.manual = true;
  return made;
}

const limits = (total: number, warehouse = total) => ({ total, perWarehouse: new Map([['default', warehouse]]) });
const begun = ({ warehouse }: EngineFixture) => warehouse.begun.map(({ dataset }) => dataset);

/** Lets every attempt that begins succeed, until nothing begins any more; tells in which order datasets began. */
async function runAll(f: EngineFixture): Promise<readonly string[]> {
  for (;;) {
    await f.quiet();
    if (f.warehouse.untaken === 0) return begun(f);
    (await f.warehouse.attempt()).succeed();
  }
}

describe('the dispatcher', () => {
  it('runs one run of a dataset at a time, in the order of their creation', async () => {
    const f = fixture();
    const runs = [await f.trigger(), await f.trigger(), await f.trigger()];
    for (const [index, run] of runs.entries()) {
      await f.quiet();
      expect(f.warehouse.begun.map(({ runUid }) => runUid)).toEqual(
        runs.slice(0, index + 1).map(({ runUid }) => runUid),
      );
      (await f.warehouse.attempt()).succeed();
      await f.end(run);
    }
  });

  it('keeps to the limit in all', async () => {
    const f = fixture({ limits: limits(2) });
    for (const dataset of ['a', 'b', 'c']) await f.trigger({ dataset });
    await f.quiet();
    expect(begun(f)).toEqual(['a', 'b']);
    expect(await runAll(f)).toEqual(['a', 'b', 'c']);
  });

  it('starts nothing while it is held, whatever ends or comes, and then all that may', async () => {
    const f = fixture({ limits: limits(2) });
    await f.trigger({ dataset: 'a' });
    await f.quiet();
    const releases = [f.engine.hold(), f.engine.hold()];
    for (const dataset of ['a', 'b', 'c']) await f.trigger({ dataset });
    (await f.warehouse.attempt()).succeed();
    await f.quiet();
    expect(begun(f)).toEqual(['a']);
    releases[0]?.();
    releases[0]?.();
    await f.quiet();
    expect(begun(f)).toEqual(['a']);
    releases[1]?.();
    await f.quiet();
    expect(begun(f)).toEqual(['a', 'a', 'b']);
    expect(await runAll(f)).toEqual(['a', 'a', 'b', 'c']);
  });

  it('keeps to the limit of each warehouse, and lets others pass', async () => {
    const other = new FakeWarehouse({ name: 'other' });
    const warehouse = new FakeWarehouse();
    const f = fixture({
      warehouse,
      warehouses: new Map([
        ['default', warehouse],
        ['other', other],
      ]),
      limits: {
        total: 4,
        perWarehouse: new Map([
          ['default', 1],
          ['other', 1],
        ]),
      },
    });
    for (const dataset of ['a', 'b']) await f.trigger({ dataset });
    const passing = await f.trigger({ dataset: 'c', warehouse: 'other' });
    expect((await f.end(passing)).status).toBe('COMPLETED');
    expect(begun(f)).toEqual(['a']);
  });

  it('starts on-demand runs before backfill runs that wait for longer', async () => {
    const f = fixture({ limits: limits(1) });
    await f.trigger({ dataset: 'first' });
    await f.quiet();
    await storeBackfill(f.database, { dataset: 'old', dates: ['2024-01-01'] });
    f.engine.noteWaiting({ dataset: 'old', runType: 'backfill' });
    await f.trigger({ dataset: 'new' });
    expect(await runAll(f)).toEqual(['first', 'new', 'old']);
  });

  it('gives every tenth claim to the oldest waiting backfill', async () => {
    const f = fixture({ limits: limits(1) });
    await f.trigger({ dataset: 'd0' });
    await f.quiet();
    for (const name of ['old', 'older']) {
      await storeBackfill(f.database, { backfillId: `bf-${name}`, dataset: name, dates: ['2024-01-01'] });
      f.engine.noteWaiting({ dataset: name, runType: 'backfill' });
    }
    for (let n = 1; n < 25; n += 1) await f.trigger({ dataset: `d${n}` });
    const order = await runAll(f);
    expect([order.indexOf('old'), order.indexOf('older')]).toEqual([9, 19]);
  });

  it('lets other runs of a dataset pass one that waits for its retry, which then keeps its place', async () => {
    const f = fixture({ spec: specOf({ maxAttempts: 2, delaySeconds: 60 }) });
    const first = await f.trigger({ maxAttempts: 2 });
    const error = { code: 'DLI-815', message: 'x', statement: null, line: null, column: null, mendable: true } as const;
    (await f.warehouse.attempt()).end({ kind: 'failed', published: false, postIndex: 0, error });
    await f.until(first.runUid, ({ attempt, status }) => attempt === 1 && status === 'PENDING');
    const second = await f.trigger();
    await f.quiet();
    const third = await f.trigger();
    expect(f.warehouse.begun.at(-1)?.runUid).toBe(second.runUid);
    f.clock.advance(60_000);
    (await f.warehouse.attempt()).succeed();
    await f.end(second);
    (await f.warehouse.attempt()).succeed();
    expect(await f.end(first)).toMatchObject({ status: 'COMPLETED', attempt: 2 });
    expect(f.now(third).status).not.toBe('COMPLETED');
  });

  it('starts a delayed run by itself when its time has come', async () => {
    const f = new EngineFixture();
    const hold = f.engine.hold();
    const run = await f.trigger();
    await f.database.write((t) => t.run('UPDATE runs SET available_at = ?', [f.clock.now() + 5_000]));
    f.engine.noteChanged(run.dataset);
    hold();
    await f.quiet();
    expect(f.now(run).status).toBe('PENDING');
    f.clock.advance(5_000);
    expect((await f.end(run)).status).toBe('COMPLETED');
  });

  it('tries again when a claim could not be stored', async () => {
    const f = new EngineFixture();
    f.database.execute(`CREATE TRIGGER broken BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'full'); END`);
    const run = await f.trigger();
    await f.quiet();
    expect(f.now(run)).toMatchObject({ status: 'PENDING', claims: 0 });
    f.database.execute('DROP TRIGGER broken');
    f.clock.advance(1_000);
    expect((await f.end(run)).status).toBe('COMPLETED');
  });

  it('tries a run under which the process died alone in its warehouse, and nobody overtakes it', async () => {
    const f = fixture({ limits: limits(2) });
    const [suspect, other] = [await f.trigger({ dataset: 's' }), await f.trigger({ dataset: 'a' })];
    const lost = { kind: 'lost', reason: 'SIGKILL', ours: false } as const;
    (await f.warehouse.attempt()).end(lost);
    const running = await f.warehouse.attempt();
    await f.until(suspect.runUid, ({ processDeaths }) => processDeaths === 1);
    await f.trigger({ dataset: 'b' });
    await f.quiet();
    expect(begun(f)).toEqual(['s', 'a']);
    running.succeed();
    await f.end(other);
    await f.quiet();
    expect(begun(f)).toEqual(['s', 'a', 's']);
    (await f.warehouse.attempt()).succeed();
    await f.end(suspect);
    expect(await runAll(f)).toEqual(['s', 'a', 's', 'b']);
  });

  it('never starves a suspect backfill behind a stream of on-demand runs', async () => {
    const f = fixture({ limits: limits(2) });
    await storeBackfill(f.database, { dataset: 'bf', dates: ['2024-01-01'] });
    f.engine.noteWaiting({ dataset: 'bf', runType: 'backfill' });
    (await f.warehouse.attempt()).end({ kind: 'lost', reason: 'SIGKILL', ours: false });
    for (let n = 0; n < 40; n += 1) await f.trigger({ dataset: `d${n}` });
    const order = await runAll(f);
    expect(order.lastIndexOf('bf')).toBeLessThan(20);
    expect(order.filter((dataset) => dataset === 'bf')).toHaveLength(2);
  });

  it('does not leave a run of a warehouse that is not configured any more waiting in silence', async () => {
    const f = new EngineFixture({ warehouseWaitSeconds: 10 });
    const run = await f.trigger({ warehouse: 'gone' });
    const waiting = await f.until(run.runUid, ({ waitReason }) => waitReason !== null);
    expect(waiting.waitReason).toContain("no warehouse 'gone'");
    f.clock.advance(12_000);
    expect(await f.end(run)).toMatchObject({ status: 'FAILED', error: { code: 'DLI-816' } });
  });
});

/** A clock on which time passes whenever somebody looks at it. */
class PassingClock extends FakeClock {
  msPerLook = 0;

  override now(): number {
    this.jumpTo(super.now() + this.msPerLook);
    return super.now();
  }
}

/** A dispatcher over an empty state, with a clock that a test may let pass. */
function lone() {
  const clock = new PassingClock();
  const database = openState();
  const started: string[] = [];
  const dispatcher = new Dispatcher({
    database,
    clock,
    owner: 'boot-1',
    limits: limits(4),
    start: ({ dataset }) => started.push(dataset),
    onTrouble: (error) => expect.unreachable(String(error)),
  });
  const settled = () => database.write(() => undefined);
  return { clock, database, started, dispatcher, settled };
}

const delay = (transaction: Transaction, runUid: string, availableAt: number) =>
  transaction.run('UPDATE runs SET available_at = ? WHERE run_uid = ?', [availableAt, runUid]);

describe('a run that becomes available while the dispatcher looks', () => {
  it('starts: its time comes between the reads of one look', async () => {
    const { clock, database, started, dispatcher, settled } = lone();
    const at = clock.now() + 1_000;
    for (const [dataset, later] of [
      ['main.a', 0],
      ['main.b', 3],
    ] as const) {
      const { runUid } = await storeRun(database, { dataset });
      await database.write((transaction) => delay(transaction, runUid, at + later));
    }
    dispatcher.look();
    await settled();
    clock.msPerLook = 1;
    clock.advance(1_000);
    await settled();
    clock.msPerLook = 0;
    clock.advance(10);
    await settled();
    expect(started).toEqual(['main.a', 'main.b']);
  });

  it('starts: its delay passes while the end of its attempt is being stored', async () => {
    const { clock, database, started, dispatcher, settled } = lone();
    const run = await storeRun(database);
    await database.write((transaction) => {
      const availableAt = clock.now() + 1_000;
      delay(transaction, run.runUid, availableAt);
      dispatcher.passOn(transaction, { ...run, availableAt });
      clock.jumpTo(availableAt + 200);
    });
    clock.advance(1);
    await settled();
    expect(started).toEqual([run.dataset]);
  });
});
