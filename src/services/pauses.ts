import { DliError } from '../contract/errors.ts';
import type { UnpausedWorkflow, WorkflowInfo } from '../contract/workflows.ts';
import type { TickRecord } from '../core/tick-decision.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { deletePause, insertPause, readPause } from '../store/queries/pauses.ts';
import { howItStands } from '../store/queries/registrations.ts';
import type { Registration } from '../store/rows.ts';
import type { Transaction } from '../store/sqlite.ts';
import { findEffective } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { workflowView } from './views.ts';

/** Pauses a workflow: its schedule and its waiting scheduled runs are held. @throws DLI-800; DLI-807 when it is paused already */
export function pauseWorkflow(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly dataset: string; readonly reason?: string | undefined },
): Promise<WorkflowInfo> {
  const reason = input.reason ?? null;
  const { dataset } = input;
  return change(parts, caller, { operation: 'pause', input }, (transaction, { at, registration, spec }) => {
    if (!insertPause(transaction, dataset, { at, by: caller.actor, reason })) {
      const pause = readPause(transaction, dataset);
      throw new DliError('DLI-807', `Workflow '${dataset}' is already paused by ${pause?.by}`, {
        hints: [`End the pause: dli workflow unpause ${dataset}`],
      });
    }
    parts.scheduler.pause(transaction, dataset);
    note(transaction, { at, kind: 'workflow.paused', dataset, actor: caller.actor, reason });
    return workflowView(
      transaction,
      { ...howItStands(transaction, registration), spec },
      { schedules: parts.schedules, now: at },
    );
  });
}

/**
 * Ends a workflow's pause; it waits for its next tick. The ticks of the pause are told of, and `catchup` runs the newest of
 * them, or all.
 *
 * @throws DLI-800; DLI-807 when it is not paused
 */
export function unpauseWorkflow(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly dataset: string; readonly catchup?: 'latest' | 'all' | undefined },
): Promise<UnpausedWorkflow> {
  const { dataset, catchup = 'none' } = input;
  const { schedules, scheduler, engine } = parts;
  return change(parts, caller, { operation: 'unpause', input }, (transaction, { at, registration, spec }) => {
    const pause = readPause(transaction, dataset);
    if (!pause || !deletePause(transaction, dataset)) {
      throw new DliError('DLI-807', `Workflow '${dataset}' is not paused`, {
        hints: [`See how it stands: dli workflow explain ${dataset}`],
      });
    }
    const { records, runs } = scheduler.unpause(transaction, { dataset, pause, catchup });
    note(transaction, { at, kind: 'workflow.unpaused', dataset, actor: caller.actor, reason: null });
    transaction.afterCommit(() => engine.noteChanged(dataset));
    return {
      ...workflowView(transaction, { ...howItStands(transaction, registration), spec }, { schedules, now: at }),
      skipped_ticks: skippedTicks(parts, spec, records),
      run_ids: runs.map(({ runId }) => runId),
    };
  });
}

function skippedTicks(
  { schedules }: ServiceParts,
  { name, schedule: rule, parameters }: DatasetSpec,
  records: readonly TickRecord[],
): UnpausedWorkflow['skipped_ticks'] {
  const skipped = records.filter(({ outcome }) => outcome === 'skipped_paused');
  const [first] = skipped;
  const last = skipped.at(-1);
  if (!rule || !first || !last) return null;
  const dateOf = (at: number) => schedules.open(rule).executionDateOf(at, rule.executionDate);
  const [first_date, last_date] = [dateOf(first.scheduledAt), dateOf(last.untilAt)];
  const isDated = parameters.some((parameter) => parameter.name === 'execution_date');
  return {
    count: skipped.reduce((sum, { count }) => sum + count, 0),
    first_date,
    last_date,
    command: isDated ? `dli workflow backfill ${name} -s ${first_date} -e ${last_date}` : null,
  };
}

interface PauseChange {
  readonly at: number;
  readonly registration: Registration;
  readonly spec: DatasetSpec;
}

async function change<Answer extends WorkflowInfo>(
  { database, specs, clock, scheduler }: ServiceParts,
  caller: Caller,
  { operation, input }: { readonly operation: string; readonly input: { readonly dataset: string } },
  apply: (transaction: Transaction, change: PauseChange) => Answer,
): Promise<Answer> {
  const request = { key: caller.idempotencyKey, operation, input };
  await scheduler.settle(input.dataset);
  return database.write((transaction) => {
    const at = clock.now();
    const earlier = earlierAnswer<Answer>(transaction, request, at);
    if (earlier) return earlier;
    const answer = apply(transaction, { at, ...findEffective(transaction, specs, input.dataset) });
    keepAnswer(transaction, request, answer, at);
    return answer;
  });
}

function note(
  transaction: Transaction,
  event: {
    readonly at: number;
    readonly kind: 'workflow.paused' | 'workflow.unpaused';
    readonly dataset: string;
    readonly actor: string;
    readonly reason: string | null;
  },
): void {
  appendEvent(transaction, { ...event, runId: null, backfillId: null, data: {} });
}
