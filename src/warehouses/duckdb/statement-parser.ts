import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Statement } from '../warehouse.ts';
import type { Phase } from './allowed-statements.ts';
import type { ParseInput } from './child-protocol.ts';
import { parseStatements, StatementError } from './run-statement.ts';
import { attemptError, readDuckdbError, toDliError } from './sql-error.ts';

/**
 * Parses statements with DuckDB's own parser, in a database of its own: no file is opened. Parsing changes nothing in it, so one
 * serves all; opening one for each spec takes ten times as long as parsing it (measured).
 */
export class StatementParser {
  #connection: Promise<DuckDBConnection> | undefined;

  /** Parses all statements of a spec. @throws DLI-815 */
  async parse({ statements, postStatements }: ParseInput): Promise<void> {
    const connection = await this.#open();
    for (const statement of statements) await parseOne(connection, statement, 'transaction');
    for (const statement of postStatements) await parseOne(connection, statement, 'after commit');
  }

  #open(): Promise<DuckDBConnection> {
    this.#connection ??= connectParser().catch((error: unknown) => {
      // For want of memory, perhaps: the next spec tries again.
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }
}

async function connectParser(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { errors_as_json: 'true', threads: '1' });
  return instance.connect();
}

async function parseOne(connection: DuckDBConnection, statement: Statement, phase: Phase): Promise<void> {
  try {
    await parseStatements(connection, statement, phase);
  } catch (error) {
    throw toDliError(error instanceof StatementError ? error.error : attemptError(readDuckdbError(error), statement));
  }
}
