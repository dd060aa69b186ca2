import { afterEach, describe, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import type { AttemptOutcome, CancelReason } from '../warehouse.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

const t = 'iceberg.analytics.t';
let open: DuckdbFixture[] = [];
const start = async (...options: Parameters<typeof openFixture>) => {
  const fixture = await openFixture(...options);
  open.push(fixture);
  const run = async (...sql: readonly string[]) => (await execute(fixture.warehouse, workOf(t, sql))).outcome;
  expect(await run(`CREATE TABLE ${t} (run VARCHAR)`)).toEqual({ kind: 'succeeded' });
  const rows = async () => (await fixture.warehouse.preview(t, 10_000)).rows.map((row) => String(row.run));
  return { ...fixture, run, rows };
};
afterEach(async () => {
  await Promise.all(open.map((fixture) => fixture.dispose()));
  open = [];
});

describe('memory', () => {
  it('fails a query that needs more than the limit, mendable, and goes on', async () => {
    const { run, rows } = await start({ memoryLimit: '64MB' });
    const outcome = await run(`INSERT INTO ${t} VALUES ('x')`, 'SELECT list(range) FROM range(50000000)');
    expect(outcome).toMatchObject({ kind: 'failed', published: false, error: { code: 'DLI-802', mendable: true } });
    expect(outcome).toMatchObject({
      error: { message: expect.stringMatching(/^out of memory: .*memory_limit of the warehouse in basecamp\.yaml/) },
    });
    expect(await rows()).toEqual([]);
  });

  it('counts the rows of a result that is larger than the limit without keeping it', async () => {
    const { warehouse } = await start({ memoryLimit: '64MB' });
    const { outcome, reports } = await execute(
      warehouse,
      workOf(t, "SELECT range, repeat('x', 100) FROM range(2000000)"),
    );
    expect(outcome).toEqual({ kind: 'succeeded' });
    expect(reports[0]).toMatch(/^s0: SELECT 2000000 rows in/);
  });
});

describe('bounds', () => {
  it('bounds what an attempt logs', async () => {
    const { warehouse } = await start();
    const many = await execute(warehouse, workOf(t, 'SELECT 1;'.repeat(1_200)));
    expect(many.reports).toHaveLength(1_001);
    expect(many.reports[999]).toBe('further lines are left out');
    const failing = await execute(warehouse, workOf(t, ['SELECT 1;'.repeat(1_200), 'SELECT nope']));
    expect(failing.reports.slice(-3)).toEqual([
      expect.stringMatching(/^s1 at 1:8: /),
      '  1 | SELECT nope',
      '    |        ^',
    ]);
    const long = await execute(warehouse, workOf(t, `SELECT error('${'x'.repeat(100_000)}')`));
    expect(Math.max(...long.reports.map((line) => line.length))).toBeLessThan(2_100);
  });

  it('bounds the message of an error and of refused SQL', async () => {
    const { warehouse, run } = await start();
    const cut = { error: { message: expect.stringMatching(/x{1800,2000}…/) } };
    expect(await run("SELECT error(repeat('x', 10000000))")).toMatchObject(cut);
    expect(await run(`SELECT "${'x'.repeat(100_000)}"`)).toMatchObject(cut);
    expect(await run(`SELECT _dli${'x'.repeat(100_000)}`)).toMatchObject(cut);
    const binding = warehouse.bind({
      dataset: t,
      statements: [{ label: 'query', sql: `SELECT "${'x'.repeat(100_000)}"` }],
    });
    await expect(binding).rejects.toSatisfy(({ message }: Error) => message.length < 2_100);
  });

  it('bounds the reason of a warehouse that does not open', async () => {
    const fixture = await openFixture({ initSql: `SELECT * FROM "${'x'.repeat(100_000)}"` });
    open.push(fixture);
    const { outcome } = await execute(fixture.warehouse, workOf(t, 'SELECT 1'));
    expect(outcome).toMatchObject({ kind: 'unavailable', reason: expect.stringMatching(/x{1800,2000}…/) });
  });
});

describe('a process that does not cancel', () => {
  it('is ended after the grace period, and what was in it is lost by our own doing', async () => {
    const { warehouse, endlessQuery, rows } = await start({ cancelGraceMs: 50 });
    const stop = new AbortController();
    const started = Promise.withResolvers<void>();
    const observer = { log: () => started.resolve(), published: () => undefined, postDone: () => undefined };
    const work = workOf(t, [`INSERT INTO ${t} VALUES ('x')`, endlessQuery]);
    const outcome = warehouse.execute(work, { observer, signal: stop.signal });
    await started.promise;
    // A stopped process answers nothing, whatever it is told.
    if (warehouse.pid !== undefined) process.kill(warehouse.pid, 'SIGSTOP');
    stop.abort('timeout' satisfies CancelReason);
    expect(await outcome).toMatchObject({ kind: 'lost', ours: true });
    expect(await rows()).toEqual([]);
  });
});

describe('crashes', () => {
  it('leave table and ledger in agreement, wherever they strike', async () => {
    const { warehouse, crash, rows } = await start();
    const outcomes = new Map<string, AttemptOutcome>();
    const ids = Array.from({ length: 18 }, (_, index) => `crash-${index}`);
    for (const [index, runUid] of ids.entries()) {
      // The process is up and its files are open before each attempt; the one that was killed may only now be gone.
      await rows().catch(rows);
      const work = workOf(t, `INSERT INTO ${t} VALUES ('${runUid}')`, { runUid });
      const executing = execute(warehouse, work, (report) => {
        if (index % 6 === 5 && report === 'published') crash();
      });
      // From before BEGIN to after COMMIT: so many turns of the event loop later each time.
      if (index % 6 < 5) await turns(index * 40).then(crash);
      outcomes.set(runUid, (await executing).outcome);
    }
    await rows().catch(rows);
    const published = await publishedOf(warehouse, ids);
    expect([...(await rows())].sort()).toEqual([...published].sort());
    for (const [runUid, { kind }] of outcomes) {
      expect(['lost', 'succeeded']).toContain(kind);
      if (kind === 'succeeded') expect(published).toContain(runUid);
    }
    // Struck before anything was done, and after it was done.
    expect(published).not.toContain('crash-0');
    expect(published).toContain('crash-5');
  });

  it('lose every attempt that was in the process, and none twice', async () => {
    const { warehouse, crash, rows } = await start();
    const ids = Array.from({ length: 8 }, (_, index) => `side-${index}`);
    const first = ids.map((runUid) =>
      execute(warehouse, workOf(t, `INSERT INTO ${t} VALUES ('${runUid}')`, { runUid })),
    );
    await turns(5);
    crash();
    await Promise.all(first);
    const again = ids.map((runUid) =>
      execute(warehouse, workOf(t, `INSERT INTO ${t} VALUES ('${runUid}')`, { runUid, askLedgerFirst: true })),
    );
    expect((await Promise.all(again)).map(({ outcome }) => outcome.kind)).toEqual(ids.map(() => 'succeeded'));
    expect([...(await rows())].sort()).toEqual(ids);
  });
});

describe('a cancel at the moment of the commit', () => {
  it('ends with what the ledger says, and the table agrees', async () => {
    const { warehouse, rows } = await start();
    const ids = Array.from({ length: 40 }, (_, index) => `cancel-${index}`);
    const published: string[] = [];
    for (const [index, runUid] of ids.entries()) {
      const stop = new AbortController();
      const executing = warehouse.execute(workOf(t, `INSERT INTO ${t} VALUES ('${runUid}')`, { runUid }), {
        signal: stop.signal,
        observer: { log: () => undefined, published: () => undefined, postDone: () => undefined },
      });
      await turns(index * 60);
      stop.abort('stop' satisfies CancelReason);
      const outcome = await executing;
      expect(['cancelled', 'succeeded']).toContain(outcome.kind);
      if (outcome.kind === 'succeeded' || (outcome.kind === 'cancelled' && outcome.published)) published.push(runUid);
    }
    expect([...(await rows())].sort()).toEqual([...published].sort());
    expect(new Set(await publishedOf(warehouse, ids))).toEqual(new Set(published));
  });
});

/** Asks the ledger which runs have published. */
async function publishedOf(warehouse: DuckdbFixture['warehouse'], ids: readonly string[]): Promise<readonly string[]> {
  const asked = await Promise.all(
    ids.map(async (runUid) => {
      const { outcome } = await execute(warehouse, workOf(t, 'SELECT 1', { runUid, ledgerOnly: true }));
      return outcome.kind === 'cancelled' && outcome.published ? [runUid] : [];
    }),
  );
  return asked.flat();
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
