import { type FSWatcher, statSync, watch } from 'node:fs';

/** What a watcher of folders is made of. */
export interface FolderWatcherOptions {
  /** Something in one of the folders changed. It may be called for nothing, and often. */
  readonly onChange: () => void;
  /** A folder cannot be watched, for example because the system allows no more. */
  readonly onTrouble: (error: unknown, folder: string) => void;
}

/** A watch is of a folder itself and not of its path. */
interface Watched {
  readonly watcher: FSWatcher;
  /** Which folder was there when it was set. */
  readonly identity: string | undefined;
}

/**
 * Notices changes in folders, a watch for each folder and none for single files: what has changed is found by looking. It keeps
 * no process alive.
 */
export class FolderWatcher {
  readonly #options: FolderWatcherOptions;
  readonly #watches = new Map<string, Watched>();
  /** Folders that could not be watched, which is told once. */
  readonly #refused = new Set<string>();

  constructor(options: FolderWatcherOptions) {
    this.#options = options;
  }

  /**
   * Watches exactly these folders from now on. One that is not there is left out; watch what it is to appear in. Tells whether
   * any is watched that was not before, or is another one under the same path: what changed in it until now was not noticed.
   */
  follow(folders: readonly string[]): boolean {
    const wanted = new Set(folders);
    for (const [folder, { identity }] of this.#watches)
      if (!wanted.has(folder) || identityOf(folder) !== identity) this.#drop(folder);
    const added = [...wanted].filter((folder) => !this.#watches.has(folder) && this.#add(folder));
    return added.length > 0;
  }

  /** Ends all watches. */
  close(): void {
    this.follow([]);
  }

  #add(folder: string): boolean {
    try {
      // Asked before the watch is set: one that is replaced in between is taken for another one the next time.
      const identity = identityOf(folder);
      const watcher = watch(folder, { persistent: false }, this.#options.onChange);
      // A folder that is removed or unmounted: the look that follows says what there is to watch now.
      watcher.on('error', () => {
        this.#drop(folder);
        this.#options.onChange();
      });
      this.#watches.set(folder, { watcher, identity });
      this.#refused.delete(folder);
      return true;
    } catch (error) {
      if (isGone(error) || this.#refused.has(folder)) return false;
      this.#refused.add(folder);
      this.#options.onTrouble(error, folder);
      return false;
    }
  }

  #drop(folder: string): void {
    this.#watches.get(folder)?.watcher.close();
    this.#watches.delete(folder);
  }
}

/** Tells a folder from another one that took its path; file systems reuse numbers, so that the time of birth belongs to it. */
function identityOf(folder: string): string | undefined {
  try {
    const { dev, ino, birthtimeNs } = statSync(folder, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    // Setting the watch says what is wrong with it.
    return undefined;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
