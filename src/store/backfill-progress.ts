import { type BackfillRecord, finalStatus, nextBackfillStep } from '../core/backfill.ts';
import { notDelayed, type Run } from '../core/run.ts';
import { notifyBackfillEnd } from './notify.ts';
import {
  backfillRuns,
  countBackfillRuns,
  getBackfill,
  hasRuns,
  markBackfillStored,
  readAtWork,
  releaseRuns,
} from './queries/backfills.ts';
import { recordDate } from './queries/dates.ts';
import { appendEvent } from './queries/events.ts';
import { type ChangeNote, markRun, transitionRun } from './run-changes.ts';
import type { Transaction } from './sqlite.ts';

/** How many waiting runs one transaction makes KILLED, so that the event loop is never held for long. */
const killBatch = 500;

const finishKinds = { COMPLETED: 'backfill.completed', FAILED: 'backfill.failed', KILLED: 'backfill.killed' } as const;

/** Says that a backfill is at work, when its first date starts. */
export function noteBackfillStarted(transaction: Transaction, backfillId: string): void {
  transaction.run(`UPDATE backfills SET status = 'RUNNING' WHERE backfill_id = ? AND status = 'PENDING'`, [backfillId]);
}

/** Says that all runs of a backfill are stored, and lets its first dates start. One that has none is COMPLETED at once. */
export function openBackfill(transaction: Transaction, backfillId: string, note: ChangeNote): void {
  markBackfillStored(transaction, backfillId);
  startDates(transaction, backfillId, note);
}

/** Lets as many dates of a stored or resumed backfill start as may be at work at once. */
export function startDates(transaction: Transaction, backfillId: string, note: ChangeNote): void {
  const backfill = getBackfill(transaction, backfillId);
  if (backfill?.finishedAt === null) moveOn(transaction, { backfill, ended: null, note });
}

/**
 * Moves a backfill on after one of its runs has ended, in the same transaction: the next dates are released, or the waiting
 * ones become KILLED (the first batch here, the rest by {@link killWaitingRuns}), or the backfill is finished.
 */
export function advanceBackfill(transaction: Transaction, ended: Run, note: ChangeNote): void {
  if (ended.backfillId === null) return;
  const backfill = getBackfill(transaction, ended.backfillId);
  if (!backfill) return;
  if (ended.status !== 'COMPLETED') noteFault(transaction, ended);
  moveOn(transaction, { backfill, ended, note });
}

function moveOn(
  transaction: Transaction,
  {
    backfill,
    ended,
    note,
  }: { readonly backfill: BackfillRecord; readonly ended: Run | null; readonly note: ChangeNote },
): void {
  const { backfillId, resumeUntil } = backfill;
  const { held, released, running } = readAtWork(transaction, backfill);
  const { ending, continueOnFailure, parallel } = backfill;
  const facts = { ending, continueOnFailure, parallel, held: held.length > 0, released, running };
  const step = nextBackfillStep({ ...facts, ended: ended?.status ?? null });
  if (step.kind === 'end') endBackfill(transaction, { backfillId, ending: step.status, reason: null, note });
  // While a resume is still adding runs, none starts and it is not over.
  else if (resumeUntil !== null) return;
  else if (step.kind === 'release') releaseRuns(transaction, held.slice(0, step.count));
  else if (step.kind === 'finish') finishBackfill(transaction, { backfillId, note });
}

/** Keeps which run did not complete first, and that it did not. */
function noteFault(transaction: Transaction, { backfillId, status, executionDate, runId }: Run): void {
  const verb = status === 'FAILED' ? 'failed' : 'was stopped';
  transaction.run(
    'UPDATE backfills SET reason = coalesce(reason, ?), failed_run_id = coalesce(failed_run_id, ?) WHERE backfill_id = ?',
    [`${executionDate} ${verb} (run ${runId})`, status === 'FAILED' ? runId : null, backfillId],
  );
}

/** Decides that a backfill starts no more dates and makes the first batch of its waiting runs KILLED. */
export function endBackfill(
  transaction: Transaction,
  {
    backfillId,
    ending,
    reason,
    note,
  }: {
    readonly backfillId: string;
    readonly ending: 'FAILED' | 'KILLED';
    /** Null where the run at fault has said it. */
    readonly reason: string | null;
    readonly note: ChangeNote;
  },
): void {
  transaction.run(
    `UPDATE backfills
     SET ending = coalesce(ending, ?), reason = iif(ending IS NULL, coalesce(?, reason), reason), resume_until = NULL
     WHERE backfill_id = ?`,
    [ending, reason, backfillId],
  );
  killWaitingRuns(transaction, backfillId, note);
}

/**
 * Makes the next batch of an ending backfill's waiting runs KILLED and finishes the backfill when none is left.
 *
 * @returns whether there are more
 */
export function killWaitingRuns(transaction: Transaction, backfillId: string, note: ChangeNote): boolean {
  const backfill = getBackfill(transaction, backfillId);
  if (!backfill?.ending || backfill.finishedAt !== null) return false;
  const waiting = backfillRuns(transaction, { backfillId, status: 'PENDING', limit: killBatch });
  for (const run of waiting)
    killWaitingRun(transaction, run, { because: backfill.reason ?? 'the backfill ended', note });
  if (waiting.length === killBatch) return true;
  if (!hasRuns(transaction, backfillId, 'PENDING') && !hasRuns(transaction, backfillId, 'RUNNING')) {
    finishBackfill(transaction, { backfillId, note });
  }
  return false;
}

function killWaitingRun(
  transaction: Transaction,
  run: Run,
  { because, note }: { readonly because: string; readonly note: ChangeNote },
): void {
  const { runUid } = run;
  const reason = run.startedAt === null ? `not started: ${because}` : because;
  // It is published, or may be (its process died): its executor asks the ledger and ends it, without waiting for a retry.
  if (run.uncertain || run.published) {
    markRun(transaction, { runUid, changes: { stopRequestedAt: note.at, availableAt: notDelayed, reason } });
    return;
  }
  const changes = { reason, finishedAt: note.at };
  const killed = transitionRun(transaction, { runUid, transition: 'kill', changes, note: { ...note, reason } });
  if (killed) recordDate(transaction, killed);
}

function finishBackfill(
  transaction: Transaction,
  { backfillId, note }: { readonly backfillId: string; readonly note: ChangeNote },
): void {
  const failed = hasRuns(transaction, backfillId, 'FAILED');
  const killed = hasRuns(transaction, backfillId, 'KILLED');
  const status = finalStatus({ ending: getBackfill(transaction, backfillId)?.ending ?? null, failed, killed });
  transaction.run(
    `UPDATE backfills
     SET status = ?, finished_at = ?, reason = CASE WHEN ending IS NOT NULL AND ? THEN ? ELSE reason END
     WHERE backfill_id = ?`,
    [status, note.at, status === 'COMPLETED' ? 1 : 0, 'the stop came when every date had completed', backfillId],
  );
  const backfill = getBackfill(transaction, backfillId);
  appendEvent(transaction, {
    at: note.at,
    kind: finishKinds[status],
    dataset: backfill?.dataset ?? null,
    runId: null,
    backfillId,
    actor: note.actor,
    reason: backfill?.reason ?? null,
    data: { status, counts: countBackfillRuns(transaction, backfillId) },
  });
  notifyBackfillEnd(transaction, backfillId);
}
