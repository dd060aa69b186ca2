import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { DliError } from '../contract/errors.ts';
import { diskReadFile, isInside, readTextFile } from '../spec/disk.ts';
import type { ReadFile } from '../spec/parse.ts';
import { fileOf, labelOf, type SpecSource } from './spec-source.ts';

/** A file of the spec store as it was read. */
export interface SpecFileText {
  readonly text: string;
  /** Reads the SQL files that it names, and remembers which. */
  readonly readFile: ReadFile;
  /** What was read so far: the digest of it, and the SQL files, those that are not there too. */
  readonly soFar: () => { readonly digest: string; readonly sqlFiles: readonly string[] };
}

/** Reads a file of a source. @throws DLI-813 when it cannot be read, for example because it is a folder or no UTF-8 text */
export function readSpecFile(source: SpecSource, path: string): SpecFileText {
  const file = fileOf(source, path);
  if (!isInside(source.root, file) && existsSync(file)) throw leadsOut(source, path);
  const text = readLabelled(source, path);
  if (text === undefined) throw notRead(source, path);
  const read = new Map<string, string | undefined>();
  const readBeside = source.isFlat ? () => undefined : diskReadFile(file);
  return {
    text,
    readFile: (relativePath) => {
      // Remembered also when reading throws: what is wrong may be mended there.
      read.set(relativePath, undefined);
      const content = readBeside(relativePath);
      read.set(relativePath, content);
      return content;
    },
    soFar: () => ({ digest: digestOf(text, read), sqlFiles: [...read.keys()].sort() }),
  };
}

/** Digests a file with the SQL files that it named when it was read last; undefined when it cannot be read. */
export function digestNow(
  source: SpecSource,
  { path, sqlFiles }: { readonly path: string; readonly sqlFiles: readonly string[] },
): string | undefined {
  try {
    // The same way as before, so that what was refused then is refused now.
    const { text, readFile } = readSpecFile(source, path);
    return digestOf(text, new Map(sqlFiles.map((sqlFile) => [sqlFile, attempt(() => readFile(sqlFile))])));
  } catch {
    // Why it cannot be read is said by the one who needs it.
    return undefined;
  }
}

/**
 * What a file and its SQL files look like from outside: sizes, times and inodes. The time of the last change is among them,
 * which nobody can set; a file's own time is what Git and copies set.
 */
export function signatureOf(
  source: SpecSource,
  { path, sqlFiles }: { readonly path: string; readonly sqlFiles: readonly string[] },
): string {
  const file = fileOf(source, path);
  const folder = file.slice(0, file.lastIndexOf('/'));
  let looks = look(file);
  for (const sqlFile of sqlFiles) looks += ` ${look(`${folder}/${sqlFile}`)}`;
  return looks;
}

function look(path: string): string {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats ? `${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}:${stats.ino}` : '-';
  } catch {
    // Why it cannot be looked at is said by the one who reads it.
    return '!';
  }
}

/** Digests a text and the SQL files that it names (SHA-256, hex); without SQL files it is {@link fileDigest} of the text. */
function digestOf(text: string, sqlFiles: ReadonlyMap<string, string | undefined>): string {
  const hash = createHash('sha256').update(text);
  for (const [path, content] of [...sqlFiles].sort(([left], [right]) => (left < right ? -1 : 1)))
    hash.update(`\0${path}\0${content === undefined ? '-' : `+${content}`}`);
  return hash.digest('hex');
}

/** What is wrong is told with the name that people know the file by. */
function readLabelled(source: SpecSource, path: string): string | undefined {
  try {
    return readTextFile(fileOf(source, path));
  } catch (cause) {
    if (!(cause instanceof DliError)) throw cause;
    const label = labelOf(source, path);
    const why = [...cause.problems.map(({ message }) => message), ...cause.hints].join('; ');
    const message = `not read: ${why}`;
    throw new DliError(cause.code, `${label} was ${message}`, { problems: [{ file: label, message }], cause });
  }
}

function attempt(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function notRead(source: SpecSource, path: string): DliError {
  const label = labelOf(source, path);
  return new DliError('DLI-813', `${label} was not read: it is not there, or no file`, {
    hints: ['It is to be a file that the server may read'],
    problems: [{ file: label, message: 'not a file that can be read' }],
  });
}

function leadsOut(source: SpecSource, path: string): DliError {
  const label = labelOf(source, path);
  return new DliError('DLI-813', `${label} is a link that leads out of ${source.sourceType}/`, {
    hints: ['Put the file itself there'],
    problems: [{ file: label, message: `a link that leads out of ${source.sourceType}/` }],
  });
}
