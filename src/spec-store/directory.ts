import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DliError } from '../contract/errors.ts';
import { makeFolder } from '../spec/make-folder.ts';

/** One stored file of a registration. */
export interface StoredSpec {
  readonly dataset: string;
  readonly text: string;
  readonly digest: string;
}

/** A change of a registration's file, until it is settled whether it counts. */
export interface FileChange {
  /** Drops what was there before. */
  readonly keep: () => void;
  /** Puts back what was there before, which takes no space on the disk. */
  readonly undo: () => void;
}

/**
 * The folder of manual registrations: `manual/<dataset>.yaml`, one file each, SQL inlined. The file is the truth and the
 * database follows; a reader never sees half a file.
 */
export class SpecDirectory {
  readonly #manual: string;
  /** Datasets whose files the server was removing when it died. */
  readonly interrupted: ReadonlySet<string>;

  /** Opens the spec store at `root`, making its folders. @throws DLI-505 when it cannot be used */
  constructor(root: string) {
    this.#manual = join(root, 'manual');
    try {
      makeFolder(this.#manual);
      // What a crash left of changes that were under way: the file itself is whole, whichever of its two states it is in.
      const leftovers = readdirSync(this.#manual, { withFileTypes: true })
        .filter((entry) => entry.isFile() && isLeftover(entry.name))
        .map(({ name }) => name);
      const changed = leftovers.filter((name) => name.endsWith('.before')).map((name) => datasetOf(name));
      this.interrupted = new Set(changed.filter((dataset) => !this.hasManual(dataset)));
      for (const name of leftovers) rmSync(join(this.#manual, name), { force: true });
    } catch (cause) {
      throw new DliError('DLI-505', `The folder of manual specs ${this.#manual} cannot be used: ${String(cause)}`, {
        hints: ["Check who may write there, or name another folder: 'specs' in basecamp.yaml"],
        cause,
      });
    }
  }

  /**
   * Writes a manual registration's file: under a temporary name, synced, renamed.
   *
   * @throws DLI-500 when it cannot be written, for example on a full disk: then nothing was changed
   */
  writeManual(dataset: string, text: string): FileChange & { readonly digest: string } {
    const path = this.#pathOf(dataset);
    const temporary = `${path}.tmp`;
    // A name of its own for each change: several of one dataset may wait for the same commit.
    const before = `${path}.${randomUUID()}.before`;
    const isNew = !existsSync(path);
    try {
      if (!isNew) copyFileSync(path, before);
      writeSynced(temporary, text);
      renameSync(temporary, path);
    } catch (cause) {
      for (const left of [temporary, before]) rmSync(left, { force: true });
      throw notWritten(path, cause);
    }
    syncFolder(dirname(path));
    return {
      digest: digestOf(text),
      keep: () => rmSync(before, { force: true }),
      undo: () => {
        if (isNew) rmSync(path, { force: true });
        else renameSync(before, path);
        syncFolder(dirname(path));
      },
    };
  }

  /** Removes a manual registration's file, if it is there. @throws DLI-500 when it cannot be removed */
  removeManual(dataset: string): FileChange {
    const path = this.#pathOf(dataset);
    const before = `${path}.${randomUUID()}.before`;
    if (!existsSync(path)) return { keep: () => undefined, undo: () => undefined };
    try {
      renameSync(path, before);
    } catch (cause) {
      throw notWritten(path, cause);
    }
    syncFolder(this.#manual);
    return {
      keep: () => rmSync(before, { force: true }),
      undo: () => {
        renameSync(before, path);
        syncFolder(this.#manual);
      },
    };
  }

  /** Names the datasets that have an entry under `manual/`, sorted; whether it can be read shows when it is. */
  manualDatasets(): readonly string[] {
    return readdirSync(this.#manual)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => name.slice(0, -'.yaml'.length));
  }

  /** Tells whether a dataset has an entry under `manual/` now. */
  hasManual(dataset: string): boolean {
    return existsSync(this.#pathOf(dataset));
  }

  /** Reads a manual file. @throws DLI-813 when it cannot be read, for example because it is a folder */
  readManual(dataset: string): StoredSpec {
    try {
      const text = readFileSync(this.#pathOf(dataset), 'utf8');
      return { dataset, text, digest: digestOf(text) };
    } catch (cause) {
      throw new DliError('DLI-813', `manual/${dataset}.yaml was not read: ${String(cause)}`, {
        hints: ['It is to be a file that the server may read; put it right and start again, or remove it'],
        cause,
      });
    }
  }

  /** A dataset's name was checked against its pattern, or is a file's own name, so it cannot lead out of the folder. */
  #pathOf(dataset: string): string {
    return join(this.#manual, `${dataset}.yaml`);
  }
}

const leftover = /\.yaml\.(?:tmp|[\da-f-]{36}\.before)$/;

function isLeftover(name: string): boolean {
  return leftover.test(name);
}

function datasetOf(name: string): string {
  return name.replace(leftover, '');
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, 'w', 0o644);
  try {
    // Not writeSync, which may write a part only when the disk is nearly full.
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function notWritten(path: string, cause: unknown): DliError {
  return new DliError('DLI-500', `The server cannot write ${path}, so nothing was changed: ${String(cause)}`, {
    hints: ['Free space there and check who may write, then try again'],
    cause,
  });
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Makes a rename or a removal in a folder durable. Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
