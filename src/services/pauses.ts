import { DliError } from '../contract/errors.ts';
import type { WorkflowInfo } from '../contract/workflows.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { deletePause, insertPause, readPause } from '../store/queries/pauses.ts';
import type { Transaction } from '../store/sqlite.ts';
import { findEffective } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { workflowView } from './views.ts';

/** Pauses a workflow. @throws DLI-800; DLI-807 when it is paused already */
export function pauseWorkflow(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly dataset: string; readonly reason?: string | undefined },
): Promise<WorkflowInfo> {
  const reason = input.reason ?? null;
  return change(parts, caller, { operation: 'pause', kind: 'workflow.paused', input, reason }, (transaction, at) => {
    if (insertPause(transaction, input.dataset, { at, by: caller.actor, reason })) return;
    const pause = readPause(transaction, input.dataset);
    throw new DliError('DLI-807', `Workflow '${input.dataset}' is already paused by ${pause?.by}`, {
      hints: [`End the pause: dli workflow unpause ${input.dataset}`],
    });
  });
}

/** Ends a workflow's pause; it waits for its next tick. @throws DLI-800; DLI-807 when it is not paused */
export function unpauseWorkflow(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly dataset: string },
): Promise<WorkflowInfo> {
  return change(
    parts,
    caller,
    { operation: 'unpause', kind: 'workflow.unpaused', input, reason: null },
    (transaction) => {
      if (deletePause(transaction, input.dataset)) return;
      throw new DliError('DLI-807', `Workflow '${input.dataset}' is not paused`, {
        hints: [`See how it stands: dli workflow explain ${input.dataset}`],
      });
    },
  );
}

function change(
  { database, specs, clock, nextTicks }: ServiceParts,
  caller: Caller,
  {
    operation,
    kind,
    input,
    reason,
  }: {
    readonly operation: string;
    readonly kind: 'workflow.paused' | 'workflow.unpaused';
    readonly input: { readonly dataset: string };
    readonly reason: string | null;
  },
  apply: (transaction: Transaction, at: number) => void,
): Promise<WorkflowInfo> {
  const request = { key: caller.idempotencyKey, operation, input };
  return database.write((transaction) => {
    const at = clock.now();
    const earlier = earlierAnswer<WorkflowInfo>(transaction, request, at);
    if (earlier) return earlier;
    const { registration, spec } = findEffective(transaction, specs, input.dataset);
    apply(transaction, at);
    const about = { dataset: registration.dataset, runId: null, backfillId: null };
    appendEvent(transaction, { at, kind, ...about, actor: caller.actor, reason, data: {} });
    const view = workflowView(transaction, { ...registration, spec }, { nextTicks, now: at });
    keepAnswer(transaction, request, view, at);
    return view;
  });
}
