import { describe, expect, it } from 'vitest';
import { DliError } from '../../contract/errors.ts';
import type { Run } from '../../core/run.ts';
import { markRun } from '../../store/run-changes.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';

function fixture(options: ConstructorParameters<typeof EngineFixture>[0] = {}): EngineFixture {
  const made = new EngineFixture(options);
  made.warehouse.manual = true;
  return made;
}

const error = { code: 'DLI-815', message: 'boom', statement: 'query', line: 1, column: 2, mendable: true } as const;
const failure = { kind: 'failed', published: false, postIndex: 0, error } as const;
const lost = { kind: 'lost', reason: 'signal SIGKILL', ours: false } as const;

/** Stores a stop as the service does for a run at work. */
const requestStop = (f: EngineFixture, { runUid }: Run) =>
  f.database.write((transaction) => {
    markRun(transaction, {
      runUid,
      changes: { stopRequestedAt: f.clock.now(), availableAt: f.clock.now(), reason: 'stopped by me' },
    });
    transaction.afterCommit(() => {
      f.engine.cancel(runUid);
      f.engine.noteChanged('main.a');
    });
  });

describe('a stop', () => {
  it('of a running query ends it KILLED when the warehouse has confirmed, not before', async () => {
    const f = fixture();
    f.warehouse.confirmsCancel = false;
    const run = await f.trigger();
    const attempt = await f.warehouse.attempt();
    await requestStop(f, run);
    expect(attempt.signal.reason).toBe('stop');
    await f.quiet();
    expect(f.now(run)).toMatchObject({ status: 'RUNNING', stopRequestedAt: f.clock.now() });
    attempt.end({ kind: 'cancelled', published: false, postIndex: 0 });
    expect(await f.end(run)).toMatchObject({ status: 'KILLED', reason: 'stopped by me', published: false });
    expect(f.warehouse.disk.rows).toEqual([]);
  });

  it('while the SQL is being compiled ends it KILLED without touching the table', async () => {
    const compiled = Promise.withResolvers<{ statements: []; postStatements: [] }>();
    const compiling = Promise.withResolvers<void>();
    const compile = () => {
      compiling.resolve();
      return compiled.promise;
    };
    const f = new EngineFixture({ compile });
    const run = await f.trigger();
    await compiling.promise;
    await requestStop(f, run);
    compiled.resolve({ statements: [], postStatements: [] });
    expect((await f.end(run)).status).toBe('KILLED');
    expect(f.warehouse.disk.rows).toEqual([]);
  });

  it('at the moment of the commit is too late: COMPLETED, and it says so', async () => {
    const f = fixture();
    f.warehouse.confirmsCancel = false;
    const run = await f.trigger();
    const attempt = await f.warehouse.attempt();
    await requestStop(f, run);
    attempt.publish();
    attempt.end({ kind: 'cancelled', published: true, postIndex: 0 });
    expect(await f.end(run)).toMatchObject({
      status: 'COMPLETED',
      published: true,
      reason: expect.stringContaining('after the commit'),
    });
  });

  it('with post-statements left leaves those out, and says how many', async () => {
    const f = fixture({ spec: specOf({ posts: 2 }) });
    const run = await f.trigger();
    const attempt = await f.warehouse.attempt();
    attempt.publish();
    await f.until(run.runUid, ({ published }) => published);
    await requestStop(f, run);
    expect(await f.end(run)).toMatchObject({
      status: 'COMPLETED',
      reason: expect.stringContaining('2 post-statements left out'),
    });
  });

  it('of a published run that waits for a retry of its post-statements completes it from the ledger', async () => {
    const f = fixture({ spec: specOf({ maxAttempts: 2, delaySeconds: 600, posts: 2 }) });
    const run = await f.trigger({ maxAttempts: 2 });
    const attempt = await f.warehouse.attempt();
    attempt.publish();
    attempt.end({ ...failure, published: true, postIndex: 1 });
    await f.until(run.runUid, ({ status }) => status === 'PENDING');
    await requestStop(f, run);
    expect(await f.end(run)).toMatchObject({
      status: 'COMPLETED',
      reason: expect.stringContaining('1 post-statement left out'),
    });
    expect(f.warehouse.begun.at(-1)?.ledgerOnly).toBe(true);
  });

  it.each([
    [false, 'KILLED'],
    [true, 'COMPLETED'],
  ] as const)('of an uncertain run asks the ledger first: published %s is %s', async (published, status) => {
    const f = fixture();
    const run = await f.trigger();
    f.warehouse.confirmsCancel = false;
    const attempt = await f.warehouse.attempt();
    await requestStop(f, run);
    if (published) f.warehouse.disk.ledger.add(run.runUid);
    attempt.end(lost);
    expect((await f.end(run)).status).toBe(status);
  });
});

