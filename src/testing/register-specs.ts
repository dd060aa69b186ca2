import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { noSpecFile, readSpecFile, withUserPaths } from '../cli/local-spec.ts';
import type { BasecampClient } from '../client/basecamp-client.ts';
import { DliError } from '../contract/errors.ts';
import { discoverSpecs } from '../spec/discover.ts';

/**
 * Registers the specs of YAML files and of folders, in this order.
 *
 * @throws DLI-101 for a path where no spec is, and what the server says of a spec that it refuses
 */
export async function registerSpecs(client: BasecampClient, paths: readonly string[]): Promise<void> {
  const cwd = process.cwd();
  for (const file of paths.flatMap((path) => specFiles(resolve(cwd, path)))) {
    const local = readSpecFile(file, cwd);
    const upload = { spec: local.text, file_name: local.file, files: { ...local.sqlFiles } };
    await client.workflow.register(upload).catch((error: unknown) => {
      throw error instanceof DliError ? withUserPaths(error, local) : error;
    });
  }
}

function specFiles(path: string): readonly string[] {
  if (!existsSync(path)) throw noSpecFile(path);
  if (!statSync(path).isDirectory()) return [path];
  const found = discoverSpecs(path).map((spec) => spec.path);
  if (found.length === 0) throw new DliError('DLI-101', `There are no specs below ${path}`);
  return found;
}
