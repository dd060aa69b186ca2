import { describe, expect, it } from 'vitest';
import type { Run } from '../../core/run.ts';
import { endBackfill } from '../../store/backfill-progress.ts';
import { insertRun } from '../../store/queries/runs.ts';
import { markRun } from '../../store/run-changes.ts';
import { newRun, note, openState, storeBackfill } from '../../store/store-fixture.suite.ts';
import type {
  AttemptError,
  AttemptOutcome,
  AttemptWork,
  ExecuteOptions,
  Warehouse,
} from '../../warehouses/warehouse.ts';
import type { CompiledStatements } from './compile-ahead.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';
import { adopt, StagedAttempts } from './staged-attempts.ts';

const work: AttemptWork = {
  runUid: 'u',
  dataset: 'main.a',
  statements: [],
  postStatements: [],
  postIndex: 0,
  askLedgerFirst: false,
  ledgerOnly: false,
};
const oneQuery: CompiledStatements = { statements: [{ label: 'query', sql: 'SELECT 1' }], postStatements: [] };
const failure: AttemptError = {
  code: 'DLI-802',
  message: 'm',
  statement: null,
  line: null,
  column: null,
  mendable: false,
};
const silent = { log: () => undefined, published: () => undefined, postDone: () => undefined };

/** A warehouse that writes down what happens to an attempt, and whose rollback takes until the test says so. */
function scripted() {
  const story: string[] = [];
  const rolledBack = Promise.withResolvers<void>();
  const execute = async (_: AttemptWork, { observer, signal, mayCommit }: ExecuteOptions): Promise<AttemptOutcome> => {
    observer.log('began');
    const cancelled = new Promise((resolve) => signal.addEventListener('abort', resolve));
    await Promise.race([mayCommit, cancelled]);
    if (signal.aborted) {
      await rolledBack.promise;
      story.push('rolled back');
      return { kind: 'cancelled', published: false, postIndex: 0 };
    }
    story.push('committed');
    return { kind: 'succeeded' };
  };
  // Only `execute` is called by what is tested here.
  return { story, rollBack: rolledBack.resolve, warehouse: { execute } as unknown as Warehouse };
}

/** The first days of 2024. */
function days(count: number): readonly string[] {
  return Array.from({ length: count }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10));
}

async function runOf(dataset: string): Promise<Run> {
  return openState().write((transaction) => insertRun(transaction, newRun({ dataset })));
}

describe('an attempt that is begun ahead of its claim', () => {
  it('does not commit before it is adopted, and tells whoever adopts it what it said before', async () => {
    const { story, warehouse } = scripted();
    const staged = new StagedAttempts();
    const run = await runOf('main.a');
    staged.begin(run, { work, warehouse, after: 'before' });
    const taken = staged.take(run);
    if (taken instanceof Promise) return expect.unreachable('it was begun for this run');
    expect(story).toEqual([]);
    const lines: string[] = [];
    const observer = { ...silent, log: (line: string) => lines.push(line) };
    expect(await adopt(taken, { observer, signal: new AbortController().signal })).toEqual({ kind: 'succeeded' });
    expect([story, lines]).toEqual([['committed'], ['began']]);
  });

  it('is rolled back before another run of its dataset starts', async () => {
    const { story, rollBack, warehouse } = scripted();
    const staged = new StagedAttempts();
    staged.begin(await runOf('main.a'), { work, warehouse, after: 'before' });
    const other = await runOf('main.a');
    const free = Promise.resolve(staged.take(other)).then(() => story.push('other starts'));
    rollBack();
    await free;
    expect(story).toEqual(['rolled back', 'other starts']);
  });

  it('is rolled back when nobody takes it', async () => {
    const { story, rollBack, warehouse } = scripted();
    const staged = new StagedAttempts();
    const [run, before, other] = await Promise.all([runOf('main.a'), runOf('main.a'), runOf('main.a')]);
    staged.begin(run, { work, warehouse, after: before.runUid });
    staged.dropAfter(other);
    expect(staged.take(run)).not.toBeInstanceOf(Promise);
    staged.begin(run, { work, warehouse, after: before.runUid });
    staged.dropAfter(before);
    rollBack();
    await staged.take(run);
    await new Promise(setImmediate);
    expect(story).toEqual(['rolled back']);
  });

  it('is cancelled with whoever adopted it', async () => {
    const { story, rollBack, warehouse } = scripted();
    const staged = new StagedAttempts();
    const run = await runOf('main.a');
    staged.begin(run, { work, warehouse, after: 'before' });
    const taken = staged.take(run);
    if (taken instanceof Promise) return expect.unreachable('it was begun for this run');
    const ended = adopt(taken, { observer: silent, signal: AbortSignal.abort('stop') });
    rollBack();
    expect(await ended).toEqual({ kind: 'cancelled', published: false, postIndex: 0 });
    expect(story).toEqual(['rolled back']);
  });
});

