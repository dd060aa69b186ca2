import type { Random } from '../random.ts';
import type { DiskRecord } from './disk-log.ts';

/*
 * What a disk may hold when the power goes. Of a file, everything that was done before its last sync began is there; of what
 * came later, any part may be: the model keeps a prefix, with its last write torn between sectors, or loses single writes.
 * Names are what a file system with an ordered journal makes of them (ext4, XFS): creations, renames and removals last in
 * their order, those before the sync of any file for certain.
 */

/** What is kept of the operations that no sync covers. */
export type Kept = 'nothing' | 'everything' | 'prefix' | 'some';

type FileChange =
  | { readonly kind: 'write'; readonly at: number; readonly data: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number };

type NameChange =
  | { readonly kind: 'create'; readonly path: string; readonly inode: Inode }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly path: string };

interface SyncUnderWay {
  readonly inode: Inode;
  readonly fileChanges: number;
  readonly nameChanges: number;
}

const sector = 512;

/** Bytes that grow. */
class FileBytes {
  #buffer: Uint8Array;
  #size: number;

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#buffer = bytes;
    this.#size = bytes.length;
  }

  apply(change: FileChange): void {
    const end = change.kind === 'truncate' ? change.size : change.at + change.data.length;
    if (end > this.#buffer.length) {
      const larger = new Uint8Array(end * 2);
      larger.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = larger;
    }
    if (change.kind === 'write') {
      this.#buffer.set(change.data, change.at);
      this.#size = Math.max(this.#size, end);
    } else {
      // What lies beyond the end reads as zeros when the file grows again.
      this.#buffer.fill(0, end, Math.max(end, this.#size));
      this.#size = end;
    }
  }

  copy(): FileBytes {
    return new FileBytes(this.read().slice());
  }

  read(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }
}

/** A file's bytes: what is certain, and what is not yet. */
class Inode {
  readonly #bytes = new FileBytes();
  /** How many changes have become certain. */
  #settled = 0;
  #pending: FileChange[] = [];

  change(change: FileChange): void {
    this.#pending.push(change);
  }

  /** Changes so far. */
  get changes(): number {
    return this.#settled + this.#pending.length;
  }

  /** The first `changes` changes are certain now. */
  settle(changes: number): void {
    for (const change of this.#pending.splice(0, Math.max(0, changes - this.#settled))) {
      this.#bytes.apply(change);
      this.#settled += 1;
    }
  }

  /** What may be on the disk. */
  bytes(kept: Kept, random: Random): Uint8Array {
    const bytes = this.#bytes.copy();
    for (const change of keep(this.#pending, { kept, random })) bytes.apply(change);
    return bytes.read();
  }
}

/** Follows a log and tells, at any place of it, what the disk may hold. */
export class DiskModel {
  readonly #open = new Map<string, Inode>();
  /** As the processes see them. */
  readonly #names = new Map<string, Inode>();
  readonly #certain = new Map<string, Inode>();
  #settledNames = 0;
  #pendingNames: NameChange[] = [];
  readonly #syncs = new Map<string, SyncUnderWay>();
  readonly #unheard = new Set<Inode>();
  readonly #deaf: RegExp | undefined;

  /** `deafTo`: syncs of these paths are not believed, to see whether that is noticed. @default none */
  constructor({ deafTo }: { readonly deafTo?: RegExp } = {}) {
    this.#deaf = deafTo;
  }

  /** Takes the next record. */
  take(record: DiskRecord): void {
    switch (record.kind) {
      case 'open':
        this.#opened(record);
        break;
      case 'close':
        this.#open.delete(record.file);
        break;
      case 'write':
      case 'truncate':
        this.#open.get(record.file)?.change(record);
        break;
      case 'sync-begin':
      case 'sync-end':
        this.#sync(record);
        break;
      case 'rename':
      case 'unlink':
        this.#changeName(record);
        break;
      case 'told':
        break;
    }
  }

  /** The files that may be there, by path. */
  files(kept: Kept, random: Random): ReadonlyMap<string, Uint8Array> {
    const names = new Map(this.#certain);
    // Names are journalled in order: some of the last may be missing, but none in between.
    for (const change of keep(this.#pendingNames, { kept: kept === 'some' ? 'prefix' : kept, random }))
      applyName(names, change);
    return new Map([...names].map(([path, inode]) => [path, inode.bytes(kept, random)]));
  }

  #opened({ file, path, creates, truncates }: DiskRecord & { readonly kind: 'open' }): void {
    let inode = this.#names.get(path);
    if (!inode) {
      // What is there and was not made here is a folder; it can be synced.
      inode = new Inode();
      if (creates) this.#changeName({ kind: 'create', path, inode });
    } else if (truncates) inode.change({ kind: 'truncate', size: 0 });
    this.#open.set(file, inode);
    if (this.#deaf?.test(path)) this.#unheard.add(inode);
  }

  #changeName(change: NameChange): void {
    applyName(this.#names, change);
    this.#pendingNames.push(change);
  }

  #sync({ kind, file, thread }: DiskRecord & { readonly kind: 'sync-begin' | 'sync-end' }): void {
    const inode = this.#open.get(file);
    const key = `${file} ${thread}`;
    if (kind === 'sync-begin') {
      if (!inode || this.#unheard.has(inode)) return;
      const nameChanges = this.#settledNames + this.#pendingNames.length;
      this.#syncs.set(key, { inode, fileChanges: inode.changes, nameChanges });
      return;
    }
    const sync = this.#syncs.get(key);
    if (!sync) return;
    this.#syncs.delete(key);
    sync.inode.settle(sync.fileChanges);
    for (const change of this.#pendingNames.splice(0, Math.max(0, sync.nameChanges - this.#settledNames))) {
      applyName(this.#certain, change);
      this.#settledNames += 1;
    }
  }
}

function applyName(names: Map<string, Inode>, change: NameChange): void {
  if (change.kind === 'create') names.set(change.path, change.inode);
  if (change.kind === 'unlink') names.delete(change.path);
  if (change.kind !== 'rename') return;
  const inode = names.get(change.from);
  names.delete(change.from);
  if (inode) names.set(change.to, inode);
}

function keep<Change extends FileChange | NameChange>(
  changes: readonly Change[],
  { kept, random }: { readonly kept: Kept; readonly random: Random },
): readonly Change[] {
  if (kept === 'nothing') return [];
  if (kept === 'everything') return changes;
  if (kept === 'some') return changes.filter(() => random.onceIn(2));
  const whole = random.between(0, changes.length);
  const torn = changes[whole];
  const rest = changes.slice(0, whole);
  return torn ? [...rest, ...tear(torn, random)] : rest;
}

/** The first sectors of a write; of anything else nothing. */
function tear<Change extends FileChange | NameChange>(change: Change, random: Random): readonly Change[] {
  if (change.kind !== 'write') return [];
  const bytes = random.between(0, Math.floor(change.data.length / sector)) * sector;
  return bytes === 0 ? [] : [{ ...change, data: change.data.subarray(0, bytes) }];
}
