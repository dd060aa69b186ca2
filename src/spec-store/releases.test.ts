import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeDisk, type ReleaseDisk } from './release-disk.ts';
import { Releases } from './releases.ts';

const commit = { sha: 'a'.repeat(40), ref: 'main', dirty: false, url: null };
const about = (at: number) => ({ deployId: `deploy-${at}`, at, actor: 'ci', commit });

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'dli-releases-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return join(root, 'code');
}

function filesOf(texts: Readonly<Record<string, string>>) {
  return new Map(Object.entries(texts).map(([name, text]) => [name, { text, upload: 'f'.repeat(64) }]));
}

function textsOf(releases: Releases): Readonly<Record<string, string>> | null {
  const release = releases.current();
  return (
    release && Object.fromEntries([...release.files.keys()].map((name) => [name, releases.readFile(release, name)]))
  );
}

/** A disk on which the process dies before its `dies`-th step: that step and every later one is not done. */
class FakeDisk implements ReleaseDisk {
  #left: number;
  constructor(dies: number) {
    this.#left = dies;
  }
  readonly #step = async (work: () => Promise<void>) => {
    if (this.#left === 0) throw new Error('the process is dead');
    this.#left -= 1;
    return work();
  };
  makeFolder = (path: string) => this.#step(() => nodeDisk.makeFolder(path));
  writeFile = (path: string, text: string) => this.#step(() => nodeDisk.writeFile(path, text));
  linkFile = (from: string, to: string) => this.#step(() => nodeDisk.linkFile(from, to));
  syncFolder = (path: string) => this.#step(() => nodeDisk.syncFolder(path));
  rename = (from: string, to: string) => this.#step(() => nodeDisk.rename(from, to));
  remove = (path: string) => this.#step(() => nodeDisk.remove(path));
  setTime = (path: string, at: number) => this.#step(() => nodeDisk.setTime(path, at));
}

describe('the releases under code/', () => {
  it('are none before the first deploy', () => {
    expect(new Releases(folder()).current()).toBeNull();
  });

  it('give back what was written, who wrote it and from which commit', async () => {
    const root = folder();
    const written = await new Releases(root).write({ files: filesOf({ a: 'A', 'b.c': 'B' }), about: about(1_000) });
    const releases = new Releases(root);
    expect(releases.current()).toEqual(written);
    expect(written).toMatchObject({ deployId: 'deploy-1000', at: 1_000, actor: 'ci', commit });
    expect(textsOf(releases)).toEqual({ a: 'A', 'b.c': 'B' });
  });

  it('of the same files are one, whatever their order; other files are another', async () => {
    const releases = new Releases(folder());
    const first = await releases.write({ files: filesOf({ a: 'A', b: 'B' }), about: about(1) });
    const again = await releases.write({ files: filesOf({ b: 'B', a: 'A' }), about: about(2) });
    const other = await releases.write({ files: filesOf({ a: 'A', b: 'b' }), about: about(3) });
    expect(again.digest).toBe(first.digest);
    expect(releases.current()).toMatchObject({ deployId: 'deploy-3', digest: other.digest });
    expect(other.digest).not.toBe(first.digest);
  });

  it('share the files that stay', async () => {
    const releases = new Releases(folder());
    const first = await releases.write({ files: filesOf({ a: 'A', b: 'B', c: 'C' }), about: about(1) });
    const second = await releases.write({ files: filesOf({ a: 'changed' }), kept: ['b'], about: about(2) });
    expect(textsOf(releases)).toEqual({ a: 'changed', b: 'B' });
    const inode = (path: string) => statSync(path).ino;
    expect(inode(join(second.folder, 'b.yaml'))).toBe(inode(join(first.folder, 'b.yaml')));
  });

  it('go back to an earlier one that is still there', async () => {
    const releases = new Releases(folder());
    const first = await releases.write({ files: filesOf({ a: 'A' }), about: about(1) });
    await releases.write({ files: filesOf({ a: 'changed' }), about: about(2) });
    const back = await releases.write({ files: filesOf({ a: 'A' }), about: about(3) });
    expect(back.folder).toBe(first.folder);
    expect(textsOf(releases)).toEqual({ a: 'A' });
  });

  it('replace a folder of theirs that is not whole and not in force', async () => {
    const releases = new Releases(folder());
    const first = await releases.write({ files: filesOf({ a: 'A', b: 'B' }), about: about(1) });
    await releases.write({ files: filesOf({ a: 'changed' }), about: about(2) });
    rmSync(join(first.folder, 'b.yaml'));
    await releases.write({ files: filesOf({ a: 'A', b: 'B' }), about: about(3) });
    expect(textsOf(releases)).toEqual({ a: 'A', b: 'B' });
  });

  it('keep the newest ten, by when they were last in force, and no leftover', async () => {
    const root = folder();
    const releases = new Releases(root);
    for (let at = 1; at <= 13; at += 1)
      await releases.write({ files: filesOf({ a: `${at}` }), about: about(at * 1_000) });
    await releases.write({ files: filesOf({ a: '2' }), about: about(14_000) });
    await nodeDisk.makeFolder(join(root, '.releases', '.left.tmp'));
    await releases.removeOld();
    const kept = readdirSync(join(root, '.releases')).map((name) =>
      readFileSync(join(root, '.releases', name, 'a.yaml'), 'utf8'),
    );
    expect(kept.sort()).toEqual(['10', '11', '12', '13', '2', '5', '6', '7', '8', '9']);
    expect(textsOf(releases)).toEqual({ a: '2' });
  });
});

