import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { configIn } from './duckdb-fixture.suite.ts';
import { openFiles } from './open-files.ts';

it('closes the files only when they have answered what they may hide', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dli-open-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = await openFiles(configIn(folder), 'iceberg');
  for (let attempt = 0; attempt < 8; attempt += 1) files.traces.account();
  expect(files.traces.account().isClean()).toBe(false);
  await files.close();
  expect(files.traces.account().isClean()).toBe(true);
});
