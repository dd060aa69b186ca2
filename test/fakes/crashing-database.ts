import { Database, type Transaction } from '../../src/store/sqlite.ts';
import type { Fuse } from './fake-warehouse.ts';

const never = new Promise<never>(() => undefined);

/** Servers die here, the machine does not; waiting for the disk would be most of such a test. */
const unsynced = 'PRAGMA synchronous = OFF';

/** Opens a state file without waiting for the disk. */
export function openUnsynced(file: string): Database {
  const database = new Database(file);
  database.execute(unsynced);
  return database;
}

/** A state file whose server can die before a write, or after its commit and before anybody hears of it. */
export class CrashingDatabase extends Database {
  readonly #fuse: Fuse;

  constructor(file: string, fuse: Fuse) {
    super(file);
    this.#fuse = fuse;
    this.execute(unsynced);
  }

  override write<Result>(work: (transaction: Transaction) => Result): Promise<Result> {
    if (!this.#fuse.passes('before a write')) return never;
    return super
      .write((transaction) => {
        if (this.#fuse.isBlown) throw new TypeError('a dead process writes nothing');
        const listeners: (() => void)[] = [];
        const result = work({ ...transaction, afterCommit: (listener) => void listeners.push(listener) });
        transaction.afterCommit(() => {
          if (this.#fuse.passes('after a write')) for (const listener of listeners) listener();
        });
        return result;
      })
      .then(
        (result) => (this.#fuse.isBlown ? never : result),
        (error) => (this.#fuse.isBlown ? never : Promise.reject(error)),
      );
  }
}
