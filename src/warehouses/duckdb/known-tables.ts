import { beginsWith, isOneStatement } from './statement-words.ts';

/*
 * Which tables are there. Most datasets begin with CREATE TABLE IF NOT EXISTS, which does nothing in every run but the first and
 * takes half a millisecond all the same. Only this process writes to the open files, so it can tell when that is so.
 *
 * What is known is a text that ran in a transaction that was committed, as long as nothing may have taken a table away since:
 * whatever is not a single statement of a kind that cannot. From such a text until the end of its attempt nothing is known or
 * learned, and a transaction that began before that end knows and teaches nothing: what its snapshot has may be gone.
 */

const createsIfMissing = beginsWith('CREATE TABLE IF NOT EXISTS');
// With a query it does more where the table is there: DuckDB binds the query, and refuses it if what it reads is gone.
const hasQuery = /(?<!\w)as(?!\w)/i;
const cannotTakeAway = beginsWith(
  'INSERT|UPDATE|DELETE|MERGE|TRUNCATE|SELECT|FROM|VALUES|WITH|CREATE TABLE|CREATE OR REPLACE TABLE',
);
// A text may name another table each time, so nothing else bounds their number.
const mostTexts = 1_000;
const longestText = 10_000;

/** What the open files are known to have. */
export class KnownTables {
  readonly #catalogs = new Map<string, ReadonlySet<string>>();
  #takingAway = 0;
  #timesTakenAway = 0;

  /** Begins the account of an attempt that writes `catalog`, before its transaction begins. */
  account(catalog: string): TableAccount {
    const known = this.#known(catalog);
    const since = this.#timesTakenAway;
    const isUnchanged = () => this.#takingAway === 0 && this.#timesTakenAway === since;
    return new TableAccount({
      known: () => (isUnchanged() ? known : nothing),
      learn: (texts) => {
        if (isUnchanged()) this.#learn(catalog, texts);
      },
      takesAway: () => {
        this.#takingAway += 1;
        this.#catalogs.clear();
      },
      tookAway: () => {
        this.#takingAway -= 1;
        this.#timesTakenAway += 1;
      },
    });
  }

  #known(catalog: string): ReadonlySet<string> {
    return this.#catalogs.get(catalog) ?? nothing;
  }

  #learn(catalog: string, texts: readonly string[]): void {
    const known = this.#known(catalog);
    const added = texts.filter((text) => !known.has(text));
    if (added.length > 0) this.#catalogs.set(catalog, new Set([...known, ...added].slice(-mostTexts)));
  }
}

const nothing: ReadonlySet<string> = new Set();

interface Tables {
  readonly known: () => ReadonlySet<string>;
  readonly learn: (texts: readonly string[]) => void;
  readonly takesAway: () => void;
  readonly tookAway: () => void;
}

/** What one attempt knows of tables and teaches. */
export class TableAccount {
  readonly #tables: Tables;
  readonly #created: string[] = [];
  #known = nothing;
  #takesAway = false;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** The attempt's transaction has its snapshot, which has all that is known. */
  begun(): void {
    this.#known = this.#tables.known();
  }

  /** Tells whether a text would do nothing in the attempt's transaction, because it creates a table that is there. */
  doesNothing(sql: string): boolean {
    return this.#known.has(sql);
  }

  /** Takes a text down that is about to run. */
  runs(sql: string): void {
    if (mayTakeAway(sql)) this.#takeAway();
    else if (sql.length <= longestText && createsIfMissing.test(sql) && !hasQuery.test(sql)) this.#created.push(sql);
  }

  /** The attempt's transaction is committed. */
  committed(): void {
    this.#tables.learn(this.#created);
  }

  /** The attempt is over, and so is each of its transactions. */
  close(): void {
    if (this.#takesAway) this.#tables.tookAway();
  }

  #takeAway(): void {
    if (this.#takesAway) return;
    this.#takesAway = true;
    this.#known = nothing;
    this.#tables.takesAway();
  }
}

function mayTakeAway(sql: string): boolean {
  return !isOneStatement(sql) || !cannotTakeAway.test(sql);
}
