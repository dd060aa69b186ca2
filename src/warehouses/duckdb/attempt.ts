import type { DuckDBConnection } from '@duckdb/node-api';
import type { AttemptError, AttemptWork, Statement } from '../warehouse.ts';
import type { Phase } from './allowed-statements.ts';
import { errorLines, milliseconds, resultLine } from './attempt-lines.ts';
import type { AttemptReport } from './attempt-report.ts';
import type { ChildOutcome } from './child-protocol.ts';
import type { TraceAccount } from './connection-traces.ts';
import { type DatasetTable, locateDataset } from './dataset-table.ts';
import { interruptOnAbort } from './interrupt.ts';
import type { TableAccount } from './known-tables.ts';
import { beginWithLedger, readLedger } from './ledger.ts';
import { beginOnlyQuery } from './only-query.ts';
import { type OpenFiles, UnavailableError } from './open-files.ts';
import {
  type PreparedStatement,
  runPrepared,
  runStatements,
  StatementError,
  type StatementResult,
} from './run-statement.ts';
import type { Lease, Session } from './session.ts';
import { attemptError, isRefusedWrite, readDuckdbError } from './sql-error.ts';

/*
 * One attempt: ledger? → BEGIN → ledger row → statements → COMMIT → post-statements, each on its own. Any error before the
 * commit is an explicit ROLLBACK (DuckDB would commit the part that worked after some errors), and whatever happened,
 * `published` is read from the ledger afterwards. A run that only reads is its query alone: it publishes nothing, and when it
 * is lost it runs again.
 */

/** What an attempt needs besides its work. */
export interface AttemptContext {
  readonly session: Session;
  readonly signal: AbortSignal;
  /** Resolves when the attempt may commit, or is cancelled. */
  readonly mayCommit: () => Promise<void>;
  readonly report: AttemptReport;
}

interface Attempt extends AttemptContext {
  readonly work: AttemptWork;
  readonly table: DatasetTable;
  readonly files: OpenFiles;
  readonly tables: TableAccount;
  readonly traces: TraceAccount;
  readonly connection: DuckDBConnection;
}

// A commit's sync can take this long by itself; one that writes much takes longer, and DuckDB's threads share the writing.
const slowSyncMs = 100;

type TransactionEnd =
  | { readonly kind: 'committed' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: AttemptError };

/** Runs one attempt to its end. @throws when DuckDB cannot be asked any more: then only a new process knows what was published. */
export async function runAttempt(work: AttemptWork, context: AttemptContext): Promise<ChildOutcome> {
  const table = locateDataset(work.dataset);
  const postIndex = work.postIndex;
  if ('refusal' in table) {
    context.report.logEnd(table.refusal);
    return { kind: 'failed', published: false, postIndex, error: refusal(table.refusal) };
  }
  let lease: Lease | undefined;
  try {
    // A cancel does not keep an attempt from the ledger's answer, if it needs one. The wait for it is bounded all the same.
    const signal = asksLedger(work) ? new AbortController().signal : context.signal;
    lease = await context.session.lease(table.catalog, { signal, log: context.report.log });
  } catch (error) {
    if (error instanceof UnavailableError) return { kind: 'unavailable', reason: error.message };
    throw error;
  }
  if (!lease) return { kind: 'cancelled', published: false, postIndex };
  const { files } = lease;
  const connection = await files.connect(work.dataset);
  const tables = files.tables.account(table.catalog);
  const traces = files.traces.account();
  let isClean = false;
  try {
    const outcome = await publishAndFinish({ ...context, work, table, files, tables, traces, connection });
    isClean = outcome.kind === 'succeeded' && traces.isClean();
    return outcome;
  } finally {
    if (isClean) files.giveBack(work.dataset, connection);
    else connection.closeSync();
    tables.close();
    lease.release();
  }
}

function asksLedger({ askLedgerFirst, ledgerOnly, postIndex }: AttemptWork): boolean {
  return askLedgerFirst || ledgerOnly || postIndex > 0;
}

async function publishAndFinish(attempt: Attempt): Promise<ChildOutcome> {
  const { work, signal, report } = attempt;
  const { postIndex } = work;
  const already = asksLedger(work) && (await isPublished(attempt));
  if (work.ledgerOnly) return { kind: 'cancelled', published: already, postIndex };
  const end = already || signal.aborted ? undefined : await publish(attempt);
  // A commit that follows no error is trusted (to read the ledger after each would cost 0.5 ms); anything else is asked.
  if (end?.kind !== 'committed') {
    const published = already || (await isPublished(attempt));
    if (!published) return { ...(end ?? { kind: 'cancelled' }), published, postIndex };
    // Else its row was there before, or the commit answered with an error after it had worked: published all the same.
    if (end?.kind === 'failed' && end.error.statement !== null) return { ...end, published, postIndex };
    // What comes now is after the commit, and so needs the same permit.
    await attempt.mayCommit();
    if (signal.aborted) return { kind: 'cancelled', published, postIndex };
  }
  report.published({ atOnce: postIndex < work.postStatements.length });
  return finish(attempt);
}

