import {
  type DuckDBConnection,
  type DuckDBExtractedStatements,
  type DuckDBPreparedStatement,
  ResultReturnType,
  StatementType,
} from '@duckdb/node-api';
import type { AttemptError, Statement } from '../warehouse.ts';
import { type Phase, refuseEmpty, refuseText, refuseType, refuseWords } from './allowed-statements.ts';

/** A statement may not run, or DuckDB refused it; `error` is what the attempt reports. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly error: AttemptError;

  constructor(error: AttemptError) {
    super(error.message);
    this.error = error;
  }
}

/** What one statement of a text did. */
export interface StatementResult {
  readonly type: string;
  readonly rows: number | null;
  readonly elapsedMs: number;
  readonly changesSchemas: boolean;
}

/**
 * Runs every statement of a text in order and reports each. Rows are counted as they stream by, never kept.
 *
 * @throws StatementError before anything of the statement runs, when it is not allowed.
 */
export async function runStatements(
  connection: DuckDBConnection,
  statement: Statement,
  { phase, signal, onResult }: { phase: Phase; signal: AbortSignal; onResult: (result: StatementResult) => void },
): Promise<void> {
  const extracted = await parseStatements(connection, statement, phase);
  for (let index = 0; index < extracted.count; index += 1) {
    signal.throwIfAborted();
    const startedAt = performance.now();
    // One after the other: a later statement may need a table that an earlier one creates.
    const prepared = await extracted.prepare(index);
    try {
      const { statementType } = prepared;
      const refusedType = refuseType(statement, statementType, phase);
      if (refusedType) throw new StatementError(refusedType);
      signal.throwIfAborted();
      const rows = await countRows(prepared);
      onResult({
        type: StatementType[statementType] ?? 'statement',
        rows,
        elapsedMs: performance.now() - startedAt,
        changesSchemas: statementType === StatementType.DROP,
      });
    } finally {
      prepared.destroySync();
    }
  }
}

/** Parses a text, which has no effect. @throws StatementError when something in it is not allowed. */
export async function parseStatements(
  connection: DuckDBConnection,
  statement: Statement,
  phase: Phase,
): Promise<DuckDBExtractedStatements> {
  const refusedText = refuseText(statement);
  if (refusedText) throw new StatementError(refusedText);
  const extracted = await connection.extractStatements(statement.sql).catch((error: unknown) => {
    // DuckDB's answer to a text without any statement is an error without a message.
    const empty = refuseEmpty(statement);
    throw empty ? new StatementError(empty) : error;
  });
  const refused = refuseWords(statement, phase);
  if (refused) throw new StatementError(refused);
  return extracted;
}

async function countRows(prepared: DuckDBPreparedStatement): Promise<number | null> {
  const result = await prepared.stream();
  let count = 0;
  let changed: unknown = null;
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    count += chunk.rowCount;
    if (result.returnType !== ResultReturnType.QUERY_RESULT) changed = chunk.getColumnVector(0).getItem(0);
  }
  if (result.returnType === ResultReturnType.QUERY_RESULT) return count;
  return typeof changed === 'bigint' || typeof changed === 'number' ? Number(changed) : null;
}
