import { DliError } from '../../contract/errors.ts';
import type { Preview } from '../warehouse.ts';
import type { PreviewInput } from './child-protocol.ts';
import { catalogAlias, type DatasetTable, quoteIdentifier, requireDataset } from './dataset-table.ts';
import { jsonSafeValue } from './json-values.ts';
import type { OpenFiles } from './open-files.ts';
import type { Session } from './session.ts';
import { readDuckdbError } from './sql-error.ts';

/** Reads the first rows of a dataset's table. @throws DLI-815 when there is no such table, DLI-816 when the files do not open. */
export function previewTable(session: Session, { dataset, limit }: PreviewInput): Promise<Preview> {
  const table = requireDataset(dataset);
  if (!session.hasCatalog(table.catalog)) return Promise.reject(noTable(dataset));
  return session.use(table.catalog, (files) => readFirst(files, { dataset, table, limit }));
}

async function readFirst(
  files: OpenFiles,
  { dataset, table, limit }: { readonly dataset: string; readonly table: DatasetTable; readonly limit: number },
): Promise<Preview> {
  const connection = await files.connect();
  const path = [catalogAlias(table.catalog), table.schema ?? 'main', table.table].map(quoteIdentifier).join('.');
  try {
    const reader = await connection.streamAndReadUntil(`SELECT * FROM ${path} LIMIT ${limit}`, limit);
    await reader.readAll();
    const names = reader.deduplicatedColumnNames();
    const types = reader.columnTypes();
    // Object.fromEntries keeps a column called __proto__, which an assignment would lose.
    const rows = reader
      .convertRows(jsonSafeValue)
      .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])));
    return { columns: names.map((name, index) => ({ name, type: String(types[index]) })), rows };
  } catch (error) {
    const known = readDuckdbError(error);
    if (known.type === 'Catalog') throw noTable(dataset, error);
    throw new DliError('DLI-815', `The table of ${dataset} cannot be read: ${known.message}`, { cause: error });
  } finally {
    connection.closeSync();
  }
}

function noTable(dataset: string, cause?: unknown): DliError {
  return new DliError('DLI-815', `There is no table ${dataset} yet`, {
    hints: [`Run the dataset first: dli workflow run ${dataset}`],
    cause,
  });
}
