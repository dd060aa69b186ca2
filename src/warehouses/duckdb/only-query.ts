import { type DuckDBConnection, StatementType } from '@duckdb/node-api';
import type { AttemptWork } from '../warehouse.ts';
import { refuseText, refuseWords } from './allowed-statements.ts';
import { interruptOnAbort } from './interrupt.ts';
import type { OpenFiles } from './open-files.ts';
import type { PreparedStatement } from './run-statement.ts';

// How a query begins that may only read; its type decides.
const mayOnlyRead = /^(?:[ \t\r\n]|--[^\r\n]*[\r\n])*(?:SELECT|FROM|VALUES|WITH)[ \t\r\n(]/i;
// Functions that write. A view or a macro may hide one: the value of a sequence is then taken before the run may commit, as a
// rollback leaves it taken too, and a checkpoint writes what is committed.
const writes = /nextval|checkpoint/i;

/**
 * Prepares a run that is one query and only reads. It publishes nothing, so it needs no transaction, no row in the ledger and
 * no sync to disk: measured, 0.3 ms of CPU time for `SELECT 1` instead of 1.9. The caller puts it away. Answers undefined for
 * every other run and in every doubt, an error among them: the run is then a transaction, which tells what is wrong with it.
 */
export async function prepareOnlyQuery({
  connection,
  files,
  work: { statements, postStatements },
  signal,
}: {
  readonly connection: DuckDBConnection;
  readonly files: Pick<OpenFiles, 'helpers'>;
  readonly work: AttemptWork;
  readonly signal: AbortSignal;
}): Promise<PreparedStatement | undefined> {
  const [statement] = statements;
  if (!statement || statements.length > 1 || postStatements.length > 0) return undefined;
  const { sql } = statement;
  if (!mayOnlyRead.test(sql) || writes.test(sql)) return undefined;
  if (refuseText(statement) || refuseWords(statement, 'transaction')) return undefined;
  const startedAt = performance.now();
  // DuckDB prepares nothing but a single statement.
  const prepare = () => files.helpers.during(() => connection.prepare(sql));
  const preparing = interruptOnAbort(connection, signal, prepare);
  const prepared = await preparing.catch(() => undefined);
  if (prepared?.statementType === StatementType.SELECT) return { prepared, startedAt };
  prepared?.destroySync();
  return undefined;
}
