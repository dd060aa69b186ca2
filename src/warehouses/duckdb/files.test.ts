import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import type { CancelReason } from '../warehouse.ts';
import { type DuckdbFixture, openFixture } from './duckdb-fixture.suite.ts';

let open: DuckdbFixture[] = [];
const start = async (...options: Parameters<typeof openFixture>) => {
  const fixture = await openFixture(...options);
  open.push(fixture);
  const run = async (dataset: string, ...sql: readonly string[]) => execute(fixture.warehouse, workOf(dataset, sql));
  return { ...fixture, run };
};
afterEach(async () => {
  await Promise.all(open.map((fixture) => fixture.dispose()));
  open = [];
});

/** Another program that opens `file` and holds it until it is ended. */
async function holdFile(file: string) {
  const program = `
    import { DuckDBInstance } from '@duckdb/node-api';
    const instance = await DuckDBInstance.create(${JSON.stringify(file)});
    await (await instance.connect()).run('CREATE TABLE IF NOT EXISTS held (a INTEGER)');
    process.stdout.write('held');
    process.stdin.resume();`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [first] = await once(holder.stdout, 'data');
  expect(String(first)).toBe('held');
  return {
    pid: holder.pid,
    release: async () => {
      holder.kill('SIGKILL');
      await once(holder, 'close');
    },
  };
}

describe('files that do not open', () => {
  it('names the file and the process of another program that holds it, and works when it has gone', async () => {
    const { folder, run } = await start();
    const file = join(folder, 'warehouse', 'iceberg.duckdb');
    mkdirSync(join(folder, 'warehouse'));
    const holder = await holdFile(file);
    const { outcome } = await run('iceberg.analytics.t', 'SELECT 1');
    await holder.release();
    expect(outcome).toMatchObject({ kind: 'unavailable' });
    expect(outcome).toMatchObject({ reason: expect.stringContaining(file) });
    expect(outcome).toMatchObject({ reason: expect.stringContaining(`process ${holder.pid}`) });
    expect((await run('iceberg.analytics.t', 'SELECT 1')).outcome).toEqual({ kind: 'succeeded' });
  });

  it('says why a broken file or init_sql keeps the warehouse closed', async () => {
    const broken = await start();
    mkdirSync(join(broken.folder, 'warehouse'));
    writeFileSync(join(broken.folder, 'warehouse', 'iceberg.duckdb'), 'this is no database '.repeat(1_000));
    const file = await broken.run('iceberg.analytics.t', 'SELECT 1');
    expect(file.outcome).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/iceberg\.duckdb does not open: .*not a valid DuckDB/),
    });
    const init = await start({ initSql: 'CREATE VEW x AS SELECT 1' });
    const sql = await init.run('iceberg.analytics.t', 'SELECT 1');
    expect(sql.outcome).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/^init_sql does not open: .*VEW/),
    });
    await expect(init.warehouse.preview('iceberg.analytics.t', 1)).rejects.toMatchObject({ code: 'DLI-816' });
  });
});