describe('a backfill', () => {
  it('publishes every date once and lets an on-demand run pass in between', async () => {
    const f = new EngineFixture();
    f.warehouse.manual = true;
    await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02', '2024-01-03'] });
    await f.engine.start();
    const first = await f.warehouse.attempt();
    const adhoc = await f.trigger({ dataset: 'main.a' });
    first.succeed();
    await f.quiet();
    const second = await f.warehouse.attempt();
    expect(second.work.runUid).toBe(adhoc.runUid);
    second.succeed();
    await f.end(adhoc);
    for (let date = 2; date <= 3; date += 1) (await f.warehouse.attempt()).succeed();
    await f.quiet();
    expect(new Set(f.warehouse.disk.rows).size).toBe(4);
    expect(f.warehouse.disk.rows).toHaveLength(4);
  });

  it('compiles each date once, from the third on before the date ahead of it is claimed', async () => {
    const compiled: { readonly date: string | null; readonly before: string | undefined }[] = [];
    const f: EngineFixture = new EngineFixture({
      compile: (run) => {
        const before = runs.find((_, at) => runs[at + 1]?.runUid === run.runUid);
        compiled.push({ date: run.executionDate, before: before && f.now(before).status });
        return Promise.resolve(oneQuery);
      },
    });
    const runs = await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04'] });
    await f.engine.start();
    for (const run of runs) await f.end(run);
    expect(compiled).toEqual([
      { date: '2024-01-01', before: undefined },
      { date: '2024-01-02', before: 'RUNNING' },
      { date: '2024-01-03', before: 'PENDING' },
      { date: '2024-01-04', before: 'PENDING' },
    ]);
  });

  it('runs every post-statement once and begins no date that has completed', async () => {
    const f = new EngineFixture({ spec: specOf({ posts: 1 }) });
    const runs = await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02', '2024-01-03'] });
    await f.engine.start();
    for (const run of runs) await f.end(run);
    await f.quiet();
    expect(f.warehouse.disk.posts.toSorted()).toEqual(runs.map(({ runUid }) => `${runUid} 0`).toSorted());
    expect(f.warehouse.gated).toEqual(runs.slice(1).map(({ runUid }) => runUid));
  });

  it('leaves no transaction open behind it when it is stopped', async () => {
    const f = new EngineFixture();
    f.warehouse.manual = true;
    const runs = await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02', '2024-01-03'] });
    await f.engine.start();
    const first = await f.warehouse.attempt();
    await f.quiet();
    await f.database.write((transaction) =>
      endBackfill(transaction, { backfillId: 'bf-1', ending: 'KILLED', reason: 'enough', note }),
    );
    first.succeed();
    for (const run of runs) await f.end(run);
    await f.quiet();
    expect(f.warehouse.gatedUnderWay).toBe(0);
    expect(f.warehouse.disk.rows).toEqual([runs[0]?.runUid]);
  });

  it('begins nothing for a date that is compiled only when the one before has failed and that is not stored yet', async () => {
    const late = Promise.withResolvers<void>();
    const f = new EngineFixture({
      compile: async (run) => {
        if (run.executionDate === '2024-01-02') await late.promise;
        return oneQuery;
      },
    });
    f.warehouse.manual = true;
    const [first = expect.unreachable()] = await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02'] });
    await f.engine.start();
    const attempt = await f.warehouse.attempt();
    attempt.end({ kind: 'failed', published: false, postIndex: 0, error: failure });
    // The commit that stores the end waits for a later turn of the event loop.
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    expect(f.now(first).status).toBe('RUNNING');
    late.resolve();
    await f.end(first);
    await f.quiet();
    expect(f.warehouse.gated).toEqual([]);
  });

  it('compiles 16 dates in one go, one after the other, and the next when the last of them is to come', async () => {
    let compiled = 0;
    let atWork = 0;
    let mostAtWork = 0;
    const f = new EngineFixture({
      compile: async () => {
        compiled += 1;
        atWork += 1;
        mostAtWork = Math.max(mostAtWork, atWork);
        await Promise.resolve();
        atWork -= 1;
        return oneQuery;
      },
    });
    f.warehouse.manual = true;
    const runs = await storeBackfill(f.database, { dates: days(20) });
    await f.engine.start();
    const compiledAtEnds: number[] = [];
    for (const run of runs) {
      await f.quiet();
      compiledAtEnds.push(compiled);
      (await f.warehouse.attempt()).succeed();
      await f.end(run);
    }
    expect(compiledAtEnds).toEqual([2, ...Array(16).fill(18), 20, 20, 20]);
    expect(mostAtWork).toBe(1);
  });

  it('compiles each date once, however many others are at work', async () => {
    const times = new Map<string, number>();
    const f = new EngineFixture({
      limits: { total: 31, perWarehouse: new Map([['default', 31]]) },
      compile: (run) => {
        times.set(run.runUid, (times.get(run.runUid) ?? 0) + 1);
        return new Promise<CompiledStatements>((resolve) => setImmediate(() => resolve(oneQuery)));
      },
    });
    const dates = days(20);
    const runs: Run[] = [];
    for (let nth = 0; nth < 31; nth += 1)
      runs.push(...(await storeBackfill(f.database, { dates, dataset: `main.d${nth}`, backfillId: `bf-${nth}` })));
    await f.engine.start();
    for (const run of runs) await f.end(run);
    expect([times.size, Math.max(...times.values())]).toEqual([620, 1]);
  });

  it('takes back what is to begin ahead when others wait for the place', async () => {
    const f = new EngineFixture({ limits: { total: 1, perWarehouse: new Map([['default', 1]]) } });
    f.warehouse.manual = true;
    await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02'] });
    await f.engine.start();
    const first = await f.warehouse.attempt();
    await f.trigger({ dataset: 'main.other' });
    first.succeed();
    const second = await f.warehouse.attempt();
    expect(second.work.dataset).toBe('main.other');
    expect(f.warehouse.gatedUnderWay).toBe(0);
    await f.quiet();
    expect(f.warehouse.begun).toEqual([first.work, second.work]);
  });

  it('begins no date ahead that a lost attempt may have published: the ledger is asked first', async () => {
    const f = new EngineFixture();
    const [first, second] = await storeBackfill(f.database, { dates: ['2024-01-01', '2024-01-02'] });
    if (!first || !second) return expect.unreachable('two dates were stored');
    const changes = { uncertain: true };
    await f.database.write((transaction) => markRun(transaction, { runUid: second.runUid, changes }));
    await f.engine.start();
    await f.end(second);
    expect(f.warehouse.gated).toEqual([]);
    expect(f.warehouse.begun.map(({ askLedgerFirst }) => askLedgerFirst)).toEqual([false, true]);
  });
});

