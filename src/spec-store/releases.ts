import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DliError } from '../contract/errors.ts';
import { doAtOnce } from '../core/at-once.ts';
import { fileDigest } from './file-digest.ts';
import { nodeDisk, type ReleaseDisk } from './release-disk.ts';
import { type Release, type ReleaseOrigin, readManifest, releaseDigest, writeManifest } from './release-manifest.ts';

/** What a release is made of. */
export interface NewRelease {
  /** The datasets whose files are new, changed, or not in the current release as they are to be. */
  readonly files: ReadonlyMap<string, { readonly text: string; readonly upload: string }>;
  /** The datasets whose files stay as they are in the current release. @default none */
  readonly kept?: readonly string[];
  readonly about: ReleaseOrigin;
  /** Called when all files are written, before the release comes into force. @default nothing */
  readonly beforeInForce?: (release: Release) => Promise<void>;
}

/** Steps on the disk that are under way at once: more than four do not make Node faster. */
const atOnce = 8;
/** Files that are read before other work gets its turn; each takes 50 µs. */
const readsAtOnce = 100;

/**
 * The releases of the folder `code/`: `.releases/<digest>/<dataset>.yaml`, and `current.json`, the manifest, which names the
 * one in force and is replaced last. Whatever a crash interrupts, a reader finds the old release or the new one, whole.
 */
export class Releases {
  readonly #root: string;
  readonly #folder: string;
  readonly #manifest: string;
  readonly #disk: ReleaseDisk;
  /** What was read last, and of which manifest: reading that of 10,000 files takes 50 ms. */
  #read: { readonly stamp: string; readonly release: Release } | undefined;

  /** `root` is the folder `code/`, which is made when the first release is written. */
  constructor(root: string, disk: ReleaseDisk = nodeDisk) {
    this.#root = root;
    this.#folder = join(root, '.releases');
    this.#manifest = join(root, 'current.json');
    this.#disk = disk;
  }

