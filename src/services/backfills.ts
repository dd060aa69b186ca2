import { setImmediate } from 'node:timers/promises';
import type { Backfill, BackfillPlan, StartedBackfill } from '../contract/backfills.ts';
import type { RunStatus } from '../contract/runs.ts';
import type { PlannedRun } from '../core/backfill-plan.ts';
import { addDays, utcMidnight } from '../core/calendar-date.ts';
import { readMoment } from '../core/local-time.ts';
import type { NewRun } from '../core/run.ts';
import { openZone } from '../core/zone.ts';
import { retryOf } from '../spec/dataset-spec.ts';
import { openBackfill } from '../store/backfill-progress.ts';
import {
  insertBackfill,
  listBackfills as readBackfills,
  removeBackfill,
  takeBackfillId,
} from '../store/queries/backfills.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { registrationsOf } from '../store/queries/registrations.ts';
import { insertRun } from '../store/queries/runs.ts';
import type { Database } from '../store/sqlite.ts';
import { type BackfillInput, type Plan, planBackfill, planView } from './backfill-plan.ts';
import { readCursor } from './cursor.ts';
import { findBackfill } from './find-run.ts';
import { workflowNotFound } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { type Page, pageOf } from './runs.ts';
import { backfillView, estimateView } from './views.ts';

/** Runs that one transaction inserts or removes, so that the event loop is never held for long. */
const runBatch = 500;

/**
 * Stores a backfill with one run for each date, or tick; with `dry_run` lists them and what would happen to each.
 *
 * @throws DLI-800, DLI-810, DLI-811, DLI-812, DLI-814; DLI-400 for options that exclude each other
 */
export async function backfillWorkflow(
  parts: ServiceParts,
  caller: Caller,
  input: BackfillInput,
): Promise<StartedBackfill | BackfillPlan> {
  const plan = planBackfill(parts, input);
  if (input.dry_run) return planView(plan, input);
  const zone = openZone(plan.spec.schedule?.timezone ?? 'UTC');
  const logicalAtOf = ({ executionDate, scheduledAt }: PlannedRun) =>
    scheduledAt ?? readMoment(executionDate, zone, 'first');
  return storeBackfill(parts, caller, { input, plan, logicalAtOf });
}

/** Reads a backfill. @throws DLI-809 */
export function getBackfill({ database }: ServiceParts, backfillId: string): Backfill {
  return backfillView(database, findBackfill(database, backfillId));
}

