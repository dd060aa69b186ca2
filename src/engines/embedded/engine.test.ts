import { describe, expect, it } from 'vitest';
import { DliError } from '../../contract/errors.ts';
import type { Run } from '../../core/run.ts';
import { readLogs } from '../../store/queries/logs.ts';
import { eventKinds } from '../../store/store-fixture.suite.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';

function fixture(options: ConstructorParameters<typeof EngineFixture>[0] = {}): EngineFixture {
  const made = new EngineFixture(options);
  made.warehouse.manual = true;
  return made;
}

const error = { code: 'DLI-815', message: 'boom', statement: 'query', line: 1, column: 2, mendable: true } as const;
const failure = { kind: 'failed', published: false, postIndex: 0, error } as const;

const logOf = (f: EngineFixture, { runUid }: Run) =>
  readLogs(f.database, { runUid, attempt: undefined, afterId: 0, limit: 100 }).map(({ line }) => line);

describe('a run', () => {
  it('goes from PENDING to COMPLETED and is published once', async () => {
    const f = new EngineFixture();
    const run = await f.end(await f.trigger());
    expect(run).toMatchObject({
      status: 'COMPLETED',
      published: true,
      attempt: 1,
      owner: null,
      finishedAt: f.clock.now(),
    });
    expect(f.warehouse.disk.rows).toEqual([run.runUid]);
    expect(eventKinds(f.database)).toEqual(['run.started', 'run.completed']);
  });

  it('is tried again after its delay and keeps a log of each attempt', async () => {
    const f = fixture({ spec: specOf({ maxAttempts: 2, delaySeconds: 30 }) });
    const run = await f.trigger({ maxAttempts: 2 });
    const first = await f.warehouse.attempt();
    first.observer.log('query at 1:2: boom; rolled back');
    first.end(failure);
    const waiting = await f.until(run.runUid, ({ status, attempt }) => status === 'PENDING' && attempt === 1);
    expect(waiting).toMatchObject({ error: { message: 'boom' }, availableAt: f.clock.now() + 30_000 });
    f.clock.advance(29_999);
    await f.quiet();
    expect(f.warehouse.untaken).toBe(0);
    f.clock.advance(1);
    (await f.warehouse.attempt()).succeed();
    expect(await f.end(run)).toMatchObject({ status: 'COMPLETED', attempt: 2, error: null, reason: null });
    expect(logOf(f, run)).toEqual(['query at 1:2: boom; rolled back']);
  });

  it('fails when its attempts are used up', async () => {
    const f = fixture({ spec: specOf({ maxAttempts: 2, delaySeconds: 0 }) });
    const run = await f.trigger({ maxAttempts: 2 });
    for (let attempt = 0; attempt < 2; attempt += 1) (await f.warehouse.attempt()).end(failure);
    expect(await f.end(run)).toMatchObject({ status: 'FAILED', attempt: 2, reason: 'all 2 attempts failed' });
  });

  it('goes on at the post-statement that failed and never runs the query again', async () => {
    const f = fixture({ spec: specOf({ maxAttempts: 2, delaySeconds: 0, posts: 3 }) });
    const run = await f.trigger({ maxAttempts: 2 });
    const first = await f.warehouse.attempt();
    first.publish();
    first.observer.postDone(1);
    first.end({ ...failure, published: true, postIndex: 1 });
    const second = await f.warehouse.attempt();
    expect(second.work).toMatchObject({ postIndex: 1, askLedgerFirst: true });
    second.succeed();
    expect(await f.end(run)).toMatchObject({ status: 'COMPLETED', postIndex: 3 });
    expect(f.warehouse.disk.publications(run.runUid)).toBe(1);
    expect(f.warehouse.disk.posts).toEqual([`${run.runUid} 1`, `${run.runUid} 2`]);
  });

  it('that cannot be compiled fails at once, with the place', async () => {
    const problem = { message: 'no such variable', line: 3, column: 4 };
    const compile = () => Promise.reject(new DliError('DLI-815', 'SQL of main.a', { problems: [problem] }));
    const f = new EngineFixture({ compile, spec: specOf({ maxAttempts: 3 }) });
    const run = await f.end(await f.trigger({ maxAttempts: 3 }));
    expect(run).toMatchObject({ status: 'FAILED', attempt: 1, error: { code: 'DLI-815', line: 3, column: 4 } });
    expect(logOf(f, run)).toEqual([expect.stringMatching(/^not executed: SQL of main\.a: /)]);
    expect(run.error?.message).toContain('no such variable');
  });

  it("is tried again when the compiler's process was ended from outside", async () => {
    const compile = () => Promise.reject(new DliError('DLI-816', 'ended from outside'));
    const f = new EngineFixture({ compile, spec: specOf({ maxAttempts: 2, delaySeconds: 0 }) });
    const run = await f.end(await f.trigger({ maxAttempts: 2 }));
    expect(run).toMatchObject({ status: 'FAILED', attempt: 2, error: { code: 'DLI-816' } });
  });

  it.each([
    ['compiling', { compile: () => Promise.reject(new TypeError('bug')) }],
    [
      'reading its spec',
      {
        specOf: () => {
          throw new TypeError('bug');
        },
      },
    ],
  ])('that meets a bug of ours while %s fails and frees its dataset', async (_name, options) => {
    const f = new EngineFixture(options);
    const run = await f.end(await f.trigger());
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'DLI-500' } });
    expect(f.troubles.join()).toContain('bug');
    expect((await f.end(await f.trigger())).status).toBe('FAILED');
  });

  it('is timed out: the attempt is cancelled and tried again', async () => {
    const f = fixture({ spec: specOf({ maxAttempts: 2, delaySeconds: 5, timeoutSeconds: 10 }) });
    const run = await f.trigger({ maxAttempts: 2 });
    const first = await f.warehouse.attempt();
    f.clock.advance(10_000);
    expect(first.signal.reason).toBe('timeout');
    await f.until(run.runUid, ({ status }) => status === 'PENDING');
    expect(f.now(run).error?.message).toContain('Timed out after 10 s');
    f.clock.advance(5_000);
    (await f.warehouse.attempt()).succeed();
    expect((await f.end(run)).status).toBe('COMPLETED');
  });

  it('stores log lines while it is at work, a quarter of a second later at most', async () => {
    const f = fixture();
    const run = await f.trigger();
    const attempt = await f.warehouse.attempt();
    attempt.observer.log('one');
    attempt.observer.log('two');
    f.clock.advance(250);
    await f.quiet();
    expect(logOf(f, run)).toEqual(['one', 'two']);
    for (let n = 0; n < 500; n += 1) attempt.observer.log(`line ${n}`);
    await f.quiet();
    expect(f.database.get('SELECT count(*) AS n FROM run_logs')).toEqual({ n: 502 });
    attempt.observer.log('last');
    attempt.succeed();
    await f.end(run);
    expect(f.database.get('SELECT line FROM run_logs ORDER BY id DESC')).toEqual({ line: 'last' });
  });

  it('is stored as ended once there is space on the disk again', async () => {
    const f = fixture();
    const run = await f.trigger();
    const attempt = await f.warehouse.attempt();
    f.database.execute(
      `CREATE TRIGGER full BEFORE UPDATE OF finished_at ON runs BEGIN SELECT RAISE(ABORT, 'full'); END`,
    );
    attempt.succeed();
    await f.quiet();
    expect(f.now(run).status).toBe('RUNNING');
    expect(f.troubles.join()).toContain('full');
    f.database.execute('DROP TRIGGER full');
    f.clock.advance(1_000);
    expect(await f.end(run)).toMatchObject({ status: 'COMPLETED', published: true });
    f.warehouse.manual = false;
    expect((await f.end(await f.trigger())).status).toBe('COMPLETED');
  });

  it('that was stolen is left alone, quietly, and its dataset goes on', async () => {
    const f = fixture();
    const run = await f.trigger();
    const attempt = await f.warehouse.attempt();
    await f.database.write((transaction) =>
      transaction.run(`UPDATE runs SET owner = 'thief' WHERE run_uid = ?`, [run.runUid]),
    );
    const events = eventKinds(f.database);
    attempt.observer.published();
    attempt.succeed();
    await f.quiet();
    expect(f.now(run)).toMatchObject({ status: 'RUNNING', owner: 'thief', published: false });
    expect(eventKinds(f.database)).toEqual(events);
    expect(f.troubles).toEqual([]);
    await f.trigger();
    expect((await f.warehouse.attempt()).work.runUid).not.toBe(run.runUid);
  });
});

