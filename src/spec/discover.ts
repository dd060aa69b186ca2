/** Finds the specs of a project on disk. */
import { basename } from 'node:path';
import { DliError } from '../contract/errors.ts';
import { suggestDataset } from './dataset-name.ts';
import { readTextFile } from './disk.ts';
import { yamlFilesBelow } from './yaml-files.ts';
import { readYaml } from './yaml-source.ts';

/** A file that holds a spec. `name` is the dataset that it names, null when it cannot be read so far. */
export interface SpecFile {
  readonly path: string;
  readonly name: string | null;
}

/**
 * Lists the specs below `dir`, by path: every `dataset.<name>.yaml`, and every other YAML file that says `type: Dataset`.
 * Folders that begin with a dot and `node_modules` are left out; a folder that links lead to twice is read once.
 */
export function discoverSpecs(dir: string): readonly SpecFile[] {
  return yamlFilesBelow(dir)
    .files.map((path) => ({ path, content: peek(path) }))
    .filter(({ path, content }) => isNamedLikeSpec(path) || content.type === 'Dataset')
    .map(({ path, content }) => ({ path, name: typeof content.name === 'string' ? content.name : null }));
}

/** The specs below a folder, and what could not be looked into: nobody knows whether that holds specs, too. */
export interface SpecFiles {
  readonly specs: readonly string[];
  readonly unreadable: readonly string[];
}

/**
 * Lists the same files as {@link discoverSpecs}, and looks only into those whose name does not tell. A file that is no valid
 * YAML but says `type: Dataset` is a spec, so that parsing can say what is wrong.
 */
export function specFilesBelow(dir: string): SpecFiles {
  const { files, unreadable } = yamlFilesBelow(dir);
  const looks = files.map((path) => ({ path, look: isNamedLikeSpec(path) ? 'spec' : lookInto(path) }));
  const those = (wanted: string) => looks.filter(({ look }) => look === wanted).map(({ path }) => path);
  return { specs: those('spec'), unreadable: [...unreadable, ...those('unreadable')] };
}

function lookInto(path: string): 'spec' | 'other' | 'unreadable' {
  const text = attempt(() => readTextFile(path));
  if (text === undefined) return 'unreadable';
  return saysDataset(text, path) ? 'spec' : 'other';
}

/** Tells whether a YAML text says `type: Dataset`; also one that is no valid YAML, so that parsing can say what is wrong. */
export function saysDataset(text: string, file: string): boolean {
  // Most other files do not say it anywhere, and need not be parsed.
  if (!/\btype\b.*\bDataset\b/.test(text)) return false;
  const read = readYaml(text, file);
  if (!read.ok) return /^["']?type["']?\s*:\s*["']?Dataset\b/m.test(text);
  const { value } = read.source;
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Dataset';
}

/** Tells whether a file is a spec by its name alone: `dataset.<name>.yaml`. */
export function isNamedLikeSpec(path: string): boolean {
  return /^dataset\..+\.ya?ml$/.test(basename(path));
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
