import { DuckDBInstance } from '@duckdb/node-api';
import type { Statement } from '../warehouse.ts';
import type { Phase } from './allowed-statements.ts';
import type { ParseInput } from './child-protocol.ts';
import { parseStatements, StatementError } from './run-statement.ts';
import { attemptError, readDuckdbError, toDliError } from './sql-error.ts';

/** Parses statements with DuckDB's own parser, in a database of its own: no file is opened. @throws DLI-815 */
export async function parseAll({ statements, postStatements }: ParseInput): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { errors_as_json: 'true' });
  const connection = await instance.connect();
  const parse = async (statement: Statement, phase: Phase) => {
    try {
      await parseStatements(connection, statement, phase);
    } catch (error) {
      throw toDliError(error instanceof StatementError ? error.error : attemptError(readDuckdbError(error), statement));
    }
  };
  try {
    for (const statement of statements) await parse(statement, 'transaction');
    for (const statement of postStatements) await parse(statement, 'after commit');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