describe('a release that cannot be read', () => {
  it.each([
    ['is no JSON', 'half'],
    ['is of another form', '{}'],
    ['names a file outside', undefined],
  ])('because its manifest %s is DLI-505 and names the manifest', async (_, text) => {
    const root = folder();
    const releases = new Releases(root);
    await releases.write({ files: filesOf({ a: 'A' }), about: about(1) });
    const manifest = join(root, 'current.json');
    writeFileSync(manifest, text ?? readFileSync(manifest, 'utf8').replace('"dataset": "a"', '"dataset": "../a"'));
    expect(() => releases.current()).toThrow(
      expect.objectContaining({ code: 'DLI-505', message: expect.stringContaining(manifest) }),
    );
    await expect(releases.write({ files: filesOf({ a: 'B' }), about: about(2) })).rejects.toMatchObject({
      code: 'DLI-505',
    });
  });

  it('because its folder is gone is DLI-505, and removing the manifest lets it be deployed again', async () => {
    const root = folder();
    const releases = new Releases(root);
    const { folder: gone } = await releases.write({ files: filesOf({ a: 'A' }), about: about(1) });
    rmSync(gone, { recursive: true });
    expect(() => releases.current()).toThrow(expect.objectContaining({ code: 'DLI-505' }));
    rmSync(join(root, 'current.json'));
    await releases.write({ files: filesOf({ a: 'A' }), about: about(2) });
    expect(textsOf(releases)).toEqual({ a: 'A' });
  });

  it('because a file is gone is DLI-505 and names the file', async () => {
    const releases = new Releases(folder());
    const release = await releases.write({ files: filesOf({ a: 'A' }), about: about(1) });
    rmSync(join(release.folder, 'a.yaml'));
    expect(() => releases.readFile(release, 'a')).toThrow(
      expect.objectContaining({ code: 'DLI-505', message: expect.stringContaining('a.yaml') }),
    );
    await expect(releases.write({ files: new Map(), kept: ['a'], about: about(2) })).rejects.toMatchObject({
      code: 'DLI-505',
    });
  });

  it('because files are gone or were changed is mended by writing them again, and its other files stay what they are', async () => {
    const releases = new Releases(folder());
    const release = await releases.write({ files: filesOf({ a: 'A', b: 'B', c: 'C' }), about: about(1) });
    rmSync(join(release.folder, 'a.yaml'));
    writeFileSync(join(release.folder, 'b.yaml'), 'garbage');
    expect(await releases.damaged(release)).toEqual(['a', 'b']);
    await releases.write({ files: filesOf({ a: 'A', b: 'B' }), kept: ['c'], about: release });
    expect(textsOf(releases)).toEqual({ a: 'A', b: 'B', c: 'C' });
    expect(await releases.damaged(release)).toEqual([]);
  });
});

describe('a process that dies while a release is written', () => {
  const before = { a: 'A', b: 'B', c: 'C' };
  const after = { a: 'changed', b: 'B', d: 'D' };

  /** Writes `after` over `before` and dies before a step; tells what a reader finds, and what the next deploy makes. */
  async function dieAt(step: number) {
    const root = folder();
    await new Releases(root).write({ files: filesOf(before), about: about(1) });
    const change = { files: filesOf({ a: 'changed', d: 'D' }), kept: ['b'], about: about(2) };
    const finished = await new Releases(root, new FakeDisk(step)).write(change).then(
      () => true,
      () => false,
    );
    const releases = new Releases(root);
    const found = textsOf(releases);
    await releases.write({ ...change, files: filesOf(after), kept: [] });
    await releases.removeOld();
    return { finished, found, next: textsOf(releases), left: readdirSync(join(root, '.releases')).length };
  }

  it('leaves the old one or the new one, at every step, and the next deploy works', async () => {
    const found: string[] = [];
    for (let step = 0; ; step += 1) {
      const result = await dieAt(step);
      expect(result.next).toEqual(after);
      expect(result.left).toBe(2);
      found.push(JSON.stringify(result.found));
      if (result.finished) break;
    }
    const [old, new_] = [JSON.stringify(before), JSON.stringify(after)];
    expect(found.length).toBeGreaterThan(10);
    // The old one up to the step that replaces the manifest, then the new one.
    expect(found).toEqual(found.map((_, step) => (step < found.indexOf(new_) ? old : new_)));
    expect(found.indexOf(new_)).toBe(found.length - 2);
  });

  it('leaves nothing in force when it was the first', async () => {
    const root = folder();
    await expect(
      new Releases(root, new FakeDisk(6)).write({ files: filesOf(before), about: about(1) }),
    ).rejects.toMatchObject({ message: 'the process is dead' });
    expect(new Releases(root).current()).toBeNull();
    expect(existsSync(join(root, 'current.json'))).toBe(false);
  });
});

it('a disk that is full is DLI-500, and the release before stays in force', async () => {
  const root = folder();
  await new Releases(root).write({ files: filesOf({ a: 'A' }), about: about(1) });
  const full: ReleaseDisk = { ...nodeDisk, writeFile: () => Promise.reject(new Error('ENOSPC: no space left')) };
  await expect(new Releases(root, full).write({ files: filesOf({ a: 'B' }), about: about(2) })).rejects.toMatchObject({
    code: 'DLI-500',
    message: expect.stringContaining('ENOSPC'),
  });
  expect(textsOf(new Releases(root))).toEqual({ a: 'A' });
  expect(readdirSync(join(root, '.releases'))).toHaveLength(1);
});
