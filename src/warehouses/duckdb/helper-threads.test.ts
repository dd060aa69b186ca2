import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DuckDBPendingResultState, type DuckDBPreparedStatement } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { workOf } from '../warehouse.suite.ts';
import type { DuckdbConfig } from './child-protocol.ts';
import { configIn } from './duckdb-fixture.suite.ts';
import { beginOnlyQuery } from './only-query.ts';
import type { OpenFiles } from './open-files.ts';
import { Session } from './session.ts';

let folder: string;
let session: Session;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dli-helpers-'));
  session = open({ threads: 3 });
});
afterEach(async () => {
  vi.useRealTimers();
  await session.close();
  rmSync(folder, { recursive: true });
});

function open(changes: Partial<DuckdbConfig>): Session {
  return new Session(configIn(folder, changes), () => undefined);
}

const use = <Result>(action: (files: OpenFiles) => Promise<Result>) =>
  session.use({ catalog: 'iceberg', signal: new AbortController().signal }, action);

/** How many threads work for DuckDB beside those that ask. */
async function present(files: OpenFiles): Promise<number> {
  const connection = await files.connect();
  const reader = await connection.runAndReadAll(
    `SELECT current_setting('threads') - current_setting('external_threads')`,
  );
  connection.closeSync();
  return Number(reader.getRows()[0]?.[0]);
}

/** A statement that lasts until the threads are there. */
const untilPresent = (files: OpenFiles) =>
  files.helpers.during(async () => {
    while ((await present(files)) === 0);
  }, 0);

const endlessQuery = 'SELECT sum(x.range * y.range) FROM range(100000000) x, range(100000000) y';

/** Asks on this thread, for want of another. */
function isBrought(check: DuckDBPreparedStatement | undefined): boolean {
  const pending = check?.start();
  try {
    while (pending?.runTask() !== DuckDBPendingResultState.RESULT_READY);
    return true;
  } catch {
    return false;
  }
}

it('leaves a statement that is over soon to the thread that asks for it', async () => {
  await use(async (files) => {
    expect(await files.helpers.during(() => present(files), 60_000)).toBe(0);
    expect(await present(files)).toBe(0);
  });
});

it('brings as many threads as the configuration or init_sql says while a statement lasts', async () => {
  await use(async (files) => {
    await untilPresent(files);
    expect(await present(files)).toBe(2);
  });
  await session.close();
  session = open({ threads: 3, initSql: 'SET threads = 5' });
  await use(async (files) => {
    await untilPresent(files);
    expect(await present(files)).toBe(4);
  });
});

it('brings them while each thread of the binding has a statement that lasts', async () => {
  await use(async (files) => {
    const connections = await Promise.all(Array.from({ length: 5 }, () => files.connect()));
    const [own, ...busy] = connections;
    const check = await own?.prepare(
      "SELECT CASE value WHEN '1' THEN 1 ELSE error('not yet') END FROM duckdb_settings() WHERE name = 'external_threads'",
    );
    const endless = busy.map((connection) => connection.run(endlessQuery).catch(() => 'interrupted'));
    await files.helpers.during(async () => {
      while (!isBrought(check)) await setImmediate(undefined);
    }, 0);
    let over = false;
    const ends = Promise.all(endless).finally(() => {
      over = true;
    });
    // Again and again: DuckDB forgets an interrupt that comes before its statement.
    while (!over) {
      for (const connection of busy) connection.interrupt();
      await setImmediate(undefined);
    }
    expect(await ends).toEqual(busy.map(() => 'interrupted'));
    for (const connection of connections) connection.closeSync();
  });
});

it('sends them away when nothing runs and none has been needed for a while', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await use(untilPresent);
  expect(await use(present)).toBe(2);
  vi.advanceTimersByTime(2_000);
  await use(() => Promise.resolve());
  expect(await use(present)).toBe(0);
  await use(untilPresent);
  expect(await use(present)).toBe(2);
});

it('sends them away however many short statements came since one needed them', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await use(untilPresent);
  for (let short = 0; short < 3; short += 1) {
    vi.advanceTimersByTime(800);
    await use((files) => files.helpers.during(() => present(files), 60_000));
  }
  expect(await use(present)).toBe(0);
});

it('keeps them while a statement runs, whoever else has ended', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await use(async (files) => {
    await untilPresent(files);
    vi.advanceTimersByTime(2_000);
    await use(() => Promise.resolve());
    expect(await present(files)).toBe(2);
  });
});

it('helps to prepare a query that only reads, which may bind thousands of files', async () => {
  await use(async (files) => {
    const connection = await files.connect();
    const { signal } = new AbortController();
    // What is constant is worked out while it is prepared.
    const work = workOf('iceberg.analytics.t', 'SELECT list_sum(range(20_000_000))');
    const only = await beginOnlyQuery({ connection, files, work, signal });
    only?.query.prepared.destroySync();
    connection.closeSync();
    expect(await present(files)).toBe(2);
  });
});
