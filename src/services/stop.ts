import type { Backfill } from '../contract/backfills.ts';
import { DliError } from '../contract/errors.ts';
import type { WorkflowRun } from '../contract/runs.ts';
import type { BackfillRecord } from '../core/backfill.ts';
import { notDelayed, type Run } from '../core/run.ts';
import { isTerminal } from '../core/run-state.ts';
import { endBackfill } from '../store/backfill-progress.ts';
import { endRun } from '../store/end-run.ts';
import { backfillRuns, getBackfill, requestBackfillStop } from '../store/queries/backfills.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { getRun } from '../store/queries/runs.ts';
import { markRun } from '../store/run-changes.ts';
import type { Transaction } from '../store/sqlite.ts';
import { findBackfill, findRun } from './find-run.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { backfillView, runView } from './views.ts';

interface StopNote {
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
}

/**
 * Stops a run. A waiting one becomes KILLED at once; a running one is cancelled, and the answer comes when the warehouse has
 * confirmed that the query is gone, or after a grace period with `stop_requested_at` set and the status still RUNNING.
 *
 * @throws DLI-809; DLI-807 when it has ended already, or when its commit was faster than the stop
 */
export async function stopRun(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly run_id: string; readonly reason?: string | undefined },
): Promise<WorkflowRun> {
  const { database, engine, clock } = parts;
  const request = { key: caller.idempotencyKey, operation: 'stop', input };
  const started = await database.write((transaction) => {
    const earlier = earlierAnswer<WorkflowRun>(transaction, request, clock.now());
    if (earlier && isTerminal(earlier.status)) return { earlier };
    const found = findRun(transaction, input.run_id);
    // The stop is under way already: a repeat waits for its end, too, also where the first request did not live to see it.
    if (earlier) return { run: found };
    if (isTerminal(found.status)) throw alreadyEnded(found);
    const stopped = requestStop(transaction, parts, { run: found, note: noteOf(parts, caller, input.reason) });
    // In one transaction with its effect, or a repeat that crosses the answer would be told that the run has ended.
    keepAnswer(transaction, request, runView(stopped), clock.now());
    return { run: stopped };
  });
  if (started.earlier) return started.earlier;
  const { run } = started;
  const ended = isTerminal(run.status) ? run : ((await engine.waitForEnd(run.runUid, parts.stopAnswerMs)) ?? run);
  if (ended.status === 'COMPLETED' || ended.status === 'FAILED') throw fasterThanStop(ended);
  const view = runView(ended);
  await database.write((transaction) => keepAnswer(transaction, request, view, clock.now()));
  return view;
}

/**
 * Stops a backfill: dates that have not started become KILLED, the one at work is cancelled, and the answer comes when all
 * of it has stopped or after a grace period.
 *
 * @throws DLI-809; DLI-807 when it has ended already, or when its last date was faster than the stop
 */
export async function stopBackfill(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly backfill_id: string; readonly reason?: string | undefined },
): Promise<Backfill> {
  const { database, clock } = parts;
  const request = { key: caller.idempotencyKey, operation: 'backfill.stop', input };
  const note = noteOf(parts, caller, input.reason);
  const started = await database.write((transaction) => {
    const earlier = earlierAnswer<Backfill>(transaction, request, clock.now());
    if (earlier && isTerminal(earlier.status)) return { earlier };
    const backfill = findBackfill(transaction, input.backfill_id);
    if (!earlier && isTerminal(backfill.status)) throw backfillEnded(backfill);
    const running = requestBackfillEnd(transaction, parts, { backfill, note });
    keepAnswer(transaction, request, backfillView(transaction, findBackfill(transaction, input.backfill_id)), note.at);
    return { running };
  });
  if (started.earlier) return started.earlier;
  await finishBackfillStop(parts, input.backfill_id, started.running);
  return database.write((transaction) => {
    const backfill = findBackfill(transaction, input.backfill_id);
    if (backfill.status === 'COMPLETED') throw backfillFaster(backfill);
    const view = backfillView(transaction, backfill);
    keepAnswer(transaction, request, view, clock.now());
    return view;
  });
}

/** Stops a backfill unless it has ended, and waits as {@link stopBackfill} does; used by whoever stops all of a workflow. */
export async function stopBackfillAtWork(
  parts: ServiceParts,
  { backfillId, note }: { readonly backfillId: string; readonly note: StopNote },
): Promise<void> {
  const running = await parts.database.write((transaction) => {
    const backfill = getBackfill(transaction, backfillId);
    if (!backfill || isTerminal(backfill.status)) return undefined;
    return requestBackfillEnd(transaction, parts, { backfill, note });
  });
  if (running) await finishBackfillStop(parts, backfillId, running);
}

