import type { ResumedBackfill } from '../contract/backfills.ts';
import { DliError } from '../contract/errors.ts';
import type { BackfillRecord } from '../core/backfill.ts';
import { requireExecutionDate } from '../core/parameters.ts';
import { isTerminal } from '../core/run-state.ts';
import { retryOf } from '../spec/dataset-spec.ts';
import { beginResume } from '../store/backfill-resume.ts';
import { countBackfillRuns } from '../store/queries/backfills.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import type { Transaction } from '../store/sqlite.ts';
import { checkShared, estimateFor } from './backfill-plan.ts';
import { findBackfill } from './find-run.ts';
import { findEffective } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { backfillView, estimateView } from './views.ts';

interface ResumeInput {
  readonly backfill_id: string;
  readonly dataset_name?: string | undefined;
}

/**
 * Goes on with a backfill that did not complete: its dates that did not complete get new runs, in its order, with its
 * parameters and options and the present revision of the spec.
 *
 * @throws DLI-809 when there is none, or it is of another dataset than the one named; DLI-807 when it has completed or is
 *   not over; DLI-800 when its dataset is not registered; DLI-810, DLI-811, DLI-812 when the present spec refuses its parameters
 */
export async function resumeBackfill(
  parts: ServiceParts,
  caller: Caller,
  input: ResumeInput,
): Promise<ResumedBackfill> {
  const { database, engine, clock } = parts;
  const request = { key: caller.idempotencyKey, operation: 'backfill.resume', input };
  const { view, isRepeat } = await database.write((transaction) => {
    const now = clock.now();
    const earlier = earlierAnswer<ResumedBackfill>(transaction, request, now);
    if (earlier) return { view: earlier, isRepeat: true };
    const backfill = findBackfill(transaction, input.backfill_id);
    refuseResume(backfill, input);
    const resumed = beginAgain(transaction, parts, { caller, backfill, now });
    keepAnswer(transaction, request, resumed, now);
    return { view: resumed, isRepeat: false };
  });
  if (!isRepeat) await engine.finishResume(input.backfill_id);
  return view;
}

function beginAgain(
  transaction: Transaction,
  parts: ServiceParts,
  { caller, backfill, now }: { readonly caller: Caller; readonly backfill: BackfillRecord; readonly now: number },
): ResumedBackfill {
  const { backfillId, dataset } = backfill;
  const { registration, spec } = findEffective(transaction, parts.specs, dataset);
  requireExecutionDate(spec.parameters, spec.name);
  const { FAILED, KILLED } = countBackfillRuns(transaction, backfillId);
  const runs = FAILED + KILLED;
  const note = { at: now, actor: caller.actor, reason: null };
  appendEvent(transaction, {
    ...note,
    kind: 'backfill.resumed',
    dataset,
    runId: null,
    backfillId,
    data: { resumed_runs: runs, revision: registration.revision, previous_revision: backfill.revision },
  });
  const terms = {
    sourceType: registration.sourceType,
    params: checkShared(spec, backfill.params, backfill.startDate),
    revision: registration.revision,
    warehouse: spec.execution.warehouse,
    maxAttempts: retryOf(spec).maxAttempts,
    triggeredBy: caller.actor,
  };
  beginResume(transaction, { backfill, terms, newUid: parts.newUid, note });
  return {
    ...backfillView(transaction, findBackfill(transaction, backfillId)),
    resumed_runs: runs,
    previous_revision: backfill.revision,
    estimate: estimateView(estimateFor(parts, { dataset, runs, parallel: backfill.parallel })),
  };
}

function refuseResume(backfill: BackfillRecord, { dataset_name: named }: ResumeInput): void {
  const { backfillId, dataset, status } = backfill;
  if (named !== undefined && named !== dataset) {
    throw new DliError('DLI-809', `Backfill ${backfillId} is not of ${named}, but of ${dataset}`, {
      hints: [`Resume it with: dli workflow backfill ${dataset} --resume ${backfillId}`],
    });
  }
  if (!isTerminal(status)) {
    throw new DliError('DLI-807', `Backfill ${backfillId} is not over: ${status}`, {
      hints: [
        `See how far it is: dli workflow backfill-status ${backfillId}`,
        'It goes on by itself, also after a restart of the server; one that was stopped can be resumed once it has ended',
      ],
    });
  }
  if (status === 'COMPLETED') {
    const range = `--start ${backfill.startDate} --end ${backfill.endDate}`;
    throw new DliError('DLI-807', `Backfill ${backfillId} has completed: there is nothing to resume`, {
      hints: [`Compute its dates again with: dli workflow backfill ${dataset} ${range}`],
    });
  }
}
