import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DliError } from '../contract/errors.ts';

/** The folder is this server's until `release`. */
export interface DataFolderLock {
  release(): void;
}

const sqliteBusy = 5;

/**
 * Takes the data folder for this process: a separate SQLite file is held `BEGIN EXCLUSIVE`, which the system frees when
 * the process dies in whatever way. While it is held, runs of every other boot are lost for certain.
 *
 * @throws DLI-502 when another server holds it, with that server's process id; DLI-505 when the folder cannot be written
 */
export function lockDataFolder(dataDir: string): DataFolderLock {
  const holderFile = join(dataDir, 'server.pid');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(dataDir, 'lock.sqlite'), { timeout: 0 });
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    writeFileSync(holderFile, `${process.pid}\n`);
  } catch (cause) {
    lock?.close();
    if (isBusy(cause)) throw heldElsewhere(dataDir, holderFile, cause);
    throw new DliError('DLI-505', `The data folder ${dataDir} cannot be written: ${String(cause)}`, {
      hints: ['Give another folder: dli server start --data DIR'],
      cause,
    });
  }
  const held = lock;
  return { release: () => held.close() };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === sqliteBusy;
}

function heldElsewhere(dataDir: string, holderFile: string, cause: unknown): DliError {
  return new DliError(
    'DLI-502',
    `The data folder ${dataDir} is in use by another server (process ${readHolder(holderFile)})`,
    {
      hints: ['Use that server, stop it, or give another folder: dli server start --data DIR'],
      cause,
    },
  );
}

function readHolder(holderFile: string): string {
  try {
    return readFileSync(holderFile, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}
