/** Finds the specs of a project on disk. */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DliError } from '../contract/errors.ts';
import { suggestDataset } from './dataset-name.ts';
import { readTextFile } from './disk.ts';
import { readYaml } from './yaml-source.ts';

/** A file that holds a spec. `name` is the dataset that it names, null when it cannot be read so far. */
export interface SpecFile {
  readonly path: string;
  readonly name: string | null;
}

const deepest = 20;

/**
 * Lists the specs below `dir`, by path: every `dataset.<name>.yaml`, and every other YAML file that says `type: Dataset`.
 * Folders that begin with a dot and `node_modules` are left out; a folder that links lead to twice is read once.
 */
export function discoverSpecs(dir: string): readonly SpecFile[] {
  return walk(dir, { seen: new Set(), depth: 0 })
    .map((path) => ({ path, content: peek(path) }))
    .filter(({ path, content }) => /^dataset\..+\.ya?ml$/.test(basename(path)) || content.type === 'Dataset')
    .map(({ path, content }) => ({ path, name: typeof content.name === 'string' ? content.name : null }));
}

/** Finds the spec of a dataset below `dir`. @throws DLI-101 when there is none, DLI-813 when there are several. */
export function findSpec(dir: string, datasetName: string): SpecFile {
  const specs = discoverSpecs(dir);
  const fileNames = [`dataset.${datasetName}.yaml`, `dataset.${datasetName}.yml`];
  const found = specs.filter(
    ({ path, name }) => name === datasetName || (name === null && fileNames.includes(basename(path))),
  );
  const [first, second] = found;
  if (first && second) {
    throw new DliError('DLI-813', `Dataset '${datasetName}' is defined ${found.length} times`, {
      hints: [...found.map(({ path }) => `  ${path}`), 'Keep one of them, or name the file to use.'],
    });
  }
  if (first) return first;
  const known = specs.flatMap(({ name }) => name ?? []);
  const nearest = suggestDataset(datasetName, known);
  throw new DliError('DLI-101', `Dataset '${datasetName}' was not found below ${dir}`, {
    hints: [
      ...(nearest === undefined ? [] : [`Did you mean '${nearest}'?`]),
      known.length === 0 ? 'No specs were found there.' : `Found: ${known.slice(0, 20).join(', ')}`,
      `Looked for dataset.${datasetName}.yaml and for YAML files with "type: Dataset".`,
    ],
  });
}

function walk(dir: string, { seen, depth }: { readonly seen: Set<string>; readonly depth: number }): readonly string[] {
  if (depth > deepest) return [];
  const real = attempt(() => realpathSync(dir));
  if (real === undefined || seen.has(real)) return [];
  seen.add(real);
  const entries = attempt(() => readdirSync(dir, { withFileTypes: true })) ?? [];
  return entries
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      const kind = kindOf(entry, path);
      if (kind === 'file') return /\.ya?ml$/.test(entry.name) ? [path] : [];
      if (kind !== 'folder' || entry.name.startsWith('.') || entry.name === 'node_modules') return [];
      return walk(path, { seen, depth: depth + 1 });
    });
}

function kindOf(entry: Dirent, path: string): 'file' | 'folder' | 'other' {
  const stats = entry.isSymbolicLink() ? attempt(() => statSync(path)) : entry;
  if (stats?.isFile()) return 'file';
  return stats?.isDirectory() ? 'folder' : 'other';
}

function peek(path: string): { readonly name?: unknown; readonly type?: unknown } {
  const text = attempt(() => readTextFile(path));
  if (text === undefined) return {};
  const read = readYaml(text, path);
  const content = read.ok ? read.source.value : undefined;
  return typeof content === 'object' && content !== null ? content : {};
}

// A file that cannot be looked into is not a spec so far; parsing it names the reason.
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
