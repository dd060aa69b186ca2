import { createHash } from 'node:crypto';
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
import { makeFolder } from '../spec/disk.ts';

/** One stored file of a registration. */
export interface StoredSpec {
  readonly dataset: string;
  readonly text: string;
  readonly digest: string;
}

/** A registration's file that was just written, until it is settled whether it counts. */
export interface WrittenSpec {
  readonly digest: string;
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

  /** Opens the spec store at `root`, making its folders. */
  constructor(root: string) {
    this.#manual = join(root, 'manual');
    makeFolder(this.#manual);
  }

  /**
   * Writes a manual registration's file: under a temporary name, synced, renamed.
   *
   * @throws DLI-500 when it cannot be written, for example on a full disk: then nothing was changed
   */
  writeManual(dataset: string, text: string): WrittenSpec {
    const path = this.#pathOf(dataset);
    const temporary = `${path}.tmp`;
    const before = `${path}.before`;
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

  /** Removes a manual registration's file, if it is there. */
  removeManual(dataset: string): void {
    rmSync(this.#pathOf(dataset), { force: true });
    syncFolder(this.#manual);
  }

  /** Reads every manual file, one at a time. */
  *readManual(): Generator<StoredSpec> {
    for (const name of readdirSync(this.#manual).sort()) {
      if (!name.endsWith('.yaml')) continue;
      const text = readFileSync(join(this.#manual, name), 'utf8');
      yield { dataset: name.slice(0, -'.yaml'.length), text, digest: digestOf(text) };
    }
  }

  /** A dataset's name was checked against its pattern, so it cannot lead out of the folder. */
  #pathOf(dataset: string): string {
    return join(this.#manual, `${dataset}.yaml`);
  }
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