describe('catalogs', () => {
  it('keeps names of one and two parts in the catalog main', async () => {
    const { folder, run, warehouse } = await start();
    expect((await run('t', 'CREATE TABLE t AS SELECT 1 AS a')).outcome).toEqual({ kind: 'succeeded' });
    expect((await run('s.t', 'CREATE TABLE s.t AS SELECT a + 1 AS a FROM t')).outcome).toEqual({ kind: 'succeeded' });
    expect((await warehouse.preview('s.t', 5)).rows).toEqual([{ a: 2 }]);
    expect((await warehouse.preview('t', 5)).rows).toEqual([{ a: 1 }]);
    expect(existsSync(join(folder, 'warehouse', 'main.duckdb'))).toBe(true);
  });

  it('creates the file of a catalog that a dataset names, and other datasets can read it', async () => {
    const { folder, run } = await start();
    expect((await run('Lake.s.t', 'CREATE TABLE Lake.s.t AS SELECT 1 AS a')).outcome).toEqual({ kind: 'succeeded' });
    expect(existsSync(join(folder, 'warehouse', 'lake.duckdb'))).toBe(true);
    expect((await run('iceberg.s.u', 'CREATE TABLE iceberg.s.u AS SELECT * FROM lake.s.t')).outcome).toEqual({
      kind: 'succeeded',
    });
  });

  it('adds a catalog when the running attempts have ended, and says that it waits', async () => {
    const { warehouse, endlessQuery, run } = await start();
    await run('iceberg.s.t', 'SELECT 1');
    const stop = new AbortController();
    const long = await startEndless(warehouse, endlessQuery, stop.signal);
    const waited = await execute(warehouse, workOf('lake.s.t', 'SELECT 1'), (report) => {
      if (report.startsWith('waiting: the new catalog lake')) stop.abort('stop' satisfies CancelReason);
    });
    expect(waited.outcome).toEqual({ kind: 'succeeded' });
    expect((await long.outcome).kind).toBe('cancelled');
  });

  it('cancels an attempt that waits for its catalog at once', async () => {
    const { warehouse, endlessQuery, run } = await start();
    await run('iceberg.s.t', 'SELECT 1');
    const stop = new AbortController();
    const long = await startEndless(warehouse, endlessQuery, stop.signal);
    const waiting = await execute(warehouse, workOf('lake.s.t', 'SELECT 1'), (report, cancel) => {
      if (report.startsWith('waiting')) cancel('stop');
    });
    expect(waiting.outcome).toEqual({ kind: 'cancelled', published: false, postIndex: 0 });
    stop.abort('stop');
    expect((await long.outcome).kind).toBe('cancelled');
    expect((await run('iceberg.s.t', 'SELECT 1')).outcome).toEqual({ kind: 'succeeded' });
  });

  it('goes on with the catalogs that are open while a new one waits', async () => {
    const { warehouse, endlessQuery, run } = await start({ catalogWaitMs: 60_000 });
    await run('iceberg.s.t', 'SELECT 1');
    const stop = new AbortController();
    const long = await startEndless(warehouse, endlessQuery, stop.signal);
    const waits = Promise.withResolvers<void>();
    const waiting = execute(warehouse, workOf('lake.s.t', 'SELECT 1'), (report) => {
      if (report.startsWith('waiting')) waits.resolve();
    });
    await waits.promise;
    expect((await run('iceberg.s.t', 'SELECT 1')).outcome).toEqual({ kind: 'succeeded' });
    expect(await warehouse.preview('iceberg.s.t', 1).catch((error: unknown) => error)).toMatchObject({
      code: 'DLI-815',
    });
    stop.abort('stop');
    expect((await long.outcome).kind).toBe('cancelled');
    expect((await waiting).outcome).toEqual({ kind: 'succeeded' });
  });

  it('adds a catalog that is waited for before the attempt that follows the running one begins', async () => {
    const { warehouse, run } = await start();
    await run('iceberg.s.t', 'SELECT 1');
    const permits = { first: Promise.withResolvers<void>(), next: Promise.withResolvers<void>() };
    const signal = new AbortController().signal;
    const observer = { log: () => undefined, published: () => undefined, postDone: () => undefined };
    const first = workOf('iceberg.s.t', 'SELECT 1');
    const options = { observer, signal };
    const firstEnd = warehouse.execute(first, { ...options, mayCommit: permits.first.promise });
    const nextEnd = warehouse.execute(workOf('iceberg.s.t', 'SELECT 2'), {
      ...options,
      after: first.runUid,
      mayCommit: permits.next.promise,
    });
    const added = await execute(warehouse, workOf('lake.s.t', 'SELECT 1'), (report) => {
      if (report.startsWith('waiting')) permits.first.resolve();
    });
    permits.next.resolve();
    expect(added.outcome).toEqual({ kind: 'succeeded' });
    expect(await Promise.all([firstEnd, nextEnd])).toEqual([{ kind: 'succeeded' }, { kind: 'succeeded' }]);
  });

  it('finds the warehouse unavailable when a new catalog cannot be added for long, also for a cancelled run that must ask the ledger', async () => {
    const { warehouse, endlessQuery, run } = await start({ catalogWaitMs: 100, cancelGraceMs: 2_000 });
    await run('iceberg.s.t', 'SELECT 1');
    const { pid } = warehouse;
    const stop = new AbortController();
    const long = await startEndless(warehouse, endlessQuery, stop.signal);
    const unavailable = { kind: 'unavailable', reason: expect.stringContaining('the new catalog lake') };
    expect((await run('lake.s.t', 'SELECT 1')).outcome).toEqual(unavailable);
    const uncertain = workOf('lake.s.t', 'SELECT 1', { askLedgerFirst: true });
    const asking = await execute(warehouse, uncertain, (_report, cancel) => cancel('stop'));
    expect(asking.outcome).toEqual(unavailable);
    await warehouse.prepare('lake.s.t');
    expect(warehouse.pid).toBe(pid);
    stop.abort('stop');
    expect((await long.outcome).kind).toBe('cancelled');
    expect((await run('lake.s.t', 'SELECT 1')).outcome).toEqual({ kind: 'succeeded' });
  });

  it('creates a catalog when it is prepared, so that its first run waits for nobody', async () => {
    const { warehouse, endlessQuery, folder, run } = await start({ catalogWaitMs: 100 });
    await warehouse.prepare('lake.s.t');
    expect(existsSync(join(folder, 'warehouse', 'lake.duckdb'))).toBe(true);
    const stop = new AbortController();
    const long = await startEndless(warehouse, endlessQuery, stop.signal);
    expect((await run('lake.s.t', 'CREATE TABLE lake.s.t (a INTEGER)')).outcome).toEqual({ kind: 'succeeded' });
    stop.abort('stop');
    expect((await long.outcome).kind).toBe('cancelled');
  });

  it('creates no catalog for a preview', async () => {
    const { folder, warehouse } = await start();
    await expect(warehouse.preview('lake.s.t', 1)).rejects.toMatchObject({ code: 'DLI-815' });
    expect(existsSync(join(folder, 'warehouse', 'lake.duckdb'))).toBe(false);
  });

  it('refuses the names that DuckDB keeps to itself', async () => {
    const { run } = await start();
    for (const name of [
      'main.s.t',
      'Temp.s.t',
      'memory.s.t',
      '_dli.s.t',
      'iceberg._DLI.published_runs',
      '../x',
      'a.b.c.d',
    ])
      expect((await run(name, 'SELECT 1')).outcome, name).toMatchObject({ kind: 'failed', error: { code: 'DLI-815' } });
  });
});

