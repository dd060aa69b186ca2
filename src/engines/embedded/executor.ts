import { DliError, type ErrorCode } from '../../contract/errors.ts';
import type { RunError } from '../../contract/runs.ts';
import type { Clock } from '../../core/clock.ts';
import { isCulprit } from '../../core/retry.ts';
import type { Run } from '../../core/run.ts';
import type { AttemptEnd } from '../../core/settlement.ts';
import { type DatasetSpec, retryOf } from '../../spec/dataset-spec.ts';
import { markRun } from '../../store/run-changes.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';
import type { AttemptWork, CancelReason, PostStatement, Statement, Warehouse } from '../../warehouses/warehouse.ts';
import { AttemptLog } from './attempt-log.ts';
import { settleRun } from './settle-run.ts';

/** Renders and translates a run's SQL into its warehouse's dialect. @throws DLI-815 */
export type CompileRun = (run: Run, spec: DatasetSpec, dialect: string) => Promise<CompiledStatements>;

/** A run's statements, ready for its warehouse. */
export interface CompiledStatements {
  readonly statements: readonly Statement[];
  readonly postStatements: readonly PostStatement[];
}

/** What executing runs needs from the rest of the server. */
export interface ExecutorParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly owner: string;
  readonly warehouses: ReadonlyMap<string, Warehouse>;
  readonly specOf: (revision: string) => DatasetSpec;
  readonly compile: CompileRun;
  readonly warehouseWaitSeconds: number;
  /** Called in the transaction that stores how the run stands now. Returns what to call when that could not be committed. */
  readonly onSettled: (transaction: Transaction, run: Run) => () => void;
  /** Told of what could not be stored; the executor tries again. */
  readonly onTrouble: (error: unknown, doing: string) => void;
}

/** Between two tries to store an attempt's end, when the disk is full. */
const storeAgainMs = 1_000;

/**
 * Executes one claimed run to the end of its attempt and stores what becomes of it. Every write is fenced by owner and
 * claim: when another claim has taken the run, this one stops quietly.
 */
export async function executeRun(parts: ExecutorParts, run: Run, controller: AbortController): Promise<void> {
  const log = new AttemptLog({
    database: parts.database,
    clock: parts.clock,
    run,
    onTrouble: (error) => parts.onTrouble(error, `storing the log of ${run.runId}`),
  });
  const spec = parts.specOf(run.revision);
  const ledgerOnly = (run.uncertain || run.published) && (run.stopRequestedAt !== null || isCulprit(run.processDeaths));
  const timer = parts.clock.at(parts.clock.now() + spec.execution.timeoutSeconds * 1000, () =>
    controller.abort('timeout'),
  );
  const prepared = await prepare(parts, run, spec, ledgerOnly);
  const end =
    'kind' in prepared ? prepared : await attempt(parts, { run, prepared, ledgerOnly, log, signal: controller.signal });
  timer.cancel();
  logEnd(log, end);
  const postCount = 'kind' in prepared ? run.postIndex : prepared.postStatements.length;
  await storeEnd(parts, { run, spec, end, postCount, log, cancelled: cancelReason(controller.signal) });
}

async function prepare(
  parts: ExecutorParts,
  run: Run,
  spec: DatasetSpec,
  ledgerOnly: boolean,
): Promise<CompiledStatements | AttemptEnd> {
  const warehouse = parts.warehouses.get(run.warehouse);
  if (!warehouse) return { kind: 'unavailable', reason: `the configuration has no warehouse '${run.warehouse}'` };
  if (ledgerOnly) return { statements: [], postStatements: [] };
  try {
    return await parts.compile(run, spec, warehouse.dialect);
  } catch (error) {
    if (!(error instanceof DliError)) {
      parts.onTrouble(error, `preparing ${run.runId}`);
      return failedBeforeStart(run, {
        code: 'DLI-500',
        message: "Internal error; the server's log tells more",
        line: null,
        column: null,
      });
    }
    const place = error.problems[0];
    const detail =
      place && !error.message.includes(place.message) ? `${error.message}: ${place.message}` : error.message;
    return failedBeforeStart(run, {
      code: error.code,
      message: detail,
      line: place?.line ?? null,
      column: place?.column ?? null,
    });
  }
}

