import { DliError } from '../../contract/errors.ts';

/** Where a dataset's table lives in DuckDB. */
export interface DatasetTable {
  /** The catalog's name in the configuration, in lower case: DuckDB does not tell cases apart. */
  readonly catalog: string;
  /** Null when the dataset's name has one part: the table is in the default schema. */
  readonly schema: string | null;
  readonly table: string;
}

/** The catalog of datasets whose names have one or two parts. */
export const mainCatalog = 'main';

// DuckDB keeps these names to itself. `main` with three parts is refused too: DuckDB cannot attach a file as `main`.
const reservedCatalogs = new Set(['main', 'main_db', 'memory', 'system', 'temp', 'pg_catalog', 'information_schema']);

/** Splits a dataset's name, or tells in words why DuckDB cannot hold it. */
export function locateDataset(dataset: string): DatasetTable | { readonly refusal: string } {
  const parts = dataset.split('.');
  const table = parts.at(-1);
  if (table === undefined || parts.length > 3 || parts.some((part) => !/^[a-z_][a-z0-9_-]*$/i.test(part)))
    return { refusal: `'${dataset}' is not a table's name: one to three parts of letters, digits, _ and -` };
  if (parts.some((part) => /^_dli/i.test(part)))
    return { refusal: `'${dataset}' uses a name that begins with _dli: those are the product's own` };
  if (parts.length < 3) return { catalog: mainCatalog, schema: parts.length === 2 ? (parts[0] ?? null) : null, table };
  const catalog = (parts[0] ?? '').toLowerCase();
  if (reservedCatalogs.has(catalog))
    return { refusal: `'${dataset}': DuckDB reserves the catalog name ${catalog}, choose another one` };
  return { catalog, schema: parts[1] ?? null, table };
}

/** Splits a dataset's name. @throws DLI-815 when DuckDB cannot hold it. */
export function requireDataset(dataset: string): DatasetTable {
  const table = locateDataset(dataset);
  if ('refusal' in table) throw new DliError('DLI-815', table.refusal);
  return table;
}

/** Tells under which name DuckDB attaches a catalog. It calls a file `main.duckdb` `main_db` itself, since `main` is reserved. */
export function catalogAlias(catalog: string): string {
  return catalog === mainCatalog ? 'main_db' : catalog;
}

/** Quotes an identifier for DuckDB. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a string for DuckDB. */
export function quoteString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
