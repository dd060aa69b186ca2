import type { ErrorCode } from '../contract/errors.ts';
import type { RunError } from '../contract/runs.ts';
import { counted } from './counted.ts';
import {
  conflictDelayMs,
  conflictLimit,
  decideRetry,
  delayedBy,
  isCulprit,
  processDeathLimit,
  type RetryPolicy,
} from './retry.ts';
import { notDelayed, type Run } from './run.ts';

/** How an attempt ended, as its warehouse tells it. `published` is the ledger's answer. */
export type AttemptEnd =
  | { readonly kind: 'succeeded' }
  | {
      readonly kind: 'failed';
      readonly published: boolean;
      readonly postIndex: number;
      /** `conflict`: its transaction met another one's writes, which is the product's doing if both are runs. */
      readonly error: RunError & {
        readonly code: ErrorCode;
        readonly mendable: boolean;
        readonly conflict?: boolean;
      };
    }
  | { readonly kind: 'cancelled'; readonly published: boolean; readonly postIndex: number }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string; readonly ours: boolean };

/** What to store for an attempt that ended. */
export type Settlement =
  | {
      readonly kind: 'end';
      readonly transition: 'complete' | 'fail' | 'kill';
      readonly published: boolean;
      readonly postIndex: number;
      readonly error: RunError | null;
      readonly reason: string | null;
    }
  | {
      readonly kind: 'wait';
      readonly transition: 'retry' | 'lose' | 'defer' | 'release';
      readonly availableAt: number;
      readonly published: boolean;
      readonly postIndex: number;
      /** Only the ledger knows whether it was published. */
      readonly uncertain: boolean;
      readonly processDeaths: number;
      readonly conflicts: number;
      /** Whether this attempt counts against `max_attempts`. */
      readonly counts: boolean;
      readonly error: RunError | null;
      readonly reason: string;
    };

/** Everything that the decision looks at. */
export interface SettlementFacts {
  /** The run as it is now, so a stop that arrived meanwhile is seen. */
  readonly run: Run;
  readonly end: AttemptEnd;
  /** Why this server cancelled the attempt, if it did. */
  readonly cancelled: 'stop' | 'timeout' | 'shutdown' | null;
  readonly postCount: number;
  readonly policy: RetryPolicy;
  readonly timeoutSeconds: number;
  /** How long a run waits for a warehouse that cannot be opened. */
  readonly warehouseWaitSeconds: number;
  readonly now: number;
}

/**
 * Decides what becomes of a run whose attempt ended. Publication decides first: what is committed is never run again. Who
 * stopped it and why is kept, also where the stop came too late.
 */
export function settle(facts: SettlementFacts): Settlement {
  const settlement = decide(facts);
  const { stopRequestedAt, reason } = facts.run;
  if (settlement.kind === 'wait' || settlement.transition === 'kill' || stopRequestedAt === null) return settlement;
  const late = settlement.reason ?? 'the stop came after the commit: published';
  return { ...settlement, reason: reason === null ? late : `${reason}; ${late}` };
}

function decide(facts: SettlementFacts): Settlement {
  const { end } = facts;
  switch (end.kind) {
    case 'succeeded':
      return {
        kind: 'end',
        transition: 'complete',
        published: true,
        postIndex: facts.postCount,
        error: null,
        reason: null,
      };
    case 'failed':
      return settleFailure(facts, end);
    case 'cancelled':
      return settleCancel(facts, end);
    case 'unavailable':
      return settleUnavailable(facts, end.reason);
    case 'lost':
      return settleLoss(facts, end);
  }
}

type Progress = { readonly published: boolean; readonly postIndex: number };

function settleFailure(facts: SettlementFacts, end: Extract<AttemptEnd, { kind: 'failed' }>): Settlement {
  const { run, policy, now } = facts;
  if (end.published && end.postIndex >= facts.postCount) return completed(end);
  const { mendable, conflict = false, ...error } = end.error;
  if (conflict && run.conflicts < conflictLimit) {
    if (run.stopRequestedAt !== null) return settleStop(facts, end);
    return settleConflict(facts, { ...progressOf(end), message: error.message });
  }
  const decision = decideRetry({ attempt: run.attempt, policy, mendable, now });
  if (decision.kind === 'retry' && run.stopRequestedAt !== null) return settleStop(facts, end);
  if (decision.kind === 'retry') {
    return {
      kind: 'wait',
      transition: 'retry',
      availableAt: decision.availableAt,
      published: end.published,
      postIndex: end.postIndex,
      uncertain: false,
      processDeaths: run.processDeaths,
      conflicts: run.conflicts,
      counts: true,
      error,
      reason: `attempt ${run.attempt} of ${policy.maxAttempts} failed: ${error.message}`,
    };
  }
  return {
    kind: 'end',
    transition: 'fail',
    published: end.published,
    postIndex: end.postIndex,
    error,
    reason: run.stopRequestedAt === null ? decision.because : `it failed before it was stopped: ${decision.because}`,
  };
}

/** The transaction was rolled back and nothing was wrong with it: it is tried again, alone in its dataset, and it does not count. */
function settleConflict(
  facts: SettlementFacts,
  { message, ...progress }: Progress & { readonly message: string },
): Settlement {
  const { conflicts } = facts.run;
  const reason = `another transaction wrote the same (${message}); it is tried again alone`;
  return {
    ...waitAgain(facts, { transition: 'retry', ...progress, reason }),
    availableAt: delayedBy(conflictDelayMs(conflicts), facts.now),
    conflicts: conflicts + 1,
  };
}