describe('a process that dies under a run', () => {
  it('does not use up an attempt, and the ledger is asked before the run starts again', async () => {
    const f = fixture();
    const run = await f.trigger();
    const first = await f.warehouse.attempt();
    first.publish();
    first.end(lost);
    const second = await f.warehouse.attempt();
    expect(second.work.askLedgerFirst).toBe(true);
    second.succeed();
    expect(await f.end(run)).toMatchObject({ status: 'COMPLETED', attempt: 1, processDeaths: 1, uncertain: false });
    expect(f.warehouse.disk.publications(run.runUid)).toBe(1);
  });

  it('three times fails the run, unpublished', async () => {
    const f = fixture();
    const run = await f.trigger();
    for (let death = 0; death < 3; death += 1) (await f.warehouse.attempt()).end(lost);
    expect(await f.end(run)).toMatchObject({ status: 'FAILED', published: false, processDeaths: 3 });
    expect(f.warehouse.begun.at(-1)).toMatchObject({ ledgerOnly: true });
  });

  it('three times completes a run whose work was all published', async () => {
    const f = fixture();
    const run = await f.trigger();
    for (let death = 0; death < 3; death += 1) {
      const attempt = await f.warehouse.attempt();
      if (death === 2) attempt.publish();
      attempt.end(lost);
    }
    expect((await f.end(run)).status).toBe('COMPLETED');
  });

  it('three times fails a published run whose post-statements are left, and says that it is published', async () => {
    const f = fixture({ spec: specOf({ posts: 1 }) });
    const run = await f.trigger();
    for (let death = 0; death < 3; death += 1) {
      const attempt = await f.warehouse.attempt();
      attempt.publish();
      attempt.end(lost);
    }
    expect(await f.end(run)).toMatchObject({ status: 'FAILED', published: true, postIndex: 0 });
  });

  it('ended by this server counts for nothing', async () => {
    const f = fixture();
    const run = await f.trigger();
    for (let death = 0; death < 4; death += 1) (await f.warehouse.attempt()).end({ ...lost, ours: true });
    (await f.warehouse.attempt()).succeed();
    expect(await f.end(run)).toMatchObject({ status: 'COMPLETED', processDeaths: 0 });
  });

  it.each([
    [0, false, 'FAILED'],
    [0, true, 'COMPLETED'],
    [1, true, 'FAILED'],
  ] as const)(
    'after which the SQL cannot be compiled (%i post-statements): the ledger decides, published %s is %s',
    async (posts, published, status) => {
      let compiles = 0;
      const compile = () => {
        compiles += 1;
        return compiles === 1
          ? Promise.resolve({ statements: [], postStatements: [] })
          : Promise.reject(new DliError('DLI-815', 'a variable is gone'));
      };
      const f = fixture({ compile, spec: specOf({ posts }) });
      const run = await f.trigger();
      const attempt = await f.warehouse.attempt();
      if (published) f.warehouse.disk.ledger.add(run.runUid);
      attempt.end(lost);
      expect(await f.end(run)).toMatchObject({ status, published });
    },
  );
});