describe('closing', () => {
  it('cancels what is running, and the next boot goes on with it', async () => {
    const f = fixture();
    const [running, waiting] = [await f.trigger(), await f.trigger()];
    await f.warehouse.attempt();
    await f.engine.close();
    expect(f.now(running)).toMatchObject({ status: 'PENDING', owner: null, attempt: 0, uncertain: false });
    expect(f.now(waiting)).toMatchObject({ status: 'PENDING', claims: 0 });
    f.warehouse.manual = false;
    const next = new EngineFixture({ file: f.file, database: f.database, warehouse: f.warehouse, owner: 'boot-2' });
    expect(await next.engine.start()).toBe(0);
    expect((await next.end(running)).status).toBe('COMPLETED');
    expect((await next.end(waiting)).status).toBe('COMPLETED');
    expect(f.warehouse.disk.rows).toEqual([running.runUid, waiting.runUid]);
  });

  it('gives up on an attempt that does not end after 15 s', async () => {
    const f = fixture();
    f.warehouse.confirmsCancel = false;
    const run = await f.trigger();
    await f.warehouse.attempt();
    const closed = f.engine.close();
    f.clock.advance(15_000);
    await closed;
    expect(f.now(run).status).toBe('RUNNING');
  });
});

describe('waiting for an end', () => {
  it('resolves with the run when it has ended, at once if it has already', async () => {
    const f = fixture();
    const run = await f.trigger();
    const waited = f.engine.waitForEnd(run.runUid, 60_000);
    (await f.warehouse.attempt()).succeed();
    expect((await waited)?.status).toBe('COMPLETED');
    expect((await f.engine.waitForEnd(run.runUid, 60_000))?.status).toBe('COMPLETED');
    expect(await f.engine.waitForEnd('none', 60_000)).toBeUndefined();
  });

  it('resolves with the run as it is when the time is over', async () => {
    const f = fixture();
    const run = await f.trigger();
    await f.warehouse.attempt();
    const waited = f.engine.waitForEnd(run.runUid, 500);
    f.clock.advance(500);
    expect((await waited)?.status).toBe('RUNNING');
  });
});
