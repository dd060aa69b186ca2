import { describe, expect, it } from 'vitest';
import { dateRange } from '../../core/calendar-date.ts';
import { getBackfill } from '../../store/queries/backfills.ts';
import { storeBackfill } from '../../store/store-fixture.suite.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';

const limits = (total: number) => ({ total, perWarehouse: new Map([['default', total]]) });
const days = (count: number) => dateRange('2024-01-01', '2024-03-31').slice(0, count);

function fixture(options: ConstructorParameters<typeof EngineFixture>[0] = {}): EngineFixture {
  const made = new EngineFixture({ limits: limits(8), ...options });
  made.warehouse.manual = true;
  return made;
}

/** Stores a backfill and tells the engine. */
async function backfill(f: EngineFixture, options: Parameters<typeof storeBackfill>[1]) {
  const runs = await storeBackfill(f.database, options);
  f.engine.noteWaiting({ dataset: options.dataset ?? 'main.a', runType: 'backfill' });
  await f.quiet();
  return runs;
}

/** What is at work: dates of backfills, and `adhoc`. */
const atWork = (f: EngineFixture) =>
  f.database
    .all<{ what: string }>(
      `SELECT coalesce(execution_date, 'adhoc') AS what FROM runs WHERE status = 'RUNNING' ORDER BY seq`,
    )
    .map(({ what }) => what);

const conflict = {
  kind: 'failed',
  published: false,
  postIndex: 0,
  error: {
    code: 'DLI-802',
    message: 'transaction context: Conflict on tuple deletion',
    statement: 'delete_day',
    line: null,
    column: null,
    mendable: true,
    conflict: true,
  },
} as const;

describe('several dates of a backfill', () => {
  it('are at work at once, and the next one starts when one has ended', async () => {
    const f = fixture();
    const runs = await backfill(f, { dates: days(6), parallel: 3 });
    expect(atWork(f)).toEqual(days(3));
    const first = await f.warehouse.attempt();
    first.succeed();
    await f.end(runs[0] ?? expect.unreachable());
    await f.quiet();
    expect(atWork(f)).toEqual(days(4).slice(1));
    expect(f.warehouse.gated, 'none is begun before its claim').toEqual([]);
  });

  it('keep to the limit in all', async () => {
    const f = fixture({ limits: limits(2) });
    await backfill(f, { dates: days(6), parallel: 4 });
    expect(atWork(f)).toEqual(days(2));
  });

  it('never compute one date twice at once: ticks of one date follow each other', async () => {
    const f = fixture();
    const dates = ['2024-01-01', '2024-01-01', '2024-01-02', '2024-01-02'];
    await backfill(f, { dates, parallel: 4, ticks: true });
    const seen: (readonly string[])[] = [];
    for (let ended = 0; ended < dates.length; ended += 1) {
      seen.push(atWork(f));
      (await f.warehouse.attempt()).succeed();
      await f.quiet();
    }
    const both = ['2024-01-01', '2024-01-02'];
    expect(seen).toEqual([both, both, both, ['2024-01-02']]);
    for (const now of seen) expect(new Set(now).size).toBe(now.length);
    expect(getBackfill(f.database, 'bf-1')?.status).toBe('COMPLETED');
  });

  it('are alone in their dataset: the dates of an older backfill come first, then those of the next', async () => {
    const f = fixture();
    await backfill(f, { dates: days(3), parallel: 2 });
    await backfill(f, { backfillId: 'bf-2', dates: days(3), parallel: 3 });
    const seen: string[] = [];
    for (let ended = 0; ended < 6; ended += 1) {
      const rows = f.database.all<{ id: string; n: number }>(
        `SELECT backfill_id AS id, count(*) AS n FROM runs WHERE status = 'RUNNING' GROUP BY backfill_id`,
      );
      seen.push(rows.map(({ id, n }) => `${id}:${n}`).join());
      (await f.warehouse.attempt()).succeed();
      await f.quiet();
    }
    expect(seen).toEqual(['bf-1:2', 'bf-1:2', 'bf-1:1', 'bf-2:3', 'bf-2:2', 'bf-2:1']);
  });
});

describe('an on-demand run of the dataset', () => {
  it('starts when the dates at work have ended; no further date starts before it', async () => {
    const f = fixture();
    await backfill(f, { dates: days(9), parallel: 3 });
    const run = await f.trigger();
    const scheduled = await f.trigger({ runType: 'scheduled' });
    await f.quiet();
    for (const left of [2, 1]) {
      (await f.warehouse.attempt()).succeed();
      await f.quiet();
      expect(atWork(f)).toHaveLength(left);
    }
    (await f.warehouse.attempt()).succeed();
    await f.quiet();
    expect(f.now(run).status).toBe('RUNNING');
    expect(atWork(f)).toEqual(['adhoc']);
    (await f.warehouse.attempt()).succeed();
    await f.quiet();
    expect(f.now(scheduled).status).toBe('RUNNING');
    (await f.warehouse.attempt()).succeed();
    await f.quiet();
    expect(atWork(f)).toEqual(days(6).slice(3));
  });

  it('that is stopped while it waits lets further dates start', async () => {
    const f = fixture({ limits: limits(2) });
    await backfill(f, { dates: days(6), parallel: 3 });
    const run = await f.trigger();
    (await f.warehouse.attempt()).succeed();
    await f.quiet();
    expect(atWork(f)).toHaveLength(1);
    await f.database.write((transaction) => {
      transaction.run(`UPDATE runs SET status = 'KILLED' WHERE run_uid = ?`, [run.runUid]);
      transaction.afterCommit(() => f.engine.noteStopped(f.now(run)));
    });
    await f.quiet();
    expect(atWork(f)).toHaveLength(2);
  });

  it('waits for its retry without keeping further dates from starting', async () => {
    const f = fixture({ spec: specOf({ maxAttempts: 2, delaySeconds: 60 }) });
    const run = await f.trigger({ maxAttempts: 2 });
    const { conflict: _, ...error } = conflict.error;
    (await f.warehouse.attempt()).end({ ...conflict, error });
    await f.until(run.runUid, ({ status, attempt }) => status === 'PENDING' && attempt === 1);
    await backfill(f, { dates: days(4), parallel: 2 });
    expect(atWork(f)).toEqual(days(2));
    f.clock.advance(60_000);
    (await f.warehouse.attempt()).succeed();
    await f.quiet();
    expect(atWork(f), 'its time has come: it is next').toEqual(['2024-01-02']);
  });
});

