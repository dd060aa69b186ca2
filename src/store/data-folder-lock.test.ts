import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lockDataFolder } from './data-folder-lock.ts';
import { makeFolder } from './store-fixture.suite.ts';

/** Starts a process that takes the folder and keeps it; resolves when it has. */
async function holder(folder: string): Promise<ChildProcess> {
  const script = `
    import { lockDataFolder } from ${JSON.stringify(new URL('./data-folder-lock.ts', import.meta.url).href)};
    globalThis.lock = lockDataFolder(${JSON.stringify(folder)});
    setInterval(() => undefined, 1_000_000);
    process.stdout.write('held');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

it('refuses a second holder and names the process of the first', async () => {
  const folder = makeFolder();
  const child = await holder(folder);
  expect(() => lockDataFolder(folder)).toThrow(
    expect.objectContaining({ code: 'DLI-502', message: expect.stringContaining(`process ${child.pid}`) }),
  );
});

it('is freed by SIGKILL of its holder', async () => {
  const folder = makeFolder();
  const child = await holder(folder);
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
  lockDataFolder(folder).release();
});

it('is held against this very process too, until it is released', () => {
  const folder = makeFolder();
  const lock = lockDataFolder(folder);
  expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'DLI-502' }));
  lock.release();
  lockDataFolder(folder).release();
});

it('says that the holder is unknown when its note is gone', () => {
  const folder = makeFolder();
  const lock = lockDataFolder(folder);
  rmSync(join(folder, 'server.pid'));
  expect(() => lockDataFolder(folder)).toThrow(
    expect.objectContaining({ message: expect.stringContaining('unknown') }),
  );
  lock.release();
});

it('refuses a folder that cannot be used with DLI-505, and keeps no lock on it', () => {
  expect(() => lockDataFolder(join(makeFolder(), 'missing'))).toThrow(expect.objectContaining({ code: 'DLI-505' }));
  const folder = makeFolder();
  mkdirSync(join(folder, 'server.pid'));
  expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'DLI-505' }));
  rmSync(join(folder, 'server.pid'), { recursive: true });
  lockDataFolder(folder).release();
});

it('refuses a lock file that is no SQLite file with DLI-505', () => {
  const folder = makeFolder();
  writeFileSync(join(folder, 'lock.sqlite'), 'x'.repeat(5_000));
  expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'DLI-505' }));
});