function failedBeforeStart(
  run: Run,
  error: Pick<RunError, 'message' | 'line' | 'column'> & { readonly code: ErrorCode },
): AttemptEnd {
  const { published, postIndex } = run;
  return { kind: 'failed', published, postIndex, error: { ...error, statement: null, mendable: false } };
}

function attempt(
  parts: ExecutorParts,
  {
    run,
    prepared,
    ledgerOnly,
    log,
    signal,
  }: {
    readonly run: Run;
    readonly prepared: CompiledStatements;
    readonly ledgerOnly: boolean;
    readonly log: AttemptLog;
    readonly signal: AbortSignal;
  },
): Promise<AttemptEnd> {
  const warehouse = parts.warehouses.get(run.warehouse);
  if (!warehouse)
    return Promise.resolve({ kind: 'unavailable', reason: `the configuration has no warehouse '${run.warehouse}'` });
  const work: AttemptWork = {
    runUid: run.runUid,
    dataset: run.dataset,
    statements: prepared.statements,
    postStatements: prepared.postStatements,
    postIndex: run.postIndex,
    // A published run goes on with its post-statements, and the ledger confirms that it was.
    askLedgerFirst: run.uncertain || run.published,
    ledgerOnly,
  };
  const fence = { owner: parts.owner, claims: run.claims };
  const mark = (doing: string, work: (transaction: Transaction) => void) =>
    parts.database.write(work).catch((error: unknown) => parts.onTrouble(error, `${doing} of ${run.runId}`));
  return warehouse.execute(work, {
    signal,
    observer: {
      log: (line) => log.write(line),
      published: () => {
        // Without post-statements the end follows at once and says the same.
        if (work.postStatements.length === 0) return;
        const event = { kind: 'run.published', at: parts.clock.now(), actor: 'engine', reason: null } as const;
        void mark('storing the publication', (transaction) => {
          markRun(transaction, { runUid: run.runUid, fence, changes: { published: true }, event });
        });
      },
      postDone: (nextIndex) => {
        void mark('storing the progress', (transaction) => {
          markRun(transaction, { runUid: run.runUid, fence, changes: { postIndex: nextIndex } });
        });
      },
    },
  });
}

function logEnd(log: AttemptLog, end: AttemptEnd): void {
  if (end.kind === 'failed') log.write(`failed: ${end.error.message}`);
  if (end.kind === 'lost') log.write(`lost: ${end.reason}`);
  if (end.kind === 'unavailable') log.write(`waits: ${end.reason}`);
  if (end.kind === 'cancelled') log.write(end.published ? 'cancelled after the commit' : 'cancelled: rolled back');
}

function cancelReason(signal: AbortSignal): CancelReason | null {
  // Only this server's own code aborts the signal, and only with these reasons.
  return signal.aborted ? (signal.reason as CancelReason) : null;
}

async function storeEnd(
  parts: ExecutorParts,
  {
    run,
    spec,
    end,
    postCount,
    log,
    cancelled,
  }: {
    readonly run: Run;
    readonly spec: DatasetSpec;
    readonly end: AttemptEnd;
    readonly postCount: number;
    readonly log: AttemptLog;
    readonly cancelled: CancelReason | null;
  },
): Promise<void> {
  const { database, clock, owner, warehouseWaitSeconds } = parts;
  for (;;) {
    let undo: (() => void) | undefined;
    try {
      return await database.write((transaction) => {
        log.finish(transaction);
        const settled = settleRun(transaction, {
          claimed: run,
          end,
          cancelled,
          postCount,
          policy: { ...retryOf(spec), maxAttempts: run.maxAttempts },
          timeoutSeconds: spec.execution.timeoutSeconds,
          warehouseWaitSeconds,
          now: clock.now(),
          fence: { owner, claims: run.claims },
        });
        undo = parts.onSettled(transaction, settled ?? run);
      });
    } catch (error) {
      undo?.();
      parts.onTrouble(error, `storing the end of ${run.runId}`);
      await new Promise<void>((resolve) => clock.at(clock.now() + storeAgainMs, resolve));
    }
  }
}
