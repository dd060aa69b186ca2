import type { DuckDBConnection } from '@duckdb/node-api';
import { outsideFunctions } from './allowed-statements.ts';
import { beginsWith, isOneStatement } from './statement-words.ts';

/*
 * Which connections are as they were before a run. What can be left on one: temporary objects, settings, variables and prepared
 * statements, an open transaction, and the seed of `random()` and `uuid()`. A single change of rows leaves none of these, but for
 * the type of a PIVOT, the tables in which `read_csv` keeps what it rejects, and what `setseed` sets. The last two can be hidden in a
 * macro, a view, a default or a check: once any text or definition has them, no connection counts as clean any more. Only this
 * process writes to the open files, so no text is missed. `lasting-functions.test.ts` tries every function for more of the kind.
 */

// Whatever creates something can create it for its connection alone (CREATE TABLE temp.t).
const onlyChangesRows = beginsWith('INSERT|UPDATE|DELETE|MERGE|TRUNCATE');
// Not with columns that DuckDB looks up, the only ones that leave something, in a view or a macro: it refuses that.
const makesType = /pivot/i;
const hideable = 'setseed|store_rejects|rejects_(?:table|scan|limit)';
const leavesMore = new RegExp(hideable, 'i');
// A definition from elsewhere may also call what runs' own texts may not. DuckDB keeps the names of functions in small letters and
// closed up with what follows, those of named values as they were written.
const mayLeaveMore = String.raw`(?i)${hideable}|${outsideFunctions}|\bquery\(`;
/** Attempts since the files were opened; fewer gain nothing from it. */
const worthAsking = 8;

/** What runs may have left on the connections to some open files. */
export class ConnectionTraces {
  readonly #ask: () => Promise<boolean>;
  #begun = 0;
  #asking: Promise<void> | undefined;
  #filesMayLeaveMore = true;
  #textsMayLeaveMore = false;

  /** `ask` tells whether something in the files may leave more than can be seen in a text. Attempts do not wait for its answer. */
  constructor(ask: () => Promise<boolean>) {
    this.#ask = ask;
  }

  /** Begins the account of an attempt whose connection is clean. */
  account(): TraceAccount {
    this.#begun += 1;
    if (this.#begun === worthAsking) this.#asking = this.#askOnce();
    return new TraceAccount({
      mayLeaveMore: () => this.#filesMayLeaveMore || this.#textsMayLeaveMore,
      leavesMore: () => {
        this.#textsMayLeaveMore = true;
      },
    });
  }

  /** Resolves when the files are not being asked. */
  async settled(): Promise<void> {
    await this.#asking;
  }

  async #askOnce(): Promise<void> {
    // In doubt they may.
    this.#filesMayLeaveMore = await this.#ask().catch(() => true);
  }
}

interface Hidden {
  readonly mayLeaveMore: () => boolean;
  readonly leavesMore: () => void;
}

/** What one attempt may have left on its connection. */
export class TraceAccount {
  readonly #hidden: Hidden;
  #left: boolean;

  constructor(hidden: Hidden) {
    this.#hidden = hidden;
    // What is dropped while the attempt runs may have left something before.
    this.#left = hidden.mayLeaveMore();
  }

  /** Takes a text down that is about to run. */
  runs(sql: string): void {
    if (leavesMore.test(sql)) this.#hidden.leavesMore();
    if (!isOneStatement(sql) || !onlyChangesRows.test(sql) || makesType.test(sql)) this.#left = true;
  }

  /** Something failed: nobody knows what that left. */
  failed(): void {
    this.#left = true;
  }

  /** Tells whether the connection is as it was, now that its last transaction is over. */
  isClean(): boolean {
    return !this.#left && !this.#hidden.mayLeaveMore();
  }
}

/** Tells whether something that the attached catalogs define may leave more than can be seen in a text. Catalogs of other databases are not asked: theirs may change at any time. */
export async function mayLeaveHidden(connection: DuckDBConnection): Promise<boolean> {
  const foreign = "SELECT 1 FROM duckdb_databases() WHERE type <> 'duckdb' LIMIT 1";
  if ((await connection.runAndReadAll(foreign)).currentRowCount > 0) return true;
  const found = await connection.runAndReadAll(
    `SELECT 1 FROM (
       SELECT sql FROM duckdb_tables()
       UNION ALL SELECT sql FROM duckdb_views() WHERE NOT internal
       UNION ALL SELECT macro_definition FROM duckdb_functions() WHERE NOT internal
     ) definitions(sql)
     WHERE regexp_matches(sql, $pattern) LIMIT 1`,
    { pattern: mayLeaveMore },
  );
  return found.currentRowCount > 0;
}
