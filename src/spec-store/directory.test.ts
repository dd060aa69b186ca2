import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SpecDirectory } from './directory.ts';

function open() {
  const root = mkdtempSync(join(tmpdir(), 'dli-specs-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return { root, directory: new SpecDirectory(root), manual: join(root, 'manual') };
}

function readAll(directory: SpecDirectory) {
  return directory.manualDatasets().map((dataset) => directory.readManual(dataset));
}

describe('the folder of manual registrations', () => {
  it('gives back what was written, in the order of names, each with a digest of its content', () => {
    const { directory } = open();
    const digests = ['b', 'a'].map((name) => directory.writeManual(name, `name: ${name}`).digest);
    const stored = readAll(directory);
    expect(stored.map(({ dataset, text }) => [dataset, text])).toEqual([
      ['a', 'name: a'],
      ['b', 'name: b'],
    ]);
    expect(stored.map(({ digest }) => digest)).toEqual([...digests].reverse());
    expect(new Set(digests).size).toBe(2);
  });

  it('replaces a file as a whole and leaves no temporary one', () => {
    const { directory, manual } = open();
    directory.writeManual('a', 'x'.repeat(100_000)).keep();
    directory.writeManual('a', 'short').keep();
    expect(readAll(directory).map(({ text }) => text)).toEqual(['short']);
    expect(readdirSync(manual)).toEqual(['a.yaml']);
  });

  it('that cannot be made is DLI-505 and names the folder and the setting', () => {
    const { root } = open();
    const file = join(root, 'file');
    writeFileSync(file, '');
    expect(() => new SpecDirectory(file)).toThrow(
      expect.objectContaining({
        code: 'DLI-505',
        message: expect.stringContaining(join(file, 'manual')),
        hints: [expect.stringContaining("'specs' in basecamp.yaml")],
      }),
    );
  });

  it('removes a file, also one that is not there', () => {
    const { directory } = open();
    directory.writeManual('a', 'x');
    directory.removeManual('a');
    directory.removeManual('a');
    expect(readAll(directory)).toEqual([]);
  });

  it('puts back what was there before, also when several changes are undone', () => {
    const { directory, manual } = open();
    directory.writeManual('a', 'first').keep();
    const changes = [
      directory.writeManual('a', 'second'),
      directory.removeManual('a'),
      directory.writeManual('a', 'third'),
    ];
    for (const change of changes.toReversed()) change.undo();
    expect(readAll(directory).map(({ text }) => text)).toEqual(['first']);
    expect(readdirSync(manual)).toEqual(['a.yaml']);
  });

  it('sweeps up at the start what a crash left of a change', () => {
    const { root, directory, manual } = open();
    directory.writeManual('a', 'first').keep();
    directory.writeManual('a', 'second');
    writeFileSync(join(manual, 'a.yaml.tmp'), 'half');
    expect(readAll(new SpecDirectory(root)).map(({ text }) => text)).toEqual(['second']);
    expect(readdirSync(manual)).toEqual(['a.yaml']);
  });

  it('reads nothing that is no YAML file', () => {
    const { directory, manual } = open();
    writeFileSync(join(manual, 'a.yaml.tmp'), 'half');
    writeFileSync(join(manual, 'README.md'), 'hello');
    expect(readAll(directory)).toEqual([]);
  });
});
