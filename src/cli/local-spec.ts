import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DliError, formatPlace } from '../contract/errors.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { findSpec } from '../spec/discover.ts';
import { diskReadFile, readTextFile } from '../spec/disk.ts';
import { parseSpec } from '../spec/parse.ts';

/** A spec on this disk, parsed and checked, with everything that a server needs to have of it. */
export interface LocalSpec {
  /** As the user would write it: relative to where they are, unless it lies elsewhere. */
  readonly file: string;
  readonly text: string;
  /** The SQL files that it names, by the path that it names them with. */
  readonly sqlFiles: Readonly<Record<string, string>>;
  readonly spec: DatasetSpec;
}

/** Where a user is, and where they said to look for specs. */
export interface SpecPlace {
  readonly cwd: string;
  /** @default cwd */
  readonly folder?: string | undefined;
}

/**
 * Reads the spec that `target` means: a YAML file, or the name of a dataset whose spec lies below the folder.
 *
 * @throws DLI-101 when there is none, DLI-813 and DLI-805 with file, line and column when it is wrong
 */
export function readLocalSpec(target: string, place: SpecPlace): LocalSpec {
  return readSpecFile(
    isFileName(target, place.cwd) ? resolve(place.cwd, target) : findSpec(specFolder(place), target).path,
    place.cwd,
  );
}

/** Reads the spec at an absolute path. @throws DLI-101, DLI-813, DLI-805 as {@link readLocalSpec} does */
export function readSpecFile(path: string, cwd: string): LocalSpec {
  const file = shownPath(path, cwd);
  const text = readTextFile(path);
  if (text === undefined) throw noSpecFile(file);
  const sqlFiles: Record<string, string> = {};
  const readSql = diskReadFile(path);
  const readFile = (sqlPath: string) => {
    const sql = readSql(sqlPath);
    if (sql !== undefined) sqlFiles[sqlPath] = sql;
    return sql;
  };
  return { file, text, sqlFiles, spec: parseSpec({ text, file, readFile }) };
}

/** Makes the error for a spec's file that is not there. */
export function noSpecFile(file: string): DliError {
  return new DliError('DLI-101', `There is no file ${file}`, {
    hints: ["Give a spec's YAML file, or the name of a dataset"],
  });
}

/** Says where the SQL files of `local` lie as the user would write it, instead of as the spec names them. */
export function withUserPaths(error: DliError, { file, sqlFiles }: Pick<LocalSpec, 'file' | 'sqlFiles'>): DliError {
  const moved = error.problems.map((problem) => {
    const isSql = problem.file !== undefined && Object.hasOwn(sqlFiles, problem.file);
    return { from: problem, to: isSql ? { ...problem, file: join(dirname(file), problem.file ?? '') } : problem };
  });
  const moveHint = (hint: string) =>
    moved.reduce(
      (text, { from, to }) => (from === to ? text : text.replaceAll(formatPlace(from), formatPlace(to))),
      hint,
    );
  return new DliError(error.code, error.message, {
    problems: moved.map(({ to }) => to),
    hints: error.hints.map(moveHint),
    cause: error.cause,
  });
}

/** Finds the folder to look for specs in. @throws DLI-101 when there is none */
export function specFolder({ cwd, folder }: SpecPlace): string {
  const path = resolve(cwd, folder ?? '.');
  if (existsSync(path) && statSync(path).isDirectory()) return path;
  throw new DliError('DLI-101', `There is no folder ${folder}`, { hints: ['Give a folder that holds specs'] });
}

/** Writes a path as the user would: relative to `cwd` when it lies below it. */
export function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short === '..' || short.startsWith(`..${sep}`) || isAbsolute(short) ? path : short;
}

function isFileName(target: string, cwd: string): boolean {
  return /\.ya?ml$/i.test(target) || target.includes('/') || target.includes(sep) || isFile(resolve(cwd, target));
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