async function finishBackfillStop(
  { database, engine, stopAnswerMs }: ServiceParts,
  backfillId: string,
  unfinished: readonly Run[],
): Promise<void> {
  await engine.finishEnding(backfillId);
  engine.noteChanged(findBackfill(database, backfillId).dataset);
  await Promise.all(unfinished.map(({ runUid }) => engine.waitForEnd(runUid, stopAnswerMs)));
}

/** Stops one run in a transaction; used by whoever stops several. Tells how the run stands now. */
export function requestStop(
  transaction: Transaction,
  { engine }: ServiceParts,
  { run, note }: { readonly run: Run; readonly note: StopNote },
): Run {
  // A waiting run whose process died may be published: only its executor can ask the ledger, so it is stopped there.
  if (run.status === 'PENDING' && !run.uncertain && !run.published) {
    const killed = endRun(transaction, { run, transition: 'kill', note });
    transaction.afterCommit(() => engine.noteStopped(killed ?? run));
    return killed ?? run;
  }
  if (run.stopRequestedAt !== null) return run;
  const marked = markRun(transaction, {
    runUid: run.runUid,
    changes: {
      stopRequestedAt: note.at,
      reason: note.reason,
      ...(run.status === 'PENDING' ? { availableAt: notDelayed, held: false } : {}),
    },
    event: { ...note, kind: 'run.stop_requested' },
  });
  transaction.afterCommit(() => {
    engine.cancel(run.runUid);
    engine.noteChanged(run.dataset);
  });
  return marked ?? getRun(transaction, run.runUid) ?? run;
}

function requestBackfillEnd(
  transaction: Transaction,
  parts: ServiceParts,
  { backfill, note }: { readonly backfill: BackfillRecord; readonly note: StopNote },
): readonly Run[] {
  const { backfillId } = backfill;
  const running = backfillRuns(transaction, { backfillId, status: 'RUNNING', limit: 100 });
  if (backfill.stopRequestedAt === null) {
    requestBackfillStop(transaction, { backfillId, at: note.at });
    appendEvent(transaction, {
      at: note.at,
      kind: 'backfill.stop_requested',
      dataset: backfill.dataset,
      runId: null,
      backfillId,
      actor: note.actor,
      reason: note.reason,
      data: {},
    });
    for (const run of running) requestStop(transaction, parts, { run, note });
    endBackfill(transaction, { backfillId, ending: 'KILLED', reason: note.reason, note });
  }
  if (getBackfill(transaction, backfillId)?.finishedAt !== null) return [];
  // Dates that may be published wait for the ledger; those that are still to be made KILLED do not have to be waited for.
  const waiting = backfillRuns(transaction, { backfillId, status: 'PENDING', limit: 100 });
  return [...running, ...waiting.filter(({ stopRequestedAt }) => stopRequestedAt !== null)];
}

function noteOf({ clock }: ServiceParts, { actor }: Caller, reason: string | undefined): StopNote {
  return {
    at: clock.now(),
    actor,
    reason: reason === undefined ? `stopped by ${actor}` : `stopped by ${actor}: ${reason}`,
  };
}

function alreadyEnded(run: Run): DliError {
  const why = run.reason === null ? '' : ` (${run.reason})`;
  return new DliError('DLI-807', `Run ${run.runId} has already ended: ${run.status}${why}`, {
    hints: ['Only a run that waits or is at work can be stopped', `See it: dli workflow status ${run.runId}`],
  });
}

function fasterThanStop(run: Run): DliError {
  const what =
    run.status === 'COMPLETED'
      ? 'its commit was faster than the stop, so its result is published'
      : 'it failed before it was stopped';
  return new DliError('DLI-807', `Run ${run.runId} has ended ${run.status}: ${what}`, {
    hints: [`See it: dli workflow status ${run.runId}`],
  });
}

function backfillEnded(backfill: BackfillRecord): DliError {
  return new DliError('DLI-807', `Backfill ${backfill.backfillId} has already ended: ${backfill.status}`, {
    hints: [`See it: dli workflow backfill-status ${backfill.backfillId}`],
  });
}

function backfillFaster({ backfillId }: BackfillRecord): DliError {
  return new DliError('DLI-807', `Backfill ${backfillId} has ended COMPLETED: its last date was faster than the stop`, {
    hints: [`See it: dli workflow backfill-status ${backfillId}`],
  });
}
