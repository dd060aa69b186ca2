import { nextBackfillStep } from '../core/backfill.ts';
import type { Run } from '../core/run.ts';
import { notifyBackfillEnd } from './notify.ts';
import { backfillRuns, countBackfillRuns, getBackfill, hasRuns, releaseNextRun } from './queries/backfills.ts';
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

/**
 * Moves a backfill on after one of its runs has ended, in the same transaction: the next date is released, or the waiting
 * ones become KILLED (the first batch here, the rest by {@link killWaitingRuns}), or the backfill is finished.
 */
export function advanceBackfill(transaction: Transaction, ended: Run, note: ChangeNote): void {
  if (ended.backfillId === null) return;
  const backfill = getBackfill(transaction, ended.backfillId);
  if (!backfill) return;
  const pending = hasRuns(transaction, ended.backfillId, 'PENDING') ? 1 : 0;
  const running = hasRuns(transaction, ended.backfillId, 'RUNNING') ? 1 : 0;
  const step = nextBackfillStep({ ended: ended.status, ending: backfill.ending, pending, running });
  if (step.kind === 'release_next') releaseNextRun(transaction, ended.backfillId);
  if (step.kind === 'finish' && step.status === 'COMPLETED')
    finishBackfill(transaction, { backfillId: ended.backfillId, status: step.status, note });
  // Also where no date waits any more: then this finishes it at once, and it says all the same which run was at fault.
  if ((step.kind === 'end' || step.kind === 'finish') && step.status !== 'COMPLETED') {
    const verb = ended.status === 'FAILED' ? 'failed' : 'was stopped';
    endBackfill(transaction, {
      backfillId: ended.backfillId,
      ending: step.status,
      reason: backfill.reason ?? `${ended.executionDate} ${verb} (run ${ended.runId})`,
      failedRunId: ended.status === 'FAILED' ? ended.runId : null,
      note,
    });
  }
}

/** Decides that a backfill starts no more dates and makes the first batch of its waiting runs KILLED. */
export function endBackfill(
  transaction: Transaction,
  {
    backfillId,
    ending,
    reason,
    failedRunId,
    note,
  }: {
    readonly backfillId: string;
    readonly ending: 'FAILED' | 'KILLED';
    readonly reason: string;
    readonly failedRunId: string | null;
    readonly note: ChangeNote;
  },
): void {
  transaction.run(
    `UPDATE backfills
     SET ending = coalesce(ending, ?), reason = coalesce(reason, ?), failed_run_id = coalesce(failed_run_id, ?)
     WHERE backfill_id = ?`,
    [ending, reason, failedRunId, backfillId],
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
    finishBackfill(transaction, { backfillId, status: backfill.ending, note });
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
    markRun(transaction, { runUid, changes: { stopRequestedAt: note.at, availableAt: note.at, reason } });
    return;
  }
  const changes = { reason, finishedAt: note.at };
  const killed = transitionRun(transaction, { runUid, transition: 'kill', changes, note: { ...note, reason } });
  if (killed) recordDate(transaction, killed);
}

function finishBackfill(
  transaction: Transaction,
  {
    backfillId,
    status,
    note,
  }: { readonly backfillId: string; readonly status: keyof typeof finishKinds; readonly note: ChangeNote },
): void {
  transaction.run('UPDATE backfills SET status = ?, finished_at = ? WHERE backfill_id = ?', [
    status,
    note.at,
    backfillId,
  ]);
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
