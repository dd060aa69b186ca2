import { describe, expect, it } from 'vitest';
import { markRun } from '../../store/run-changes.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';

const lost = { kind: 'lost', reason: 'the warehouse process ended (signal SIGKILL)', ours: true } as const;

describe('a run that is claimed again in the commit that ended its attempt', () => {
  it('can still be stopped', async () => {
    const f = new EngineFixture();
    f.warehouse.manual = true;
    const run = await f.trigger();
    (await f.warehouse.attempt()).end(lost);
    const again = await f.warehouse.attempt();
    await f.quiet();
    f.engine.cancel(run.runUid);
    expect(again.signal.reason).toBe('stop');
  });

  it('is waited for when the server closes', async () => {
    const f = new EngineFixture();
    f.warehouse.manual = true;
    await f.trigger();
    (await f.warehouse.attempt()).end(lost);
    const again = await f.warehouse.attempt();
    await f.quiet();
    const closed = f.engine.close();
    expect(again.signal.reason).toBe('shutdown');
    await closed;
  });
});

describe('a timeout that the warehouse does not confirm', () => {
  it('counts as an attempt, and with the attempts used up the ledger decides', async () => {
    const f = new EngineFixture({ spec: specOf({ maxAttempts: 2, delaySeconds: 60, timeoutSeconds: 10 }) });
    f.warehouse.manual = true;
    f.warehouse.confirmsCancel = false;
    const run = await f.trigger({ maxAttempts: 2 });
    const first = await f.warehouse.attempt();
    f.clock.advance(10_000);
    expect(first.signal.reason).toBe('timeout');
    first.end(lost);
    const waiting = await f.until(run.runUid, ({ status }) => status === 'PENDING');
    expect(waiting).toMatchObject({ attempt: 1, uncertain: true, availableAt: f.clock.now() + 60_000 });
    f.clock.advance(60_000);
    const second = await f.warehouse.attempt();
    f.clock.advance(10_000);
    second.end(lost);
    expect(await f.end(run)).toMatchObject({
      status: 'FAILED',
      published: false,
      error: { message: expect.stringContaining('Timed out after 10 s') },
    });
    expect(f.warehouse.begun.at(-1)).toMatchObject({ ledgerOnly: true });
  });

  it('completes the run if it had published after all', async () => {
    const f = new EngineFixture({ spec: specOf({ timeoutSeconds: 10 }) });
    f.warehouse.manual = true;
    f.warehouse.confirmsCancel = false;
    const run = await f.trigger();
    const attempt = await f.warehouse.attempt();
    attempt.publish();
    f.clock.advance(10_000);
    attempt.end(lost);
    expect(await f.end(run)).toMatchObject({ status: 'COMPLETED', published: true });
  });
});

describe('our own bugs', () => {
  it('in executing a run fail it in the end, and its dataset goes on', async () => {
    const f = new EngineFixture();
    const broken = f.warehouse.execute.bind(f.warehouse);
    f.warehouse.execute = (work, options) =>
      work.ledgerOnly ? broken(work, options) : Promise.reject(new TypeError('a bug'));
    const run = await f.trigger();
    expect(await f.end(run)).toMatchObject({ status: 'FAILED', published: false });
    f.warehouse.execute = broken;
    expect(await f.end(await f.trigger())).toMatchObject({ status: 'COMPLETED' });
    expect(f.troubles.join()).toContain('a bug');
  });
});

describe('a commit that fails', () => {
  it('leaves no warehouse blocked that nobody watches', async () => {
    const f = new EngineFixture();
    // A deferred reference that leads nowhere makes the COMMIT fail, and nothing before it.
    f.database.execute(`
      CREATE TABLE nowhere (id INTEGER PRIMARY KEY);
      CREATE TABLE bad (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER break_commit AFTER UPDATE ON runs WHEN new.wait_reason IS NOT NULL
      BEGIN INSERT INTO bad VALUES (1); END;`);
    f.warehouse.heldBy = 'psql (PID 4711)';
    const run = await f.trigger();
    // Another write would fail with it, so the trouble itself is what is waited for.
    while (f.troubles.length === 0) await new Promise(setImmediate);
    expect(f.now(run)).toMatchObject({ status: 'RUNNING' });
    f.database.execute('DROP TRIGGER break_commit');
    f.warehouse.heldBy = undefined;
    const stop = { stopRequestedAt: f.clock.now(), reason: 'stopped by me' };
    await f.database.write((transaction) => markRun(transaction, { runUid: run.runUid, changes: stop }));
    f.clock.advance(1_000);
    expect(await f.end(run)).toMatchObject({ status: 'KILLED' });
    expect(await f.end(await f.trigger())).toMatchObject({ status: 'COMPLETED' });
  });

  it('leaves the run that could not be stored its place: its dataset has one run at a time', async () => {
    const f = new EngineFixture();
    f.database.execute(`
      CREATE TABLE nowhere (id INTEGER PRIMARY KEY);
      CREATE TABLE bad (id INTEGER REFERENCES nowhere (id) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER break_commit AFTER UPDATE ON runs WHEN new.status = 'COMPLETED'
      BEGIN INSERT INTO bad VALUES (1); END;`);
    const first = await f.trigger();
    while (f.troubles.length === 0) await new Promise(setImmediate);
    const second = await f.trigger();
    await f.quiet();
    expect([f.now(first).status, f.now(second).status]).toEqual(['RUNNING', 'PENDING']);
    f.database.execute('DROP TRIGGER break_commit');
    f.clock.advance(1_000);
    expect([await f.end(first), await f.end(second)]).toMatchObject([{ status: 'COMPLETED' }, { status: 'COMPLETED' }]);
  });
});

describe('a stop that is stored in the commit of the claim', () => {
  it('cancels the attempt that starts after it', async () => {
    const f = new EngineFixture();
    f.warehouse.manual = true;
    const run = await f.trigger();
    // The claim waits for the next shared commit, and this write joins it.
    const changes = { stopRequestedAt: f.clock.now(), reason: 'stopped by me' };
    await f.database.write((transaction) => markRun(transaction, { runUid: run.runUid, changes }));
    expect((await f.warehouse.attempt()).signal.reason).toBe('stop');
    expect(await f.end(run)).toMatchObject({ status: 'KILLED', reason: 'stopped by me' });
  });
});

describe('another write that throws after a change in every commit of the engine', () => {
  it('changes nothing for the runs: each is claimed once and ends, and none loses its place', async () => {
    const f = new EngineFixture({ limits: { total: 2, perWarehouse: new Map([['default', 2]]) } });
    const write = f.database.write.bind(f.database);
    const bugs: unknown[] = [];
    f.database.write = (work, options) => {
      const written = write(work, options);
      const broken = write(
        (transaction) => {
          transaction.run('DELETE FROM runs');
          throw new TypeError('a bug');
        },
        { repeatable: true },
      );
      broken.catch((error: unknown) => bugs.push(error));
      return written;
    };
    const datasets = ['a', 'a', 'a', 'b', 'c', 'd', 'd'];
    const runs = await Promise.all(datasets.map((dataset) => f.trigger({ dataset })));
    for (const run of runs) expect(await f.end(run)).toMatchObject({ status: 'COMPLETED', claims: 1, attempt: 1 });
    expect(f.warehouse.begun).toHaveLength(datasets.length);
    expect(f.troubles).toEqual([]);
    expect(bugs.length).toBeGreaterThan(datasets.length);
  });
});
