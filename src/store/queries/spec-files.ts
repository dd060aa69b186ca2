import type { SourceType } from '../../contract/fields.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** What is known of a file of the spec store. */
export interface SpecFileRecord {
  readonly sourceType: SourceType;
  /** Below the source's folder, with `/` between its parts. */
  readonly path: string;
  /** What it defines or defined last; null when that is not known, and for a YAML file that defines no dataset. */
  readonly dataset: string | null;
  /** Of its text and of the SQL files that it names. */
  readonly digest: string;
  /** Those SQL files, by their paths beside the file. */
  readonly sqlFiles: readonly string[];
  /** What the files looked like when they were read; empty when they have to be read again. */
  readonly signature: string;
  /** Why it is not in force; null when it is. */
  readonly error: string | null;
}

interface SpecFileRow {
  readonly source_type: SourceType;
  readonly path: string;
  readonly dataset: string | null;
  readonly digest: string;
  readonly sql_files: string;
  readonly signature: string;
  readonly error: string | null;
}

function toRecord(row: SpecFileRow): SpecFileRecord {
  return {
    sourceType: row.source_type,
    path: row.path,
    dataset: row.dataset,
    digest: row.digest,
    sqlFiles: row.sql_files === '[]' ? [] : JSON.parse(row.sql_files),
    signature: row.signature,
    error: row.error,
  };
}

/** Reads what is known of a source's files, by path. */
export function specFilesOf(queries: Queries, sourceType: SourceType): ReadonlyMap<string, SpecFileRecord> {
  const rows = queries.all<SpecFileRow>('SELECT * FROM spec_files WHERE source_type = ?', [sourceType]);
  return new Map(rows.map((row) => [row.path, toRecord(row)]));
}

/** Reads what is known of one file. */
export function getSpecFile(queries: Queries, sourceType: SourceType, path: string): SpecFileRecord | undefined {
  const row = queries.get<SpecFileRow>('SELECT * FROM spec_files WHERE source_type = ? AND path = ?', [
    sourceType,
    path,
  ]);
  return row && toRecord(row);
}

/** Reads the files that define, or defined last, a dataset. */
export function specFilesOfDataset(queries: Queries, dataset: string): readonly SpecFileRecord[] {
  return queries
    .all<SpecFileRow>('SELECT * FROM spec_files WHERE dataset = ? ORDER BY source_type, path', [dataset])
    .map(toRecord);
}

/** How many files are not in force. */
export function countBrokenFiles(queries: Queries): number {
  return queries.get<{ n: number }>('SELECT count(*) AS n FROM spec_files WHERE error IS NOT NULL')?.n ?? 0;
}

/** Stores what is known of a file now. */
export function saveSpecFile(transaction: Transaction, file: SpecFileRecord): void {
  transaction.run(
    `INSERT INTO spec_files (source_type, path, dataset, digest, sql_files, signature, error)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (source_type, path) DO UPDATE SET
       dataset = excluded.dataset,
       digest = excluded.digest,
       sql_files = excluded.sql_files,
       signature = excluded.signature,
       error = excluded.error`,
    [file.sourceType, file.path, file.dataset, file.digest, JSON.stringify(file.sqlFiles), file.signature, file.error],
  );
}

/** Forgets a file. */
export function deleteSpecFile(transaction: Transaction, sourceType: SourceType, path: string): void {
  transaction.run('DELETE FROM spec_files WHERE source_type = ? AND path = ?', [sourceType, path]);
}

/** Stores what a file looks like from outside, unless its content was stored anew meanwhile. */
export function saveSpecFileLook(transaction: Transaction, file: SpecFileRecord): void {
  transaction.run('UPDATE spec_files SET signature = ? WHERE source_type = ? AND path = ? AND digest = ?', [
    file.signature,
    file.sourceType,
    file.path,
    file.digest,
  ]);
}