describe('idle', () => {
  const bringingThreads = 'SELECT sum(hash(range)) FROM range(30000000)';

  it.each([
    ['short ones', 'SELECT * FROM iceberg.s.t'],
    ['one that brought helping threads', bringingThreads],
  ])('lets go of the files after the last attempt, so that another program can open them: %s', async (_what, query) => {
    const { folder, run, logged, warehouse } = await start({ idleCloseMs: 10 });
    const closed = logged(/^closed/);
    await run('iceberg.s.t', 'CREATE TABLE iceberg.s.t AS SELECT 1 AS a', query);
    await closed;
    if (process.platform === 'linux') expect(openDatabases(warehouse.pid)).toEqual([]);
    const holder = await holdFile(join(folder, 'warehouse', 'iceberg.duckdb'));
    await holder.release();
    expect((await warehouse.preview('iceberg.s.t', 1)).rows).toEqual([{ a: 1 }]);
  });

  it('lets go of every file also when none can be written, and tells the first reason', async () => {
    // DuckDB ends each CHECKPOINT with an error, as on a full disk.
    const initSql = "SET GLOBAL debug_checkpoint_abort = 'before_header'";
    const catalogs = ['iceberg', 'lake'];
    const { folder, run, logged, warehouse, endlessQuery } = await start((base) => ({
      catalogs: Object.fromEntries(catalogs.map((name) => [name, join(base, 'warehouse', `${name}.duckdb`)])),
      initSql,
      idleCloseMs: 1,
    }));
    const closed = logged(/^closing the files: /);
    const stop = new AbortController();
    const long = await startEndless(warehouse, endlessQuery, stop.signal);
    await run('iceberg.s.t', 'CREATE TABLE iceberg.s.t AS SELECT 1 AS a');
    await run('lake.s.t', 'CREATE TABLE lake.s.t AS SELECT 2 AS a', bringingThreads);
    stop.abort('stop');
    expect((await long.outcome).kind).toBe('cancelled');
    expect(await closed).toMatch(/database "iceberg"/);
    if (process.platform === 'linux') expect(openDatabases(warehouse.pid)).toEqual([]);
    for (const catalog of catalogs) {
      const holder = await holdFile(join(folder, 'warehouse', `${catalog}.duckdb`));
      await holder.release();
    }
    expect((await warehouse.preview('iceberg.s.t', 1)).rows).toEqual([{ a: 1 }]);
    expect((await warehouse.preview('lake.s.t', 1)).rows).toEqual([{ a: 2 }]);
  });

  it('keeps the files open while an attempt runs', async () => {
    const { warehouse, endlessQuery, run, logged } = await start({ idleCloseMs: 1 });
    const stop = new AbortController();
    const long = await startEndless(warehouse, endlessQuery, stop.signal);
    for (let index = 0; index < 5; index += 1)
      expect((await run('iceberg.s.t', 'SELECT 1')).outcome).toEqual({ kind: 'succeeded' });
    const closed = logged(/^closed/);
    stop.abort('stop');
    expect((await long.outcome).kind).toBe('cancelled');
    await closed;
  });
});

async function startEndless(warehouse: DuckdbFixture['warehouse'], query: string, signal: AbortSignal) {
  const started = Promise.withResolvers<void>();
  const outcome = warehouse.execute(workOf('iceberg.s.long', ['SELECT 1', query]), {
    signal,
    observer: { log: () => started.resolve(), published: () => undefined, postDone: () => undefined },
  });
  await started.promise;
  return { outcome };
}

function openDatabases(pid: number | undefined): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => readLink(`/proc/${pid}/fd/${fd}`))
    .filter((file) => /\.duckdb/.test(file) && !/node_modules/.test(file));
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
