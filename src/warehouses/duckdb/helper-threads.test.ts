import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
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

function open({ threads, initSql }: { threads: number; initSql?: string }): Session {
  const config = {
    catalogs: {},
    catalogFolder: join(folder, 'warehouse'),
    tempFolder: join(folder, 'tmp'),
    initSql,
    allowedDirectories: [],
    memoryLimit: '1GB',
    threads,
    idleCloseMs: 60_000,
    catalogWaitMs: 1_000,
  };
  return new Session(config, () => undefined);
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

it('sends them away when nothing runs and none has been needed for a while', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await use(untilPresent);
  expect(await use(present)).toBe(2);
  vi.advanceTimersByTime(2_000);
  await use((files) => use(() => present(files)));
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
