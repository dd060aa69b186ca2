import { constants } from 'node:fs';
import { copyFile, link, open, rename, rm, utimes } from 'node:fs/promises';
import { makeFolder } from '../spec/make-folder.ts';

/** The steps on the disk that a release is made of. Each has reached the disk when it is done. */
export interface ReleaseDisk {
  /** Makes a folder and the ones above it. */
  readonly makeFolder: (path: string) => Promise<void>;
  readonly writeFile: (path: string, text: string) => Promise<void>;
  /** Makes `to` the same file as `from`, or a copy where the file system has no links. */
  readonly linkFile: (from: string, to: string) => Promise<void>;
  /** Makes what was added to a folder, or renamed in it, durable. */
  readonly syncFolder: (path: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  /** Removes a file or a folder, if it is there. */
  readonly remove: (path: string) => Promise<void>;
  /** Notes when a folder was used last, in ms. */
  readonly setTime: (path: string, at: number) => Promise<void>;
}

/** The file systems that have no links, or not here: across disks, too many of one file, not allowed. */
const withoutLinks: ReadonlySet<unknown> = new Set([
  'EPERM',
  'EXDEV',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EACCES',
]);

/** The real disk. */
export const nodeDisk: ReleaseDisk = {
  makeFolder: async (path) => makeFolder(path),
  writeFile: async (path, text) => {
    const file = await open(path, 'w', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  linkFile: async (from, to) => {
    try {
      await link(from, to);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && withoutLinks.has(error.code))) throw error;
      await copyFile(from, to, constants.COPYFILE_EXCL);
      await syncPath(to, 'r+');
    }
  },
  // Windows has no such call and needs none.
  syncFolder: async (path) => (process.platform === 'win32' ? undefined : syncPath(path, 'r')),
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
  setTime: (path, at) => utimes(path, at / 1_000, at / 1_000),
};

async function syncPath(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
