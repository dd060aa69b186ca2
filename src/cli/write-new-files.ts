import { closeSync, mkdirSync, openSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DliError } from '../contract/errors.ts';
import { missingFolders } from '../spec/make-folder.ts';

/** What removes again what was made. */
interface Made {
  readonly path: string;
  readonly remove: (path: string) => void;
}

/**
 * Writes files that are not there yet, by their path below `folder`, all or none: when one cannot be made, those before
 * it and their folders are removed again.
 *
 * @throws DLI-400 with the place, the reason, and what could not be removed
 */
export function writeNewFiles(folder: string, files: Readonly<Record<string, string>>): void {
  const made: Made[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    for (const missing of missingFolders(dirname(path))) {
      tryStep(missing, made, () => mkdirSync(missing));
      made.push({ path: missing, remove: rmdirSync });
    }
    // Made before it is written, so that one that was written in part is removed, and one of somebody else is not.
    tryStep(path, made, () => closeSync(openSync(path, 'wx')));
    made.push({ path, remove: unlinkSync });
    tryStep(path, made, () => writeFileSync(path, text));
  }
}

function tryStep(path: string, made: readonly Made[], step: () => void): void {
  try {
    step();
  } catch (cause) {
    const left = made.toReversed().filter((each) => !isRemoved(each));
    const remains =
      left.length === 0 ? 'nothing was written' : `left behind: ${left.map((each) => each.path).join(', ')}`;
    throw new DliError('DLI-400', `${path} cannot be made: ${reasonOf(cause, path)}; ${remains}`, {
      hints: ['Allowed: a folder that you may write to, or a new one in such a folder', 'Give another: dli init DIR'],
      cause,
    });
  }
}

function isRemoved({ path, remove }: Made): boolean {
  try {
    remove(path);
    return true;
  } catch {
    return false;
  }
}

/** Why something could not be made in a folder that is there, in words for people. */
function reasonOf(cause: unknown, path: string): string {
  const parent = dirname(path);
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'ENOTDIR':
      return `${parent} is not a folder`;
    case 'EACCES':
    case 'EPERM':
      return `you may not write to ${parent}`;
    case 'EROFS':
      return `${parent} is read-only`;
    // The folder is there all the same: /proc answers so.
    case 'ENOENT':
      return `nothing new can be made in ${parent}`;
    case 'ENAMETOOLONG':
      return 'its name is too long';
    case 'ERR_INVALID_ARG_VALUE':
      return 'a name has no NUL character';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}
