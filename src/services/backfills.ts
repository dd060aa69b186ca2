import { setImmediate } from 'node:timers/promises';
import type { Backfill, BackfillPlan, StartedBackfill } from '../contract/backfills.ts';
import type { RunStatus } from '../contract/runs.ts';
import { planDates } from '../core/backfill-plan.ts';
import { addDays, utcMidnight } from '../core/calendar-date.ts';
import { readMoment } from '../core/local-time.ts';
import { checkParameters, requireExecutionDate } from '../core/parameters.ts';
import type { NewRun } from '../core/run.ts';
import { backfillLabel } from '../core/run-id.ts';
import { openZone } from '../core/zone.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { retryOf } from '../spec/dataset-spec.ts';
import {
  insertBackfill,
  markBackfillStored,
  listBackfills as readBackfills,
  removeBackfill,
} from '../store/queries/backfills.ts';
import { readDates } from '../store/queries/dates.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { registrationsOf } from '../store/queries/registrations.ts';
import { insertRun, takeLabel } from '../store/queries/runs.ts';
import type { Registration } from '../store/rows.ts';
import type { Database } from '../store/sqlite.ts';
import { readCursor } from './cursor.ts';
import { findBackfill } from './find-run.ts';
import { findEffective, workflowNotFound } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { type Page, pageOf } from './runs.ts';
import { backfillView } from './views.ts';

/** Runs that one transaction inserts or removes, so that the event loop is never held for long. */
const runBatch = 500;

interface BackfillInput {
  readonly dataset: string;
  readonly start_date: string;
  readonly end_date: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly dry_run: boolean;
}

/**
 * Stores a backfill with one run for each date; with `dry_run` lists the dates and what is known of them.
 *
 * @throws DLI-800, DLI-810, DLI-811, DLI-812, DLI-814
 */
export async function backfillWorkflow(
  parts: ServiceParts,
  caller: Caller,
  input: BackfillInput,
): Promise<StartedBackfill | BackfillPlan> {
  const { registration, spec } = findEffective(parts.database, parts.specs, input.dataset);
  requireExecutionDate(spec.parameters, spec.name);
  const dates = planDates({ start: input.start_date, end: input.end_date });
  // Every date has the same parameters but for the date itself, so checking one checks all.
  const [first = input.start_date] = dates;
  const checked = checkParameters({
    declared: spec.parameters,
    given: input.params,
    filledIn: { execution_date: first },
  });
  if (input.dry_run) return planOf(parts, { registration, dates });
  const zone = openZone(spec.schedule?.timezone ?? 'UTC');
  const midnightOf = (date: string) => readMoment(date, zone, 'first');
  const paramsOf = (date: string) => ({ ...checked, execution_date: date });
  return storeBackfill(parts, caller, { input, registration, spec, dates, paramsOf, midnightOf });
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

function planOf(
  { database }: ServiceParts,
  { registration, dates }: { readonly registration: Registration; readonly dates: readonly string[] },
): BackfillPlan {
  const [start = '', end = ''] = [dates[0], dates.at(-1)];
  const known = new Map(
    readDates(database, { dataset: registration.dataset, start, end }).map((record) => [record.executionDate, record]),
  );
  return {
    dataset_name: registration.dataset,
    start_date: start,
    end_date: end,
    total_runs: dates.length,
    revision: registration.revision,
    dates: dates.map((date) => {
      const successAt = known.get(date)?.successAt ?? null;
      return {
        execution_date: date,
        last_success_at: successAt === null ? null : new Date(successAt).toISOString(),
        last_status: known.get(date)?.startedStatus ?? null,
      };
    }),
  };
}

interface Order {
  readonly input: BackfillInput;
  readonly registration: Registration;
  readonly spec: DatasetSpec;
  readonly dates: readonly string[];
  readonly paramsOf: (date: string) => NewRun['params'];
  /** When a date begins in the schedule's zone: what {{ ts }} is. */
  readonly midnightOf: (date: string) => number | undefined;
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
  const { registration, dates } = order;
  const backfillId = await database.write((transaction) => {
    const id = takeLabel(transaction, backfillLabel(now), '-');
    insertBackfill(transaction, {
      backfillId: id,
      dataset: registration.dataset,
      startDate: dates[0] ?? order.input.start_date,
      endDate: dates.at(-1) ?? order.input.end_date,
      params: withoutDate(order.paramsOf(dates[0] ?? order.input.start_date)),
      revision: registration.revision,
      totalRuns: dates.length,
      requestedBy: caller.actor,
      createdAt: now,
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
    markBackfillStored(transaction, backfillId);
    appendEvent(transaction, {
      at: now,
      kind: 'backfill.created',
      dataset: registration.dataset,
      runId: null,
      backfillId,
      actor: caller.actor,
      reason: null,
      data: { start_date: dates[0], end_date: dates.at(-1), total_runs: dates.length },
    });
    const view = { ...backfillView(transaction, findBackfill(transaction, backfillId)), run_ids: [...runIds] };
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
  const { dates } = order;
  const runIds: string[] = [];
  for (let from = 0; from < dates.length; from += runBatch) {
    const ids = await parts.database.write((transaction) =>
      dates
        .slice(from, from + runBatch)
        .map((date) => insertRun(transaction, newRun(parts, caller, { order, backfillId, date, now })).runId),
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

/** The parameters that all dates of a backfill share. */
function withoutDate({ execution_date: _, ...shared }: NewRun['params']): NewRun['params'] {
  return shared;
}

function newRun(
  { newUid }: ServiceParts,
  { actor }: Caller,
  {
    order,
    backfillId,
    date,
    now,
  }: { readonly order: Order; readonly backfillId: string; readonly date: string; readonly now: number },
): NewRun {
  const { registration, spec } = order;
  return {
    runUid: newUid(),
    dataset: registration.dataset,
    sourceType: registration.sourceType,
    runType: 'backfill',
    executionDate: date,
    params: order.paramsOf(date),
    revision: registration.revision,
    warehouse: spec.execution.warehouse,
    logicalAt: order.midnightOf(date) ?? now,
    labelAt: utcMidnight(date) ?? now,
    maxAttempts: retryOf(spec).maxAttempts,
    // Each date waits until the one before it has completed.
    held: true,
    backfillId,
    triggeredBy: actor,
    createdAt: now,
  };
}
