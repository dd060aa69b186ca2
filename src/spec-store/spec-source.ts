import { readdirSync } from 'node:fs';
import { sep } from 'node:path';
import type { SourceType } from '../contract/fields.ts';
import { yamlFilesBelow } from '../spec/yaml-files.ts';
import type { Release } from './release-manifest.ts';

/** What a folder of the spec store holds now. Paths are below the folder, with `/` between their parts. */
export interface SpecListing {
  /** YAML files, sorted. */
  readonly paths: readonly string[];
  /** The folder and those in it, absolute: whoever watches them hears of every change. */
  readonly folders: readonly string[];
  /** Folders in it that could not be read: what they hold is not known, which is not the same as gone. */
  readonly unreadable: readonly string[];
}

/** A folder of the spec store. */
export interface SpecSource {
  readonly sourceType: SourceType;
  readonly root: string;
  /** Every file is called like its dataset, `<dataset>.yaml`, and has its SQL in it. */
  readonly isFlat: boolean;
  /** What the files have to be, by their digests; where that is known. */
  readonly expected?: ReadonlyMap<string, string>;
  /** Tells what it holds. @throws when the folder itself cannot be read */
  list(): SpecListing;
}

/** `manual/`: one file for each registration, which the server itself writes. */
export function manualSource(root: string): SpecSource {
  return {
    sourceType: 'manual',
    root,
    isFlat: true,
    list: () => ({
      paths: readdirSync(root)
        .filter((name) => name.endsWith('.yaml'))
        .sort(),
      folders: [root],
      unreadable: [],
    }),
  };
}

/** `code/` where people or Git bring the files (`code.mode: folder`): specs in any folder of it, with their SQL files. */
export function folderSource(root: string): SpecSource {
  // Every path begins with the root.
  const below = (path: string) => path.slice(root.length + 1).replaceAll(sep, '/');
  return {
    sourceType: 'code',
    root,
    isFlat: false,
    list: () => {
      // Read by itself first: whether it can be read at all is for the caller to know.
      readdirSync(root);
      const { files, folders, unreadable } = yamlFilesBelow(root);
      return { paths: files.map(below), folders, unreadable: unreadable.map(below) };
    },
  };
}

/** A release in `code/`: what its manifest names is to be there, whatever the folder shows. */
export function releaseSource({ folder, files }: Pick<Release, 'folder' | 'files'>): SpecSource {
  const expected = new Map([...files].map(([dataset, digest]) => [`${dataset}.yaml`, digest]));
  return {
    sourceType: 'code',
    root: folder,
    isFlat: true,
    expected,
    list: () => ({ paths: [...expected.keys()].sort(), folders: [], unreadable: [] }),
  };
}

/** The path of a file of a source on disk. */
export function fileOf({ root }: SpecSource, path: string): string {
  // Not `join`, which costs more than the look at the file that follows.
  return `${root}/${path}`;
}

/** What messages call a file of a source. */
export function labelOf({ sourceType }: SpecSource, path: string): string {
  return `${sourceType}/${path}`;
}