/** Reads a page of backfills, newest first. One with 10,000 dates takes 10 ms to sum up, so other work has its turn after each. */
export async function listBackfills(
  { database }: ServiceParts,
  input: {
    readonly dataset_name?: string | undefined;
    readonly status?: RunStatus | undefined;
    readonly start_date?: string | undefined;
    readonly end_date?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): Promise<Page<Backfill>> {
  const [beforeSeq] = input.cursor === undefined ? [undefined] : readCursor(input.cursor, ['number']);
  const dayAfterEnd = input.end_date === undefined ? undefined : addDays(input.end_date, 1);
  const backfills = readBackfills(
    database,
    {
      dataset: input.dataset_name,
      status: input.status,
      createdFrom: input.start_date === undefined ? undefined : utcMidnight(input.start_date),
      createdBefore: dayAfterEnd === undefined ? undefined : utcMidnight(dayAfterEnd),
      beforeSeq,
    },
    input.limit + 1,
  );
  const page = pageOf(backfills, { limit: input.limit, place: ({ seq }) => [seq], view: (backfill) => backfill });
  const items: Backfill[] = [];
  for (const backfill of page.items) {
    items.push(backfillView(database, backfill));
    await setImmediate();
  }
  return { items, next_cursor: page.next_cursor };
}

interface Order {
  readonly input: BackfillInput;
  readonly plan: Plan;
  /** What {{ ts }} is: the tick, or when a date begins in the schedule's zone. */
  readonly logicalAtOf: (run: PlannedRun) => number | undefined;
}

/**
 * Inserts a backfill in batches. It counts, and is acknowledged, only when the last one is committed: what a crash leaves
 * before that is removed at the next start.
 */
async function storeBackfill(parts: ServiceParts, caller: Caller, order: Order): Promise<StartedBackfill> {
  const { database, clock, engine } = parts;
  const request = { key: caller.idempotencyKey, operation: 'backfill', input: order.input };
  const now = clock.now();
  const earlier = earlierAnswer<StartedBackfill>(database, request, now);
  if (earlier) return earlier;
  const { registration, runs, options, params, nothing, estimate } = order.plan;
  const backfillId = await database.write((transaction) => {
    const id = takeBackfillId(transaction, now);
    insertBackfill(transaction, {
      backfillId: id,
      dataset: registration.dataset,
      startDate: order.input.start_date,
      endDate: order.input.end_date,
      params,
      revision: registration.revision,
      totalRuns: runs.length,
      requestedBy: caller.actor,
      createdAt: now,
      reason: nothing,
      ...options,
    });
    return id;
  });
  const runIds = await insertRuns(parts, caller, { order, backfillId, now });
  const stored = await database.write((transaction) => {
    // Storing it takes several transactions: a repeat or the workflow's removal may have come in between.
    const repeated = earlierAnswer<StartedBackfill>(transaction, request, now);
    if (repeated) return { repeated };
    if (registrationsOf(transaction, registration.dataset).length === 0)
      return { refusal: workflowNotFound(transaction, registration.dataset) };
    appendEvent(transaction, {
      at: now,
      kind: 'backfill.created',
      dataset: registration.dataset,
      runId: null,
      backfillId,
      actor: caller.actor,
      reason: null,
      data: { start_date: order.input.start_date, end_date: order.input.end_date, total_runs: runs.length },
    });
    openBackfill(transaction, backfillId, { at: now, actor: caller.actor, reason: null });
    const backfill = backfillView(transaction, findBackfill(transaction, backfillId));
    const view = { ...backfill, run_ids: [...runIds], estimate: estimateView(estimate) };
    keepAnswer(transaction, request, view, now);
    transaction.afterCommit(() => engine.noteWaiting({ dataset: registration.dataset, runType: 'backfill' }));
    return { view };
  });
  if (stored.view) return stored.view;
  await removeUnstored(database, backfillId);
  if (stored.repeated) return stored.repeated;
  throw stored.refusal;
}

async function insertRuns(
  parts: ServiceParts,
  caller: Caller,
  { order, backfillId, now }: { readonly order: Order; readonly backfillId: string; readonly now: number },
): Promise<readonly string[]> {
  const { runs } = order.plan;
  const runIds: string[] = [];
  for (let from = 0; from < runs.length; from += runBatch) {
    const ids = await parts.database.write((transaction) =>
      runs
        .slice(from, from + runBatch)
        .map((planned) => insertRun(transaction, newRun(parts, caller, { order, backfillId, planned, now })).runId),
    );
    runIds.push(...ids);
  }
  return runIds;
}

async function removeUnstored(database: Database, backfillId: string): Promise<void> {
  for (let removed = runBatch; removed === runBatch; ) {
    removed = await database.write((transaction) => removeBackfill(transaction, backfillId, runBatch));
  }
}

function newRun(
  { newUid }: ServiceParts,
  { actor }: Caller,
  {
    order,
    backfillId,
    planned,
    now,
  }: { readonly order: Order; readonly backfillId: string; readonly planned: PlannedRun; readonly now: number },
): NewRun {
  const { registration, spec, params } = order.plan;
  const { executionDate, scheduledAt } = planned;
  return {
    runUid: newUid(),
    dataset: registration.dataset,
    sourceType: registration.sourceType,
    runType: 'backfill',
    executionDate,
    params: { ...params, execution_date: executionDate },
    revision: registration.revision,
    warehouse: spec.execution.warehouse,
    logicalAt: order.logicalAtOf(planned) ?? now,
    labelAt: scheduledAt ?? utcMidnight(executionDate) ?? now,
    maxAttempts: retryOf(spec).maxAttempts,
    // Each date waits until it is its turn.
    held: true,
    backfillId,
    triggeredBy: actor,
    createdAt: now,
  };
}
