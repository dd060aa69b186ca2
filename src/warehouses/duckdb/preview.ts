import { type DuckDBConnection, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { DliError } from '../../contract/errors.ts';
import type { Preview } from '../warehouse.ts';
import { boundRows, longestValue } from './bounded-row.ts';
import type { PreviewInput } from './child-protocol.ts';
import { catalogAlias, type DatasetTable, quoteIdentifier, requireDataset } from './dataset-table.ts';
import { interruptOnAbort } from './interrupt.ts';
import { jsonSafeValue } from './json-values.ts';
import type { Session } from './session.ts';
import { readDuckdbError } from './sql-error.ts';

/** Reads the first rows of a dataset's table. @throws DLI-815 when there is no such table, DLI-816 when the files do not open. */
export function previewTable(
  session: Session,
  { dataset, limit }: PreviewInput,
  signal: AbortSignal,
): Promise<Preview> {
  const table = requireDataset(dataset);
  if (!session.hasCatalog(table.catalog)) return Promise.reject(noTable(dataset));
  return session.use({ catalog: table.catalog, signal }, async (files) => {
    const connection = await files.connect();
    try {
      return await interruptOnAbort(connection, signal, () =>
        files.helpers.during(() => readFirst(connection, table, limit)),
      );
    } catch (error) {
      const known = readDuckdbError(error);
      if (known.type === 'Catalog') throw noTable(dataset, error);
      throw new DliError('DLI-815', `The table of ${dataset} cannot be read: ${known.message}`, { cause: error });
    } finally {
      connection.closeSync();
    }
  });
}

async function readFirst(connection: DuckDBConnection, table: DatasetTable, limit: number): Promise<Preview> {
  const path = [catalogAlias(table.catalog), table.schema ?? 'main', table.table].map(quoteIdentifier).join('.');
  const prepared = await connection.prepare(`FROM ${path}`);
  const columns = Array.from({ length: prepared.columnCount }, (_, index) => ({
    name: prepared.columnName(index),
    type: prepared.columnType(index),
  }));
  prepared.destroySync();
  const reader = await connection.streamAndReadUntil(
    `SELECT ${columns.map(cutColumn).join(', ')} FROM ${path} LIMIT ${limit}`,
    limit,
  );
  await reader.readAll();
  const bound = boundRows();
  const rows = reader
    .convertRows(jsonSafeValue)
    .map((values) => bound(Object.fromEntries(columns.map(({ name }, index) => [name, values[index] ?? null]))));
  return { columns: columns.map(({ name, type }) => ({ name, type: String(type) })), rows };
}

// DuckDB cuts long texts and blobs before they are copied; one character more than is shown tells that there was more.
function cutColumn({ name, type }: { readonly name: string; readonly type: DuckDBType }): string {
  const column = quoteIdentifier(name);
  if (type.typeId === DuckDBTypeId.VARCHAR) return `left(${column}, ${longestValue + 1}) AS ${column}`;
  if (type.typeId === DuckDBTypeId.BLOB) return `${column}[1:${longestValue + 1}] AS ${column}`;
  return column;
}

function noTable(dataset: string, cause?: unknown): DliError {
  return new DliError('DLI-815', `There is no table ${dataset} yet`, {
    hints: [`Run the dataset first: dli workflow run ${dataset}`],
    cause,
  });
}
