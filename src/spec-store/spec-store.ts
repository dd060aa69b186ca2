import { join } from 'node:path';
import type { SourceType } from '../contract/fields.ts';
import type { DeletionLimit } from '../core/deletion-guard.ts';
import { SpecDirectory } from './directory.ts';
import { Releases } from './releases.ts';
import { folderSource, manualSource, type SpecSource } from './spec-source.ts';

/** Where the specs of code come from: releases that `deploy` writes, or files that people or Git bring. */
export type CodeStore =
  | { readonly mode: 'deploy'; readonly releases: Releases }
  | { readonly mode: 'folder'; readonly source: SpecSource };

/** How the spec store is used. */
export interface SpecStoreOptions {
  /** The folder that holds `manual/` and `code/`. */
  readonly root: string;
  readonly mode: CodeStore['mode'];
  /** How many specs of a source may be gone at once without asking. */
  readonly maxDeletions: DeletionLimit;
  /** How long a changed file has to stay as it is before it is read, ms; 0 leaves no trust in the times of files. */
  readonly settleMs: number;
}

/** The spec store: `manual/` and `code/` in one folder. */
export class SpecStore {
  readonly #root: string;
  readonly manual: SpecDirectory;
  readonly manualSource: SpecSource;
  readonly code: CodeStore;
  readonly codeFolder: string;
  readonly maxDeletions: DeletionLimit;
  readonly settleMs: number;
  /** Why the folder of a source could not be read when it was last looked at. */
  readonly troubles = new Map<SourceType, string>();

  /** Opens it, making the folder `manual/`. @throws DLI-505 when it cannot be used */
  constructor({ root, mode, maxDeletions, settleMs }: SpecStoreOptions) {
    this.manual = new SpecDirectory(root);
    this.manualSource = manualSource(join(root, 'manual'));
    this.codeFolder = join(root, 'code');
    this.code =
      mode === 'deploy'
        ? { mode, releases: new Releases(this.codeFolder) }
        : { mode, source: folderSource(this.codeFolder) };
    this.maxDeletions = maxDeletions;
    this.settleMs = settleMs;
    this.#root = root;
  }

  /** The folders in which a change of a source shows, besides those below its own. `code/` itself may be made later. */
  foldersOf(sourceType: SourceType): readonly string[] {
    return sourceType === 'manual' ? [this.manualSource.root] : [this.#root, this.codeFolder];
  }
}
