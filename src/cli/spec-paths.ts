import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DliError } from '../contract/errors.ts';
import { discoverSpecs } from '../spec/discover.ts';
import { noSpecFile, shownPath, specFolder } from './local-spec.ts';

/** Finds the specs that a user means: one file, or all below a folder, by default `cwd`. @throws DLI-101 when there is no such file or folder */
export function specPaths(given: string | undefined, cwd: string): readonly string[] {
  if (given !== undefined && statSync(resolve(cwd, given), { throwIfNoEntry: false })?.isFile())
    return [resolve(cwd, given)];
  if (given !== undefined && /\.ya?ml$/i.test(given) && !existsSync(resolve(cwd, given))) throw noSpecFile(given);
  return discoverSpecs(specFolder({ cwd, folder: given })).map(({ path }) => path);
}

/** Makes the error for a folder without specs. */
export function noSpecs(given: string | undefined, cwd: string): DliError {
  return new DliError('DLI-101', `There are no specs below ${shownPath(resolve(cwd, given ?? '.'), cwd)}`, {
    hints: ['A spec is a file dataset.<name>.yaml, or any YAML file with "type: Dataset"'],
  });
}