it('nothing begins in a dataset while what was begun there is rolled back', async () => {
  const { warehouse, rollBack } = scripted();
  let begun = 0;
  const counting = {
    execute: (...args: Parameters<Warehouse['execute']>) => {
      begun += 1;
      return warehouse.execute(...args);
    },
  };
  const [before, run] = [await runOf('main.a'), await runOf('main.a')];
  const staged = new StagedAttempts();
  // Only `execute` is called by what is tested here.
  const how = { work, warehouse: counting as unknown as Warehouse, after: before.runUid };
  staged.begin(run, how);
  staged.dropAfter(before);
  staged.begin(run, how);
  expect(begun).toBe(1);
  rollBack();
  await staged.take(run);
});

describe('what was begun to follow a date', () => {
  async function withNextBegun(options: ConstructorParameters<typeof EngineFixture>[0] = {}) {
    const f = new EngineFixture(options);
    f.warehouse.manual = true;
    const dates = ['2024-01-01', '2024-01-02'];
    const [first = expect.unreachable(), second = expect.unreachable()] = await storeBackfill(f.database, {
      dates,
      continueOnFailure: true,
    });
    await f.engine.start();
    const attempt = await f.warehouse.attempt();
    await f.quiet();
    expect(f.warehouse.gatedUnderWay).toBe(1);
    return { f, first, second, attempt };
  }

  it('that failed is dropped, and begins anew with one attempt', async () => {
    const { f, first, second, attempt } = await withNextBegun();
    attempt.end({ kind: 'failed', published: false, postIndex: 0, error: failure });
    (await f.warehouse.attempt()).succeed();
    await f.end(second);
    expect(f.now(first).status).toBe('FAILED');
    const kinds = f.database.all<{ kind: string }>('SELECT kind FROM events WHERE run_id = ?', [second.runId]);
    expect(kinds.map(({ kind }) => kind).filter((kind) => kind !== 'run.created')).toEqual([
      'run.started',
      'run.completed',
    ]);
  });

  it('is rolled back before the end of that date is stored, when others wait for the place', async () => {
    const { f, first, attempt } = await withNextBegun({
      limits: { total: 1, perWarehouse: new Map([['default', 1]]) },
    });
    await f.trigger({ dataset: 'main.other' });
    const underWay: number[] = [];
    f.database.onCommit(() => {
      if (f.now(first).status === 'COMPLETED') underWay.push(f.warehouse.gatedUnderWay);
    });
    attempt.succeed();
    await f.warehouse.attempt();
    expect(underWay[0]).toBe(0);
  });
});
