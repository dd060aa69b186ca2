import type { Run } from '../../core/run.ts';
import type { AttemptEnd } from '../../core/settlement.ts';
import { backfillRuns, nextOfBackfill } from '../../store/queries/backfills.ts';
import { markRun } from '../../store/run-changes.ts';
import type { Transaction } from '../../store/sqlite.ts';
import type { AttemptObserver, AttemptWork } from '../../warehouses/warehouse.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { CompiledStatements } from './compile-ahead.ts';
import type { ExecutorParts } from './executor.ts';
import { prepareRun } from './prepare-run.ts';
import { adopt } from './staged-attempts.ts';

/** A claimed run and how it is to be executed. */
export interface AttemptContext {
  readonly run: Run;
  /** Only ask the ledger. */
  readonly ledgerOnly: boolean;
  /** How many post-statements the run has. */
  readonly postCount: number;
  readonly log: AttemptLog;
  readonly signal: AbortSignal;
}

/** Dates of a backfill. */
const compiledInOneGo = 16;

const nothing: CompiledStatements = { statements: [], postStatements: [] };

/** Compiles a claimed run and executes it, or goes on with the attempt that was begun for it ahead of its claim. */
export async function runAttempt(parts: ExecutorParts, context: AttemptContext): Promise<AttemptEnd> {
  const { run, ledgerOnly, signal } = context;
  // Taken before anything is waited for: what is not taken now is rolled back.
  const staged = parts.staged.take(run);
  if (!(staged instanceof Promise)) {
    parts.compiler.drop(run);
    return withNext(parts, context, adopt(staged, { observer: observerOf(parts, context), signal }));
  }
  await staged;
  if (ledgerOnly) return execute(parts, context, nothing);
  const prepared = await prepareRun(run, {
    compile: (claimed) => parts.compiler.take(claimed),
    onBug: (error) => parts.onTrouble(error, `preparing ${run.runId}`),
  });
  if (prepared.kind === 'ready') return withNext(parts, context, execute(parts, context, prepared.compiled));
  context.log.write(`not executed: ${prepared.end.error.message}`);
  if (!run.uncertain) return prepared.end;
  // It cannot run again, but an attempt that was lost may have published it: the ledger has the last word.
  const asked = await execute(parts, { ...context, ledgerOnly: true }, nothing);
  return asked.kind === 'cancelled' ? { ...prepared.end, published: asked.published } : asked;
}

/** Follows an attempt to its end. Meanwhile the next date of its backfill is compiled and handed to the warehouse. */
async function withNext(
  parts: ExecutorParts,
  { run }: AttemptContext,
  ended: Promise<AttemptEnd>,
): Promise<AttemptEnd> {
  // Once it has ended, whoever claims the next date begins it: handed over then, it would only be taken back.
  let atWork = true;
  attemptAhead(parts, run, (backfillId) => {
    const next = nextOfBackfill(parts.database, backfillId);
    if (!next) return;
    parts.compiler.begin(next, () => {
      if (atWork) attemptAhead(parts, run, () => stageNext(parts, run, next));
    });
  });
  try {
    return await ended;
  } finally {
    atWork = false;
  }
}

/**
 * Has the warehouse begin the next date of a backfill when the date before it has succeeded, if it is compiled already and
 * nothing else waits for the place; takes that back if something does. Call it before the end of the date before it is
 * stored; without success, drop what was begun. It only saves time, so trouble with it is reported and changes nothing.
 *
 * The dates after the next are compiled from now on, while the end is being stored: compiled when the next has been claimed,
 * they would wake their process in the same moment as the warehouse's, and one of the two takes the core from the query. Several
 * are compiled in one go, so that most dates have both cores for themselves.
 */
export function beginNext(parts: ExecutorParts, run: Run): void {
  attemptAhead(parts, run, (backfillId) => {
    const [next, second] = backfillRuns(parts.database, { backfillId, status: 'PENDING', limit: 2 });
    if (second && !parts.compiler.isBegun(second)) {
      const [, ...later] = backfillRuns(parts.database, { backfillId, status: 'PENDING', limit: 1 + compiledInOneGo });
      void parts.compiler.beginInTurn(later);
    }
    if (next) stageNext(parts, run, next);
  });
}

function stageNext(parts: ExecutorParts, run: Run, next: Run): void {
  if (!parts.hasRoom(run.dataset)) {
    parts.staged.dropAfter(run);
    return;
  }
  const compiled = parts.compiler.ready(next);
  // What an earlier attempt left has to be asked of the ledger first, by whoever claims the run.
  if (!compiled || next.uncertain || next.published) return;
  const warehouse = parts.warehouses.get(next.warehouse);
  if (warehouse) parts.staged.begin(next, { work: workOf(next, compiled, false), warehouse, after: run.runUid });
}

function attemptAhead({ onTrouble }: ExecutorParts, run: Run, work: (backfillId: string) => void): void {
  if (run.backfillId === null) return;
  try {
    work(run.backfillId);
  } catch (error) {
    onTrouble(error, `preparing what follows ${run.runId}`);
  }
}

function execute(parts: ExecutorParts, context: AttemptContext, compiled: CompiledStatements): Promise<AttemptEnd> {
  const { run, ledgerOnly, signal } = context;
  const warehouse = parts.warehouses.get(run.warehouse);
  if (!warehouse)
    return Promise.resolve({ kind: 'unavailable', reason: `the configuration has no warehouse '${run.warehouse}'` });
  return warehouse.execute(workOf(run, compiled, ledgerOnly), { signal, observer: observerOf(parts, context) });
}

function workOf(run: Run, { statements, postStatements }: CompiledStatements, ledgerOnly: boolean): AttemptWork {
  return {
    runUid: run.runUid,
    dataset: run.dataset,
    statements,
    postStatements,
    postIndex: run.postIndex,
    // A published run goes on with its post-statements, and the ledger confirms that it was.
    askLedgerFirst: run.uncertain || run.published,
    ledgerOnly,
  };
}

function observerOf(
  { database, clock, owner, onTrouble }: ExecutorParts,
  { run, postCount, log }: AttemptContext,
): AttemptObserver {
  const fence = { owner, claims: run.claims };
  const mark = (doing: string, work: (transaction: Transaction) => void) =>
    void database
      .write(work, { repeatable: true })
      .catch((error: unknown) => onTrouble(error, `${doing} of ${run.runId}`));
  return {
    log: (line) => log.write(line),
    published: () => {
      // Without post-statements the end follows at once and says the same.
      if (postCount === 0) return;
      const event = { kind: 'run.published', at: clock.now(), actor: 'engine', reason: null } as const;
      mark('storing the publication', (transaction) => {
        markRun(transaction, { runUid: run.runUid, fence, changes: { published: true }, event });
      });
    },
    postDone: (nextIndex) => {
      mark('storing the progress', (transaction) => {
        markRun(transaction, { runUid: run.runUid, fence, changes: { postIndex: nextIndex } });
      });
    },
  };
}
