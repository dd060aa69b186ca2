import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DliError } from '../contract/errors.ts';
import { type SpecFiles, specFilesBelow } from '../spec/discover.ts';
import { noSpecFile, shownPath, specFolder } from './local-spec.ts';

/** Finds the specs that a user means: one file, or all below a folder, by default `cwd`. @throws DLI-101 when there is no such file or folder */
export function specPaths(given: string | undefined, cwd: string): SpecFiles {
  if (given !== undefined && statSync(resolve(cwd, given), { throwIfNoEntry: false })?.isFile())
    return { specs: [resolve(cwd, given)], unreadable: [] };
  if (given !== undefined && /\.ya?ml$/i.test(given) && !existsSync(resolve(cwd, given))) throw noSpecFile(given);
  return specFilesBelow(specFolder({ cwd, folder: given }));
}

/** Makes the error for a folder without specs; `more` is what else may be meant. */
export function noSpecs(given: string | undefined, cwd: string, ...more: readonly string[]): DliError {
  return new DliError('DLI-101', `There are no specs below ${shownPath(resolve(cwd, given ?? '.'), cwd)}`, {
    hints: ['A spec is a file dataset.<name>.yaml, or any YAML file with "type: Dataset"', ...more],
  });
}

/** Makes the error for what could not be looked into: a deploy that leaves out specs without knowing could remove them. */
export function unreadableSpecs(unreadable: readonly string[], cwd: string): DliError {
  const problems = unreadable.map((path) => ({ file: shownPath(path, cwd), message: 'cannot be read' }));
  return new DliError('DLI-813', 'It cannot be told whether these are specs, so nothing was deployed', {
    problems,
    hints: ['Let them be read, as UTF-8 text, or move them out of the folder'],
  });
}