describe('a backfill of a dataset that is asked for on demand again and again', () => {
  it('gets every tenth claim of its dataset, also while other backfills take every tenth of all', async () => {
    const f = fixture({ limits: limits(2) });
    for (let n = 0; n < 60; n += 1) await f.trigger();
    await backfill(f, { dates: days(3), parallel: 2 });
    await backfill(f, { backfillId: 'bf-2', dataset: 'main.b', dates: days(20) });
    for (let n = 0; n < 60; n += 1) await f.trigger({ dataset: 'main.b' });
    for (let ended = 0; ended < 100; ended += 1) {
      (await f.warehouse.attempt()).succeed();
      await f.quiet();
    }
    for (const dataset of ['main.a', 'main.b']) {
      const order = f.database
        .all<{ type: string }>(
          `SELECT runs.run_type AS type FROM events JOIN runs USING (run_id)
           WHERE events.kind = 'run.started' AND runs.dataset = ? ORDER BY events.seq`,
          [dataset],
        )
        .map(({ type }) => type);
      const [first, ...gaps] = order.flatMap((type, index) => (type === 'backfill' ? [index] : []));
      expect(first, dataset).toBeLessThanOrEqual(10);
      const others = gaps.map((place, index) => place - (index === 0 ? (first ?? 0) : (gaps[index - 1] ?? 0)));
      expect(Math.max(0, ...others), `${dataset}: ${order}`).toBeLessThanOrEqual(10);
      expect(gaps.length, dataset).toBeGreaterThan(0);
    }
  });
});

describe('a date whose transaction met the writes of another one', () => {
  it('is tried again alone in its dataset, without an attempt being counted, and the others go on after it', async () => {
    const f = fixture();
    const runs = await backfill(f, { dates: days(5), parallel: 3 });
    const [one, two, three] = [await f.warehouse.attempt(), await f.warehouse.attempt(), await f.warehouse.attempt()];
    two.end(conflict);
    await f.quiet();
    const second = runs[1] ?? expect.unreachable();
    expect(f.now(second)).toMatchObject({
      status: 'PENDING',
      attempt: 0,
      conflicts: 1,
      error: null,
      reason: expect.stringContaining('Conflict on tuple deletion'),
    });
    one.succeed();
    await f.quiet();
    expect(atWork(f), 'nobody overtakes it').toEqual(['2024-01-03']);
    three.succeed();
    await f.quiet();
    expect(atWork(f)).toEqual(['2024-01-02']);
    (await f.warehouse.attempt()).succeed();
    expect(await f.end(second)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    await f.quiet();
    expect(atWork(f)).toEqual(['2024-01-04', '2024-01-05']);
  });

  it('fails in the end when it meets them again and again', async () => {
    const f = fixture();
    const [run] = await backfill(f, { dates: days(1) });
    if (!run) return expect.unreachable();
    let tries = 0;
    while (f.now(run).status !== 'FAILED') {
      tries += 1;
      expect(tries).toBeLessThanOrEqual(21);
      (await f.warehouse.attempt()).end(conflict);
      await f.quiet();
      f.clock.advance(30_000);
      await f.quiet();
    }
    expect(tries).toBe(21);
    expect(f.now(run)).toMatchObject({ attempt: 1, error: { message: conflict.error.message } });
  });

  it('goes on with its post-statements when only those met them', async () => {
    const f = fixture({ spec: specOf({ posts: 2 }) });
    const [run] = await backfill(f, { dates: days(1), parallel: 2 });
    if (!run) return expect.unreachable();
    const attempt = await f.warehouse.attempt();
    attempt.publish();
    attempt.end({ ...conflict, published: true, postIndex: 1 });
    await f.until(run.runUid, ({ conflicts }) => conflicts === 1);
    expect(f.now(run)).toMatchObject({ published: true, postIndex: 1 });
    await f.quiet();
    (await f.warehouse.attempt()).succeed();
    expect(await f.end(run)).toMatchObject({ status: 'COMPLETED', postIndex: 2 });
    expect(f.warehouse.disk.publications(run.runUid)).toBe(1);
  });

  it('is stopped like any other', async () => {
    const f = fixture();
    const [run] = await backfill(f, { dates: days(1) });
    if (!run) return expect.unreachable();
    const attempt = await f.warehouse.attempt();
    await f.database.write((transaction) =>
      transaction.run(`UPDATE runs SET stop_requested_at = 1, reason = 'enough' WHERE run_uid = ?`, [run.runUid]),
    );
    attempt.end(conflict);
    expect(await f.end(run)).toMatchObject({ status: 'KILLED', reason: 'enough' });
  });
});
