import { DliError } from '../contract/errors.ts';
import { makeFolder } from '../spec/make-folder.ts';

/** Makes the data folder where it is not there yet. @throws DLI-505 when it cannot be made */
export function makeDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
  } catch (cause) {
    throw new DliError('DLI-505', `The data folder ${dataDir} cannot be made: ${String(cause)}`, {
      hints: ['Give another folder: dli server start --data DIR'],
      cause,
    });
  }
}
