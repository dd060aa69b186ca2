import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { DliError } from '../contract/errors.ts';
import type { ReadFile } from './parse.ts';
import { largestText } from './yaml-source.ts';

/** No spec or SQL file that is accepted is larger: a character takes up to four bytes. */
const largestBytes = 4 * largestText;

/** Reads a text file as UTF-8; undefined when there is none, or something that is no file. @throws DLI-813 when it is too large or not UTF-8 text */
export function readTextFile(path: string): string | undefined {
  const bytes = readBytes(path);
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DliError('DLI-813', `${path} is not UTF-8 text`, {
      cause,
      problems: [{ file: path, message: 'not UTF-8' }],
    });
  }
}

/** Reads the SQL files of the spec at `specPath`: those in its folder, also through links, as long as they stay inside it. */
export function diskReadFile(specPath: string): ReadFile {
  const folder = dirname(specPath);
  return (relativePath) => {
    const path = join(folder, relativePath);
    return isInside(folder, path) ? readTextFile(path) : undefined;
  };
}

/** Tells whether a path, with the links on it followed, stays inside a folder. */
export function isInside(folder: string, path: string): boolean {
  try {
    const inner = relative(realpathSync(folder), realpathSync(path));
    return inner !== '..' && !inner.startsWith(`..${sep}`);
  } catch {
    return false;
  }
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    // Asked before reading: a link may lead to a device that never ends.
    const stats = statSync(path);
    if (!stats.isFile()) return undefined;
    if (stats.size > largestBytes) throw new RangeError(`it has ${stats.size} bytes where ${largestBytes} are allowed`);
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw new DliError('DLI-813', `${path} was not read`, { cause: error, hints: [String(code ?? error)] });
  }
}
