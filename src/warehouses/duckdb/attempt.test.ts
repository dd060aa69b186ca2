import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { workOf } from '../warehouse.suite.ts';
import { runAttempt } from './attempt.ts';
import { Session } from './session.ts';

it('leaves the counting of rows to a moment in which the next statement runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dli-attempt-'));
  const config = {
    catalogs: {},
    catalogFolder: join(folder, 'warehouse'),
    tempFolder: join(folder, 'tmp'),
    initSql: undefined,
    allowedDirectories: [],
    memoryLimit: '256MB',
    threads: 1,
    idleCloseMs: 60_000,
    catalogWaitMs: 1_000,
  };
  const session = new Session(config, () => undefined);
  onTestFinished(async () => {
    await session.close();
    rmSync(folder, { recursive: true });
  });
  const t = 'iceberg.analytics.t';
  const writes: (() => string)[] = [];
  const told: string[] = [];
  const add = (...lines: readonly string[]) => void told.push(...lines);
  const ignore = () => undefined;
  const report = {
    log: add,
    logEnd: add,
    logLater: (write: () => string) => void writes.push(write),
    published: ignore,
    postDone: ignore,
    flush: ignore,
  };
  const work = workOf(t, [`CREATE TABLE ${t} (a INTEGER)`, `INSERT INTO ${t} FROM range(3)`, `DELETE FROM ${t}`]);
  const { signal } = new AbortController();
  const outcome = await runAttempt(work, { session, signal, report, mayCommit: () => Promise.resolve() });
  expect(outcome).toEqual({ kind: 'succeeded' });
  expect(told.map((line) => line.replace(/ in .*/, ''))).toEqual(['committed']);
  expect(writes.map((write) => write().replace(/ in .*/, ''))).toEqual([
    's0: CREATE',
    's1: INSERT 3 rows',
    's2: DELETE 3 rows',
  ]);
});
