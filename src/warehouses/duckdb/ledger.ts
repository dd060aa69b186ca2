import type { DuckDBConnection } from '@duckdb/node-api';
import { catalogAlias, quoteIdentifier, quoteString } from './dataset-table.ts';

/*
 * The ledger: one row for each run that has published into a catalog. Its row commits together with the run's data, and
 * its primary key is the run uid, so a run cannot publish twice. It has no other column: each costs every run a tenth of a
 * millisecond of waiting and twice that of CPU time, and when a run was published, the state knows.
 */

/** Names the ledger's table in a catalog, quoted. */
export function ledgerTable(catalog: string): string {
  return `${quoteIdentifier(catalogAlias(catalog))}._dli.published_runs`;
}

/** Creates the ledger of a catalog if it is missing; takes the column out that it had before 2026-11-27. */
export async function createLedger(connection: DuckDBConnection, catalog: string): Promise<void> {
  await connection.run(
    `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(catalogAlias(catalog))}._dli;
     CREATE TABLE IF NOT EXISTS ${ledgerTable(catalog)} (run_uid VARCHAR PRIMARY KEY);
     ALTER TABLE ${ledgerTable(catalog)} DROP COLUMN IF EXISTS published_at;`,
  );
}

/** Begins the run's transaction with its row in the ledger. Fails with a Constraint error when the row is there already. */
export async function beginWithLedger(connection: DuckDBConnection, catalog: string, runUid: string): Promise<void> {
  await connection.run(`BEGIN; INSERT INTO ${ledgerTable(catalog)} VALUES (${quoteString(runUid)})`);
}

/** Reads whether a run has published. */
export async function readLedger(connection: DuckDBConnection, catalog: string, runUid: string): Promise<boolean> {
  const reader = await connection.runAndReadAll(
    `SELECT 1 FROM ${ledgerTable(catalog)} WHERE run_uid = ${quoteString(runUid)}`,
  );
  return reader.currentRowCount > 0;
}