function settleCancel(facts: SettlementFacts, end: Progress): Settlement {
  const { run, cancelled, timeoutSeconds, postCount } = facts;
  // Nothing was left to cut off: the commit was faster than the timeout.
  const isDone = end.published && end.postIndex >= postCount;
  if (cancelled === 'timeout' && !isDone) return settleFailure(facts, timedOut(end, timeoutSeconds));
  if (run.stopRequestedAt !== null || cancelled === 'stop') return settleStop(facts, end);
  if (cancelled === null && isCulprit(run.processDeaths)) return settleCulprit(facts, end);
  if (cancelled === null && run.uncertain && run.attempt > run.maxAttempts) return settleExhausted(facts, end);
  if (isDone) return { kind: 'end', transition: 'complete', ...progressOf(end), error: null, reason: null };
  return waitAgain(facts, {
    transition: 'release',
    ...progressOf(end),
    reason: 'the server shut down; the run goes on at its next start',
  });
}

function timedOut(end: Progress, timeoutSeconds: number): Extract<AttemptEnd, { kind: 'failed' }> {
  const message = `Timed out after ${timeoutSeconds} s (execution.timeout_seconds)`;
  const error = { code: 'DLI-802', message, statement: null, line: null, column: null, mendable: true } as const;
  return { kind: 'failed', ...progressOf(end), error };
}

/** A stop that came after the commit cannot undo it: the run is COMPLETED and says what was left out. */
function settleStop({ run, postCount }: SettlementFacts, end: Progress): Settlement {
  if (!end.published) {
    return { kind: 'end', transition: 'kill', ...progressOf(end), error: null, reason: run.reason ?? 'stopped' };
  }
  const skipped = postCount - end.postIndex;
  const reason =
    skipped > 0
      ? `the stop came after the commit: published, ${counted(skipped, 'post-statement')} left out`
      : 'the stop came after the commit: published';
  return { kind: 'end', transition: 'complete', ...progressOf(end), error: null, reason };
}

function settleCulprit({ postCount }: SettlementFacts, end: Progress): Settlement {
  if (end.published && end.postIndex >= postCount) {
    return completed(end);
  }
  const message = `The run took its warehouse process down ${processDeathLimit === 3 ? 'three' : processDeathLimit} times`;
  const error = { code: 'DLI-802', message, statement: null, line: null, column: null } as const;
  return {
    kind: 'end',
    transition: 'fail',
    ...progressOf(end),
    error,
    reason: 'memory_limit or the query may have to change',
  };
}

/** The ledger's answer for a run whose last attempt timed out with its process. */
function settleExhausted({ run, postCount }: SettlementFacts, end: Progress): Settlement {
  if (end.published && end.postIndex >= postCount) return completed(end);
  const reason = `${counted(run.maxAttempts, 'attempt')} made`;
  return { kind: 'end', transition: 'fail', ...progressOf(end), error: run.error, reason };
}

function settleUnavailable(facts: SettlementFacts, reason: string): Settlement {
  const { run, now, warehouseWaitSeconds } = facts;
  // Nothing was started, so what is not known about an earlier attempt stays unknown: such a run has to wait for the ledger.
  if (!run.uncertain && run.stopRequestedAt !== null) return settleStop(facts, run);
  const waitedMs = now - (run.waitingSince ?? now);
  if (!run.uncertain && waitedMs >= warehouseWaitSeconds * 1000) {
    const error = { code: 'DLI-816', message: reason, statement: null, line: null, column: null } as const;
    const because = `waited ${warehouseWaitSeconds} s for the warehouse`;
    return { kind: 'end', transition: 'fail', ...progressOf(run), error, reason: because };
  }
  return { ...waitAgain(facts, { transition: 'defer', ...progressOf(run), reason }), uncertain: run.uncertain };
}

function settleLoss(facts: SettlementFacts, end: Extract<AttemptEnd, { kind: 'lost' }>): Settlement {
  const { run } = facts;
  if (facts.cancelled === 'timeout') return settleTimeoutLoss(facts);
  return {
    ...waitAgain(facts, { transition: 'lose', ...progressOf(run), reason: end.reason }),
    uncertain: true,
    processDeaths: end.ours ? run.processDeaths : run.processDeaths + 1,
  };
}

/**
 * A timeout that the warehouse did not confirm, so that its process was ended: the attempt counts, and only the ledger
 * knows whether it published. With the attempts used up the run is claimed once more, for that question alone.
 */
function settleTimeoutLoss(facts: SettlementFacts): Settlement {
  const { run, policy, now, timeoutSeconds } = facts;
  const { mendable, ...error } = timedOut(run, timeoutSeconds).error;
  const decision = decideRetry({ attempt: run.attempt, policy, mendable, now });
  return {
    ...waitAgain(facts, { transition: 'lose', ...progressOf(run), reason: error.message }),
    availableAt: decision.kind === 'retry' ? decision.availableAt : notDelayed,
    uncertain: true,
    counts: true,
    error,
  };
}

function waitAgain(
  { run }: SettlementFacts,
  {
    transition,
    published,
    postIndex,
    reason,
  }: Progress & { readonly transition: 'retry' | 'lose' | 'defer' | 'release'; readonly reason: string },
): Extract<Settlement, { kind: 'wait' }> {
  return {
    kind: 'wait',
    transition,
    availableAt: notDelayed,
    published,
    postIndex,
    uncertain: false,
    processDeaths: run.processDeaths,
    conflicts: run.conflicts,
    counts: false,
    error: run.error,
    reason,
  };
}

function completed(progress: Progress): Settlement {
  return { kind: 'end', transition: 'complete', ...progressOf(progress), error: null, reason: null };
}

function progressOf({ published, postIndex }: Progress): Progress {
  return { published, postIndex };
}
