import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { FolderWatcher } from './folder-watcher.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dli-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function watching(): {
  readonly watcher: FolderWatcher;
  readonly change: () => Promise<void>;
  readonly troubles: string[];
} {
  const troubles: string[] = [];
  let next = Promise.withResolvers<void>();
  const watcher = new FolderWatcher({
    onChange: () => next.resolve(),
    onTrouble: (_, folder) => troubles.push(folder),
  });
  onTestFinished(() => watcher.close());
  const change = async () => {
    await next.promise;
    next = Promise.withResolvers<void>();
  };
  return { watcher, change, troubles };
}

it('tells of changes in the folders that it follows, and says which are new', async () => {
  const folder = makeFolder();
  const { watcher, change } = watching();
  expect(watcher.follow([folder])).toBe(true);
  expect(watcher.follow([folder])).toBe(false);
  writeFileSync(join(folder, 'a.yaml'), 'a');
  await change();
  mkdirSync(join(folder, 'team'));
  await change();
  expect(watcher.follow([folder, join(folder, 'team')])).toBe(true);
  writeFileSync(join(folder, 'team', 'b.yaml'), 'b');
  await change();
});

it('leaves out a folder that is not there, and tells once of one that cannot be watched', () => {
  const folder = makeFolder();
  const { watcher, troubles } = watching();
  expect(watcher.follow([join(folder, 'later')])).toBe(false);
  expect(troubles).toEqual([]);
  const impossible = `${folder}/${'x'.repeat(5_000)}`;
  for (let turn = 0; turn < 2; turn += 1) expect(watcher.follow([impossible])).toBe(false);
  expect(troubles).toEqual([impossible]);
});

const replacements: readonly (readonly [string, (folder: string) => void])[] = [
  ['moved away', (folder) => renameSync(folder, `${folder}.old`)],
  ['removed', (folder) => rmSync(folder, { recursive: true })],
];

it.each(replacements)('follows the folder that takes the place of one that was %s', async (_, takeAway) => {
  const folder = join(makeFolder(), 'code');
  mkdirSync(folder);
  const { watcher, change } = watching();
  watcher.follow([folder]);
  takeAway(folder);
  await change();
  mkdirSync(folder);
  expect(watcher.follow([folder])).toBe(true);
  expect(watcher.follow([folder])).toBe(false);
  writeFileSync(join(folder, 'a.yaml'), 'a');
  await change();
});
