import type { Run } from '../../core/run.ts';
import { type AttemptEnd, type Settlement, type SettlementFacts, settle } from '../../core/settlement.ts';
import { endRun } from '../../store/end-run.ts';
import { closeAttempt } from '../../store/queries/attempts.ts';
import { isHeldByPause } from '../../store/queries/pauses.ts';
import { getRun } from '../../store/queries/runs.ts';
import { type Fence, transitionRun } from '../../store/run-changes.ts';
import type { Transaction } from '../../store/sqlite.ts';

/**
 * Decides and stores what becomes of a run whose attempt ended. The run is read in the same transaction, so a stop that
 * arrived meanwhile counts.
 *
 * @returns the run as it is now, or undefined when it is no longer this executor's
 */
export function settleRun(
  transaction: Transaction,
  {
    claimed,
    end,
    ...facts
  }: Omit<SettlementFacts, 'run'> & { readonly claimed: Run; readonly end: AttemptEnd; readonly fence: Fence },
): Run | undefined {
  const run = getRun(transaction, claimed.runUid);
  if (!run) return undefined;
  const settlement = settle({ run, end, ...facts });
  const note = { at: facts.now, actor: 'engine', reason: settlement.reason };
  if (settlement.kind === 'end')
    return endRun(transaction, { ...settlement, run, isFresh: true, fence: facts.fence, note });
  return putBack(transaction, { run, settlement, fence: facts.fence, at: facts.now });
}

function putBack(
  transaction: Transaction,
  {
    run,
    settlement,
    fence,
    at,
  }: {
    readonly run: Run;
    readonly settlement: Extract<Settlement, { kind: 'wait' }>;
    readonly fence: Fence;
    readonly at: number;
  },
): Run | undefined {
  const { transition, availableAt, published, postIndex, uncertain, processDeaths, conflicts, counts, error, reason } =
    settlement;
  const deferred = transition === 'defer';
  const waiting = transitionRun(transaction, {
    runUid: run.runUid,
    known: run,
    transition,
    fence,
    changes: {
      owner: null,
      held: isHeldByPause(transaction, run),
      availableAt,
      published,
      postIndex,
      uncertain,
      processDeaths,
      conflicts,
      error,
      // What a stop says of itself is kept until the run has ended.
      reason: run.stopRequestedAt === null ? reason : run.reason,
      attempt: counts ? run.attempt : run.attempt - 1,
      waitReason: deferred ? reason : null,
      waitingSince: deferred ? (run.waitingSince ?? at) : null,
      // An attempt that could not open its warehouse has not started.
      ...(deferred && run.attempt === 1 && !uncertain ? { startedAt: null } : {}),
    },
    note: { at, actor: 'engine', reason, data: { available_at: Math.max(availableAt, at), error } },
  });
  if (waiting)
    closeAttempt(transaction, { runUid: run.runUid, attempt: run.attempt, finishedAt: at, outcome: transition, error });
  return waiting;
}
