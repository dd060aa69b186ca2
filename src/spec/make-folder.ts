import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and the ones above it, one at a time: Node's own `recursive` tries for ever where a folder exists but
 * nothing can be made in it, such as /proc (seen with Node 24).
 */
export function makeFolder(path: string): void {
  for (const folder of missingFolders(path)) mkdirSync(folder);
}

/** The folders that have to be made until `path` is there, itself included, parents before children. */
export function missingFolders(path: string): readonly string[] {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  return missing;
}
