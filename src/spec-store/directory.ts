import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** One stored file of a registration. */
export interface StoredSpec {
  readonly dataset: string;
  readonly text: string;
  readonly digest: string;
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
    mkdirSync(this.#manual, { recursive: true });
  }

  /** Writes a manual registration's file: under a temporary name, synced, renamed. Tells its digest. */
  writeManual(dataset: string, text: string): string {
    const path = this.#pathOf(dataset);
    const temporary = `${path}.tmp`;
    const file = openSync(temporary, 'w', 0o644);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
    return digestOf(text);
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
