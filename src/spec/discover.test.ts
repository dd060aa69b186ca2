import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { discoverSpecs, findSpec, specFilesBelow } from './discover.ts';
import { diskReadFile, readTextFile } from './disk.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'discover-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(path: string, text: string | Uint8Array): string {
  const full = join(dir, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, text);
  return full;
}

const spec = (name: string) => `name: ${name}\ntype: Dataset\n`;
const found = () => discoverSpecs(dir).map(({ path, name }) => [relative(dir, path), name]);

it('finds specs by file name and by type, and nothing in hidden folders and node_modules', () => {
  write('dataset.a.b.yaml', 'name: a.b\n');
  write('sub/deep/other.yml', spec('c.d'));
  write('sub/config.yaml', 'name: x\n');
  write('notes.txt', spec('no'));
  write('.git/dataset.x.yaml', spec('x'));
  write('node_modules/p/dataset.y.yaml', spec('y'));
  expect(found()).toEqual([
    ['dataset.a.b.yaml', 'a.b'],
    ['sub/deep/other.yml', 'c.d'],
  ]);
});

it('reads a folder that links lead back to once', () => {
  write('a/dataset.x.yaml', spec('x'));
  symlinkSync(dir, join(dir, 'a/loop'));
  symlinkSync(join(dir, 'gone'), join(dir, 'dangling.yaml'));
  expect(found()).toEqual([['a/dataset.x.yaml', 'x']]);
});

it('lists a broken file with the name of a spec, so that parsing can say what is wrong', () => {
  write('dataset.broken.yaml', 'name: [');
  write('dataset.binary.yaml', new Uint8Array([0xff, 0xfe, 0x00]));
  expect(found().map(([path]) => path)).toEqual(['dataset.binary.yaml', 'dataset.broken.yaml']);
  expect(findSpec(dir, 'binary').name).toBeNull();
});

it('lists the same for all specs, and looks into no file whose name tells', () => {
  write('dataset.a.b.yaml', 'name: [');
  write('other.yaml', spec('c.d'));
  write('settings.yaml', 'type: Other\n# Dataset\n');
  write('quoted.yaml', '"type": "Dataset"\nname: e\n');
  const paths = ['dataset.a.b.yaml', 'other.yaml', 'quoted.yaml'].map((name) => join(dir, name));
  expect(specFilesBelow(dir)).toEqual({ specs: paths, unreadable: [] });
  expect(discoverSpecs(dir).map(({ path }) => path)).toEqual(paths);
});

it('takes a broken file that says what it is for a spec, and tells of one that cannot be looked into', () => {
  write('half.yaml', `${spec('a')}parameters: [`);
  write('no-spec.yaml', 'other: [');
  write('binary.yaml', new Uint8Array([0xff, 0xfe, 0x00]));
  expect(specFilesBelow(dir)).toEqual({ specs: [join(dir, 'half.yaml')], unreadable: [join(dir, 'binary.yaml')] });
});

it('finds nothing in a folder that is not there', () => {
  expect(discoverSpecs(join(dir, 'none'))).toEqual([]);
});

it('finds the spec of a dataset, whatever its file is called', () => {
  write('any.yaml', spec('iceberg.analytics.daily_clicks'));
  expect(findSpec(dir, 'iceberg.analytics.daily_clicks').path).toBe(join(dir, 'any.yaml'));
});

it('a dataset that is not there is DLI-101 with a suggestion', () => {
  write('any.yaml', spec('iceberg.analytics.daily_clicks'));
  expect(() => findSpec(dir, 'daily_clicks')).toThrow(
    expect.objectContaining({
      code: 'DLI-101',
      hints: expect.arrayContaining(["Did you mean 'iceberg.analytics.daily_clicks'?"]),
    }),
  );
});

it('a dataset with two specs is refused with both files', () => {
  write('a.yaml', spec('a'));
  write('b.yaml', spec('a'));
  expect(() => findSpec(dir, 'a')).toThrow(expect.objectContaining({ code: 'DLI-813' }));
});

it('reads SQL files of the folder, and none outside it, also not through a link', () => {
  const path = write('specs/dataset.a.yaml', spec('a'));
  write('specs/q.sql', 'SELECT 1');
  const secret = write('secret.sql', 'SECRET');
  symlinkSync(secret, join(dir, 'specs/link.sql'));
  symlinkSync(join(dir, 'specs/q.sql'), join(dir, 'specs/inner.sql'));
  const read = diskReadFile(path);
  expect(read('q.sql')).toBe('SELECT 1');
  expect(read('inner.sql')).toBe('SELECT 1');
  expect(read('none.sql')).toBeUndefined();
  expect(read('link.sql')).toBeUndefined();
  expect(read('../secret.sql')).toBeUndefined();
  expect(read('.')).toBeUndefined();
});

it('a file that is not UTF-8 is refused', () => {
  const path = write('x.sql', new Uint8Array([0xc3, 0x28]));
  expect(() => readTextFile(path)).toThrow('is not UTF-8 text');
});
