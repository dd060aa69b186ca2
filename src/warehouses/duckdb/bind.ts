import { setTimeout } from 'node:timers/promises';
import { type DuckDBConnection, StatementType } from '@duckdb/node-api';
import { DliError } from '../../contract/errors.ts';
import type { BoundStatement, Statement } from '../warehouse.ts';
import { refuseType } from './allowed-statements.ts';
import type { BindInput } from './child-protocol.ts';
import { catalogAlias, type DatasetTable, quoteIdentifier, requireDataset } from './dataset-table.ts';
import { interruptOnAbort } from './interrupt.ts';
import type { OpenFiles } from './open-files.ts';
import { parseStatements, StatementError } from './run-statement.ts';
import type { Session } from './session.ts';
import { attemptError, isConflict, readDuckdbError, toDliError } from './sql-error.ts';
import { type ScannedStatement, scanStatements } from './statement-scan.ts';

/*
 * Binds statements without their data, in a transaction that is always rolled back. DDL without data is executed, so that
 * later statements see its objects; everything else is only prepared, which is where DuckDB binds names and types.
 */

/** Waits, in milliseconds, for a run at work that has changed the same object to commit: mostly it does so soon. */
const waitsMs = [20, 50, 100, 200, 400, 800];

/** The transaction met what one at work has changed. It says nothing about the statements. */
class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/**
 * Binds every statement in order.
 *
 * @throws DLI-815 for the first that does not bind, DLI-816 when the files do not open, or a run at work keeps changing the same
 */
export function bindStatements(
  session: Session,
  { dataset, statements }: BindInput,
  signal: AbortSignal,
): Promise<readonly BoundStatement[]> {
  const table = requireDataset(dataset);
  return session.use({ catalog: table.catalog, signal }, async (files) => {
    for (const waitMs of waitsMs) {
      try {
        return await bindOnce(files, { table, statements, signal });
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        await setTimeout(waitMs, undefined, { signal });
      }
    }
    throw new DliError('DLI-816', `A run at work changes what the statements of '${dataset}' create or change`, {
      hints: ['Ask again when it has ended. See what is at work: dli workflow list --running'],
    });
  });
}

async function bindOnce(
  files: OpenFiles,
  {
    table,
    statements,
    signal,
  }: { readonly table: DatasetTable; readonly statements: readonly Statement[]; readonly signal: AbortSignal },
): Promise<readonly BoundStatement[]> {
  const connection = await files.connect();
  try {
    await connection.run('BEGIN');
    if (table.schema !== null) await createSchema(connection, table.catalog, table.schema);
    const bound: BoundStatement[] = [];
    await interruptOnAbort(connection, signal, async () => {
      for (const statement of statements) {
        signal.throwIfAborted();
        bound.push(...(await bindText(connection, statement, bound)));
      }
    });
    return bound;
  } finally {
    await connection.run('ROLLBACK').catch(() => undefined);
    connection.closeSync();
  }
}

async function createSchema(connection: DuckDBConnection, catalog: string, schema: string): Promise<void> {
  const name = `${quoteIdentifier(catalogAlias(catalog))}.${quoteIdentifier(schema)}`;
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${name}`).catch((error: unknown) => {
    if (isConflict(readDuckdbError(error))) throw new ConflictError();
    throw error;
  });
}

async function bindText(
  connection: DuckDBConnection,
  statement: Statement,
  earlier: readonly BoundStatement[],
): Promise<readonly BoundStatement[]> {
  const bound: BoundStatement[] = [];
  try {
    const extracted = await parseStatements(connection, statement, 'transaction');
    const scanned = scanStatements(statement.sql);
    for (let index = 0; index < extracted.count; index += 1) {
      // DuckDB makes several statements out of one PIVOT; then the scan's do not pair with them.
      const source = scanned.length === extracted.count ? scanned[index] : undefined;
      const result = await bindOne(connection, { statement, source, prepare: () => extracted.prepare(index) });
      bound.push(result);
    }
    return bound;
  } catch (error) {
    if (error instanceof DliError) throw error;
    if (error instanceof StatementError) throw toDliError(error.error);
    const known = readDuckdbError(error);
    if (isConflict(known)) throw new ConflictError();
    const unseen = [...earlier, ...bound].some((one) => !one.bound);
    if (!unseen || (known.type !== 'Catalog' && known.type !== 'Binder'))
      throw toDliError(attemptError(known, statement));
    return [...bound, { label: statement.label, statementType: 'UNKNOWN', bound: false }];
  }
}

interface BindOne {
  readonly statement: Statement;
  readonly source: ScannedStatement | undefined;
  readonly prepare: () => ReturnType<DuckDBConnection['prepare']>;
}

async function bindOne(connection: DuckDBConnection, { statement, source, prepare }: BindOne): Promise<BoundStatement> {
  const prepared = await prepare();
  try {
    const { statementType } = prepared;
    const refused = refuseType(statement, statementType, 'transaction');
    if (refused) throw new StatementError(refused);
    const named = { label: statement.label, statementType: StatementType[statementType] ?? 'UNKNOWN' };
    if (!definesObjects(statementType)) return { ...named, bound: true };
    if (!source) return { ...named, bound: false };
    if (await createEmpty(connection, statement, source)) return { ...named, bound: true };
    // An index reads the table's data and nothing later depends on it.
    if (!/^CREATE (?:UNIQUE )?INDEX\b/.test(source.keywords)) await prepared.run();
    return { ...named, bound: true };
  } finally {
    prepared.destroySync();
  }
}

function definesObjects(type: StatementType): boolean {
  return [StatementType.CREATE, StatementType.CREATE_FUNC, StatementType.ALTER, StatementType.DROP].includes(type);
}

/** Creates the table of a CREATE TABLE … AS without its rows. False when the statement is not one. */
async function createEmpty(
  connection: DuckDBConnection,
  { sql }: Statement,
  source: ScannedStatement,
): Promise<boolean> {
  if (!/^CREATE (?:OR REPLACE )?TABLE\b/.test(source.keywords)) return false;
  const text = sql.slice(source.start, source.end);
  // Only CREATE TABLE … AS can be followed by this; a statement that says it already has no rows to read.
  const extracted = await connection.extractStatements(`${text}\nWITH NO DATA`).catch(() => undefined);
  if (extracted?.count !== 1) return false;
  const prepared = await extracted.prepare(0);
  try {
    await prepared.run();
    return true;
  } finally {
    prepared.destroySync();
  }
}
