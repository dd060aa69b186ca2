import type { DuckDBConnection } from '@duckdb/node-api';
import { beginsWith, isOneStatement } from './statement-words.ts';

/*
 * Which connections are as they were before a run. What can be left on one: temporary objects, settings, variables and prepared
 * statements, all of which a single change of rows cannot make (but for the type of a PIVOT), an open transaction, and the seed of
 * `random()` and `uuid()`. `setseed` alone sets that, and can be hidden in a macro, a view, a default or a check: once any text or
 * definition has it, no connection counts as clean any more. Only this process writes to the open files, so no text is missed.
 */

// Whatever creates something can create it for its connection alone (CREATE TABLE temp.t).
const onlyChangesRows = beginsWith('INSERT|UPDATE|DELETE|MERGE|TRUNCATE');
const makesType = /pivot/i;
const seeds = /setseed/i;
// A definition from elsewhere may also run SQL out of a string, which runs' own texts may not.
const mayBringSeed = String.raw`(?i)setseed|\bquery\W*\(|json_execute_serialized_sql`;

/** What runs may have left on the connections to some open files. */
export class ConnectionTraces {
  readonly #mayBringSeeds: () => Promise<boolean>;
  #begun = 0;
  #asking: Promise<void> | undefined;
  #mayBeSeeded = true;
  #textsSeed = false;

  /** `mayBringSeeds` tells whether something in the files may set a seed. It is asked once, and nothing waits for its answer. */
  constructor(mayBringSeeds: () => Promise<boolean>) {
    this.#mayBringSeeds = mayBringSeeds;
  }

  /** Begins the account of an attempt whose connection is clean. */
  account(): TraceAccount {
    this.#begun += 1;
    // Not by the first, which has waited for the files already, and is often alone.
    if (this.#begun === 2) this.#asking = this.#ask();
    return new TraceAccount({
      mayBeSeeded: () => this.#mayBeSeeded,
      seeds: () => {
        this.#textsSeed = true;
        this.#mayBeSeeded = true;
      },
    });
  }

  /** Resolves when the files are not being asked. */
  async settled(): Promise<void> {
    await this.#asking;
  }

  async #ask(): Promise<void> {
    // In doubt they may.
    const filesSeed = await this.#mayBringSeeds().catch(() => true);
    this.#mayBeSeeded = filesSeed || this.#textsSeed;
  }
}

interface Seeds {
  readonly mayBeSeeded: () => boolean;
  readonly seeds: () => void;
}

/** What one attempt may have left on its connection. */
export class TraceAccount {
  readonly #seeds: Seeds;
  #left: boolean;

  constructor(seeds: Seeds) {
    this.#seeds = seeds;
    // What is dropped while the attempt runs may have seeded it before.
    this.#left = seeds.mayBeSeeded();
  }

  /** Takes a text down that is about to run. */
  runs(sql: string): void {
    if (seeds.test(sql)) this.#seeds.seeds();
    if (!isOneStatement(sql) || !onlyChangesRows.test(sql) || makesType.test(sql)) this.#left = true;
  }

  /** Something failed: nobody knows what that left. */
  failed(): void {
    this.#left = true;
  }

  /** Tells whether the connection is as it was, now that its last transaction is over. */
  isClean(): boolean {
    return !this.#left && !this.#seeds.mayBeSeeded();
  }
}

/** Tells whether something that the attached catalogs define may set a seed. Catalogs of other databases are not asked: theirs may change at any time. */
export async function mayBringSeeds(connection: DuckDBConnection): Promise<boolean> {
  const foreign = "SELECT 1 FROM duckdb_databases() WHERE type <> 'duckdb' AND NOT internal LIMIT 1";
  if ((await connection.runAndReadAll(foreign)).currentRowCount > 0) return true;
  const seeding = await connection.runAndReadAll(
    `SELECT 1 FROM (
       SELECT sql FROM duckdb_tables()
       UNION ALL SELECT sql FROM duckdb_views()
       UNION ALL SELECT macro_definition FROM duckdb_functions()
     ) definitions(sql)
     WHERE regexp_matches(sql, $pattern) LIMIT 1`,
    { pattern: mayBringSeed },
  );
  return seeding.currentRowCount > 0;
}
