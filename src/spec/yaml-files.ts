/** Finds the YAML files of a project on disk. */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';

/** What is below a folder; all paths begin with that folder's. */
export interface YamlFiles {
  readonly files: readonly string[];
  /** The folders that were looked into. */
  readonly folders: readonly string[];
  /** Folders that could not be read. */
  readonly unreadable: readonly string[];
}

const deepest = 20;

/**
 * Lists the YAML files below `dir`, by path. Folders that begin with a dot and `node_modules` are left out; a folder that
 * links lead to twice is read once.
 */
export function yamlFilesBelow(dir: string): YamlFiles {
  const found = { files: [], folders: [], unreadable: [] };
  walk(dir, { seen: new Set(), depth: 0, found });
  return found;
}

interface Walk {
  readonly seen: Set<string>;
  readonly depth: number;
  readonly found: { readonly files: string[]; readonly folders: string[]; readonly unreadable: string[] };
}

function walk(dir: string, { seen, depth, found }: Walk): void {
  if (depth > deepest) return;
  const entries = attempt(() => {
    const real = realpathSync(dir);
    if (seen.has(real)) return [];
    seen.add(real);
    return readdirSync(dir, { withFileTypes: true });
  });
  if (!entries) {
    found.unreadable.push(dir);
    return;
  }
  found.folders.push(dir);
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = `${dir}${sep}${entry.name}`;
    const kind = kindOf(entry, path);
    if (kind === 'file' && /\.ya?ml$/.test(entry.name)) found.files.push(path);
    if (kind !== 'folder' || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    walk(path, { seen, depth: depth + 1, found });
  }
}

function kindOf(entry: Dirent, path: string): 'file' | 'folder' | 'other' {
  const stats = entry.isSymbolicLink() ? attempt(() => statSync(path)) : entry;
  // A link that leads nowhere now is not gone: whoever reads it says what is wrong.
  if (!stats) return 'file';
  if (stats?.isFile()) return 'file';
  return stats?.isDirectory() ? 'folder' : 'other';
}

// What cannot be looked into is told as that.
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
