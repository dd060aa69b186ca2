import type { Clock } from '../../core/clock.ts';
import { isCulprit } from '../../core/retry.ts';
import type { Run } from '../../core/run.ts';
import type { AttemptEnd, SettlementFacts } from '../../core/settlement.ts';
import { type DatasetSpec, retryOf } from '../../spec/dataset-spec.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';
import type { CancelReason, Warehouse } from '../../warehouses/warehouse.ts';
import { AttemptLog } from './attempt-log.ts';
import type { CompileAhead } from './compile-ahead.ts';
import { endLine } from './end-line.ts';
import { beginNext, runAttempt } from './run-attempt.ts';
import { settleRun } from './settle-run.ts';
import type { StagedAttempts } from './staged-attempts.ts';

/** What executing runs needs from the rest of the server. */
export interface ExecutorParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly owner: string;
  readonly warehouses: ReadonlyMap<string, Warehouse>;
  readonly specOf: (revision: string) => DatasetSpec;
  readonly compiler: CompileAhead;
  readonly staged: StagedAttempts;
  /** Whether the next date of a dataset's backfill would take nobody's place if it began now. */
  readonly hasRoom: (dataset: string) => boolean;
  readonly warehouseWaitSeconds: number;
  /** Called in the transaction that stores how the run stands now. */
  readonly onSettled: (transaction: Transaction, run: Run) => void;
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
  const rules = rulesOf(parts, run);
  const ledgerOnly = asksLedgerOnly(run);
  const timer = parts.clock.after(rules.timeoutSeconds * 1000, () => controller.abort('timeout'));
  const context = { run, ledgerOnly, postCount: rules.postCount, log, signal: controller.signal };
  const end = await runAttempt(parts, context).catch((error: unknown): AttemptEnd => {
    // Our bug. What it did is not known, so the ledger is asked; a run that meets it again and again fails.
    parts.onTrouble(error, `executing ${run.runId}`);
    return { kind: 'lost', reason: "internal error; the server's log tells more", ours: false };
  });
  timer.cancel();
  const cancelled = cancelReason(controller.signal);
  const line = endLine(end, { cancelled, ledgerOnly, timeoutSeconds: rules.timeoutSeconds });
  if (line !== undefined) log.write(line);
  if (end.kind === 'succeeded' && !controller.signal.aborted) beginNext(parts, run);
  else parts.staged.dropAfter(run);
  await storeEnd(parts, { run, rules, end, log, cancelled });
  // Whatever was claimed in the same commit has been started by now.
  parts.staged.dropAfter(run);
}

/** A run that is not to run again, but of which only the ledger knows whether it was published. */
function asksLedgerOnly(run: Run): boolean {
  if (!run.uncertain && !run.published) return false;
  return (
    run.stopRequestedAt !== null || isCulprit(run.processDeaths) || (run.uncertain && run.attempt > run.maxAttempts)
  );
}

/** What the spec says of a run's attempts. */
type RunRules = Pick<SettlementFacts, 'policy' | 'timeoutSeconds' | 'postCount'>;

function rulesOf({ specOf, onTrouble }: ExecutorParts, run: Run): RunRules {
  try {
    const spec = specOf(run.revision);
    const policy = { ...retryOf(spec), maxAttempts: run.maxAttempts };
    return { policy, timeoutSeconds: spec.execution.timeoutSeconds, postCount: spec.postStatements.length };
  } catch (error) {
    // It cannot be compiled either, which ends it; whether post-statements were left nobody can say.
    onTrouble(error, `reading the spec of ${run.runId}`);
    return { policy: { maxAttempts: 1, delaySeconds: 0 }, timeoutSeconds: 3_600, postCount: run.postIndex + 1 };
  }
}

function cancelReason(signal: AbortSignal): CancelReason | null {
  // Only this server's own code aborts the signal, and only with these reasons.
  return signal.aborted ? (signal.reason as CancelReason) : null;
}

async function storeEnd(
  parts: ExecutorParts,
  {
    run,
    rules,
    end,
    log,
    cancelled,
  }: {
    readonly run: Run;
    readonly rules: RunRules;
    readonly end: AttemptEnd;
    readonly log: AttemptLog;
    readonly cancelled: CancelReason | null;
  },
): Promise<void> {
  const { database, clock, owner, warehouseWaitSeconds } = parts;
  const store = (transaction: Transaction) => {
    log.finish(transaction);
    const fence = { owner, claims: run.claims };
    const facts = { claimed: run, end, cancelled, ...rules, warehouseWaitSeconds, now: clock.now(), fence };
    parts.onSettled(transaction, settleRun(transaction, facts) ?? run);
  };
  for (;;) {
    try {
      return await database.write(store, { repeatable: true });
    } catch (error) {
      parts.onTrouble(error, `storing the end of ${run.runId}`);
      await new Promise<void>((resolve) => clock.after(storeAgainMs, resolve));
    }
  }
}