/** Runs the transaction, or the query that needs none of its own; its end is what DuckDB answered, and the ledger has the last word. */
async function publish(attempt: Attempt): Promise<TransactionEnd> {
  const { work, tables, connection, signal, report } = attempt;
  let current: Statement | undefined;
  const run = async (statement: Statement, query?: PreparedStatement) => {
    current = statement;
    await runLogged(attempt, statement, { phase: 'transaction', query });
    current = undefined;
  };
  try {
    const onlyReads = await tryReading(attempt, run);
    if (!onlyReads) {
      current = undefined;
      await begin(attempt);
      tables.begun();
      for (const statement of work.statements) {
        if (tables.doesNothing(statement.sql)) report.log(`${statement.label}: CREATE left out, the table is there`);
        else await run(statement);
      }
    }
    await attempt.mayCommit();
    signal.throwIfAborted();
    if (onlyReads) report.log('nothing to commit: the run only reads');
    else {
      await commit(attempt);
      tables.committed();
    }
    return { kind: 'committed' };
  } catch (error) {
    attempt.traces.failed();
    const end: TransactionEnd = signal.aborted
      ? { kind: 'cancelled' }
      : { kind: 'failed', error: describe(error, current) };
    // Fails when there is no transaction any more (a failed BEGIN or COMMIT); the ledger is read next and tells.
    await connection.run('ROLLBACK').catch(() => undefined);
    if (end.kind === 'failed') {
      report.logEnd(...errorLines(end.error, { sql: current?.sql ?? '', after: '; rolled back' }));
    }
    return end;
  }
}

/**
 * Runs the work if it is one query that only reads, and tells whether it is. DuckDB has the last word: in a transaction that may
 * only read it refuses what would write (the next value of a sequence in a view) before it does anything.
 */
async function tryReading(
  attempt: Attempt,
  run: (statement: Statement, query: PreparedStatement) => Promise<void>,
): Promise<boolean> {
  const only = await beginOnlyQuery(attempt);
  if (!only) return false;
  try {
    await run(only.statement, only.query);
    // The end of the connection ends the transaction.
    return true;
  } catch (error) {
    if (!isRefusedWrite(readDuckdbError(error))) throw error;
    await attempt.connection.run('ROLLBACK');
    return false;
  } finally {
    only.query.prepared.destroySync();
  }
}

async function begin({ work, table, files, connection }: Attempt): Promise<void> {
  if (table.schema !== null) await files.ensureSchema(table.catalog, table.schema);
  // First of all, so that a run that has published already does no work, and a statement that writes another catalog
  // fails itself and not the ledger's row after it. It commits with the data either way.
  await beginWithLedger(connection, table.catalog, work.runUid);
}

async function commit({ connection, files, report }: Attempt): Promise<void> {
  const startedAt = performance.now();
  // Not interrupted: a cancel that comes now is answered by the ledger.
  await files.helpers.during(() => connection.run('COMMIT'), slowSyncMs);
  report.log(`committed in ${milliseconds(performance.now() - startedAt)}`);
}

/** Runs the post-statements that are left, each in a transaction of its own. */
async function finish(attempt: Attempt): Promise<ChildOutcome> {
  const { work, signal, report } = attempt;
  for (let index = work.postIndex; index < work.postStatements.length; index += 1) {
    const statement = work.postStatements[index];
    if (!statement) break;
    try {
      signal.throwIfAborted();
      await runLogged(attempt, statement, { phase: 'after commit' });
    } catch (error) {
      attempt.traces.failed();
      if (signal.aborted) return { kind: 'cancelled', published: true, postIndex: index };
      const described = describe(error, statement);
      const after = statement.continueOnError ? '; going on (continue_on_error)' : '';
      const lines = errorLines(described, { sql: statement.sql, after });
      if (!statement.continueOnError) {
        report.logEnd(...lines);
        return { kind: 'failed', published: true, postIndex: index, error: described };
      }
      report.log(...lines);
    }
    report.postDone(index + 1);
  }
  return { kind: 'succeeded' };
}

async function runLogged(
  attempt: Attempt,
  statement: Statement,
  { phase, query }: { readonly phase: Phase; readonly query?: PreparedStatement | undefined },
): Promise<void> {
  const { connection, files, tables, traces, signal, report } = attempt;
  tables.runs(statement.sql);
  traces.runs(statement.sql);
  const onResult = (result: StatementResult) => {
    if (result.changesSchemas) files.forgetSchemas();
    report.logLater(() => resultLine(statement, result));
  };
  const run = async () =>
    query ? onResult(await runPrepared(query)) : runStatements(connection, statement, { phase, signal, onResult });
  await interruptOnAbort(connection, signal, () => files.helpers.during(run));
}

function isPublished({ connection, table, work }: Attempt): Promise<boolean> {
  return readLedger(connection, table.catalog, work.runUid);
}

function describe(error: unknown, statement: Statement | undefined): AttemptError {
  if (error instanceof StatementError) return error.error;
  return attemptError(readDuckdbError(error), statement);
}

function refusal(message: string): AttemptError {
  return { code: 'DLI-815', message, statement: null, line: null, column: null, mendable: false };
}
