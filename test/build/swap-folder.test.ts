import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { swapFolder } from '../../scripts/swap-folder.ts';

function folders() {
  const root = mkdtempSync(join(tmpdir(), 'dli-swap-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const place = join(root, 'dist');
  const aside = join(root, 'aside');
  mkdirSync(aside);
  const put = (folder: string, file: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), '');
    return folder;
  };
  return { root, place, aside, put };
}

it('puts a new folder in the place of the old, of which nothing is left there', () => {
  const { root, place, aside, put } = folders();
  put(place, 'old.js');
  swapFolder(put(join(root, 'fresh'), 'new.js'), { place, aside });
  expect(readdirSync(place)).toEqual(['new.js']);
  expect(readdirSync(join(aside, 'old-0'))).toEqual(['old.js']);
});

it('needs no old folder', () => {
  const { root, place, aside, put } = folders();
  swapFolder(put(join(root, 'fresh'), 'new.js'), { place, aside });
  expect(readdirSync(place)).toEqual(['new.js']);
});

it('leaves the old folder where it is when the new one is not there', () => {
  const { root, place, aside, put } = folders();
  put(place, 'old.js');
  expect(() => swapFolder(join(root, 'nothing'), { place, aside })).toThrow(/ENOENT/);
  expect(readdirSync(place)).toEqual(['old.js']);
});