  /** Reads the release in force; null when nothing was ever deployed. @throws DLI-505 when its manifest cannot be read or its folder is gone */
  current(): Release | null {
    const stats = statSync(this.#manifest, { bigint: true, throwIfNoEntry: false });
    if (!stats) return null;
    const stamp = `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
    if (this.#read?.stamp !== stamp) this.#read = { stamp, release: this.#readManifest() };
    const { release } = this.#read;
    if (existsSync(release.folder)) return release;
    throw unusable(this.#manifest, `names a release that is not in ${this.#folder}`);
  }

  /** Reads a dataset's file. @throws DLI-505 when it is gone */
  readFile(release: Release, dataset: string): string {
    const path = fileIn(release.folder, dataset);
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw unusable(path, `cannot be read: ${String(cause)}`, cause);
    }
  }

  /** Names the datasets of a release whose files are lost or not as they were deployed. */
  async damaged({ folder, files }: Pick<Release, 'folder' | 'files'>): Promise<readonly string[]> {
    const damaged: string[] = [];
    for (const [index, [dataset, digest]] of [...files].entries()) {
      if (index % readsAtOnce === readsAtOnce - 1) await setImmediate();
      if (digestOf(fileIn(folder, dataset)) !== digest) damaged.push(dataset);
    }
    return damaged;
  }

  /**
   * Writes a release and puts it in force. One at a time. The current release, written again, is mended.
   *
   * @throws DLI-500 when it cannot be written, for example on a full disk: then the one before stays in force; DLI-505 as `current`
   */
  async write({ files, kept = [], about, beforeInForce }: NewRelease): Promise<Release> {
    const before = this.current();
    const release = this.#describe({ files, kept, about }, before);
    const temporary = join(this.#folder, `.${randomUUID()}.tmp`);
    try {
      await this.#makeFolders();
      if (release.digest === before?.digest) await this.#mend(release, { temporary, files });
      else if (!(await this.#isComplete(release))) {
        await this.#fill(temporary, { files, kept, before });
        await this.#place(temporary, release.folder);
      }
      await this.#disk.setTime(release.folder, about.at);
      await beforeInForce?.(release);
      await this.#putInForce(release);
    } catch (cause) {
      await this.#disk.remove(temporary);
      throw cause instanceof DliError ? cause : notWritten(release.folder, cause);
    }
    return release;
  }

  /** Removes all releases but the current one and those that were in force last, and what crashes left. One at a time, as `write`. */
  async removeOld(keep = 10): Promise<void> {
    const current = this.current()?.digest;
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : [];
    const leftovers = names.filter((name) => name.startsWith('.'));
    const others = names.filter((name) => name !== current && !name.startsWith('.'));
    const dated = await Promise.all(others.map(async (name) => ({ name, at: await this.#timeOf(name) })));
    const old = dated.sort((left, right) => right.at - left.at).slice(keep - 1);
    for (const name of [...leftovers, ...old.map((entry) => entry.name)])
      await this.#disk.remove(join(this.#folder, name));
  }

  async #makeFolders(): Promise<void> {
    if (existsSync(this.#folder)) return;
    await this.#disk.makeFolder(this.#folder);
    await this.#disk.syncFolder(this.#root);
    await this.#disk.syncFolder(dirname(this.#root));
  }

  #readManifest(): Release {
    try {
      const manifest = readManifest(readFileSync(this.#manifest, 'utf8'));
      return { ...manifest, folder: this.#folderOf(manifest.digest) };
    } catch (cause) {
      throw unusable(this.#manifest, `cannot be read: ${String(cause)}`, cause);
    }
  }

  #describe({ files, kept = [], about }: NewRelease, before: Release | null): Release {
    const digests = new Map<string, string>();
    const uploads = new Map<string, string>();
    for (const dataset of kept) {
      const digest = before?.files.get(dataset);
      if (digest === undefined) throw new TypeError(`${dataset} is not in the current release`);
      digests.set(dataset, digest);
      uploads.set(dataset, before?.uploads.get(dataset) ?? digest);
    }
    for (const [dataset, { text, upload }] of files) {
      digests.set(dataset, fileDigest(text));
      uploads.set(dataset, upload);
    }
    const digest = releaseDigest(digests);
    return { ...about, digest, folder: this.#folderOf(digest), files: digests, uploads };
  }

  async #fill(
    temporary: string,
    { files, kept, before }: Required<Pick<NewRelease, 'files' | 'kept'>> & { readonly before: Release | null },
  ): Promise<void> {
    await this.#disk.makeFolder(temporary);
    const write = [...files].map(
      ([dataset, { text }]) =>
        () =>
          this.#disk.writeFile(fileIn(temporary, dataset), text),
    );
    const link = kept
      .filter((dataset) => !files.has(dataset))
      .map((dataset) => () => this.#disk.linkFile(fileIn(before?.folder ?? '', dataset), fileIn(temporary, dataset)));
    await doAtOnce([...write, ...link], atOnce, (step) => step());
    await this.#disk.syncFolder(temporary);
  }

  /** Each file is replaced by itself: a folder that is in force is never gone. */
  async #mend(
    release: Release,
    { temporary, files }: Pick<NewRelease, 'files'> & { readonly temporary: string },
  ): Promise<void> {
    for (const dataset of await this.damaged(release)) {
      const path = fileIn(release.folder, dataset);
      const text = files.get(dataset)?.text;
      if (text === undefined) throw unusable(path, 'is lost or was changed');
      await this.#disk.writeFile(temporary, text);
      await this.#disk.rename(temporary, path);
    }
    await this.#disk.syncFolder(release.folder);
  }

  /** Gives a filled folder its name. One of that name that is there already is not in force, and was found to be incomplete. */
  async #place(temporary: string, folder: string): Promise<void> {
    await this.#disk.remove(folder);
    await this.#disk.rename(temporary, folder);
    await this.#disk.syncFolder(this.#folder);
  }

  async #putInForce(release: Release): Promise<void> {
    const temporary = join(this.#root, '.current.json.tmp');
    await this.#disk.writeFile(temporary, writeManifest(release));
    await this.#disk.rename(temporary, this.#manifest);
    await this.#disk.syncFolder(this.#root);
  }

  /** Tells whether a release's folder is there with every file as it is to be: an earlier one, or what a crash left. */
  async #isComplete(release: Release): Promise<boolean> {
    if (!existsSync(release.folder)) return false;
    const names = await readdir(release.folder);
    return names.length === release.files.size && (await this.damaged(release)).length === 0;
  }

  async #timeOf(name: string): Promise<number> {
    return (await stat(join(this.#folder, name))).mtimeMs;
  }

  #folderOf(digest: string): string {
    return join(this.#folder, digest);
  }
}

function fileIn(folder: string, dataset: string): string {
  return join(folder, `${dataset}.yaml`);
}

/** Digests a file; undefined when it cannot be read. */
function digestOf(path: string): string | undefined {
  try {
    return fileDigest(readFileSync(path, 'utf8'));
  } catch {
    // It is written anew, whatever kept it from being read.
    return undefined;
  }
}

function notWritten(path: string, cause: unknown): DliError {
  return new DliError('DLI-500', `The server cannot write the release ${path}: ${String(cause)}`, {
    hints: ['Free space there and check who may write, then deploy again'],
    cause,
  });
}

function unusable(path: string, what: string, cause?: unknown): DliError {
  return new DliError('DLI-505', `The code release ${path} ${what}`, {
    hints: ['Put it back from a copy; or remove current.json and deploy all specs again, which unschedules nothing'],
    cause,
  });
}
