import type { SourceType } from '../contract/fields.ts';
import type { DryRun, LogLine, RunStatus, RunType, WorkflowRun } from '../contract/runs.ts';
import { checkParameters, type ParameterValues } from '../core/parameters.ts';
import { retryOf } from '../spec/dataset-spec.ts';
import { appendEvent } from '../store/queries/events.ts';
import { readHistory } from '../store/queries/history.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { readLogs } from '../store/queries/logs.ts';
import { insertRun } from '../store/queries/runs.ts';
import type { Transaction } from '../store/sqlite.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { dryRun } from './dry-run.ts';
import { findRun } from './find-run.ts';
import { findRevision } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { logView, runView } from './views.ts';

/** A page of a list on the wire. */
export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** Stores one adhoc run; with `dry_run` tells what it would do. @throws DLI-800, DLI-810, DLI-811, DLI-812, DLI-815 */
export async function runWorkflow(
  parts: ServiceParts,
  caller: Caller,
  input: { readonly dataset: string; readonly params: Readonly<Record<string, unknown>>; readonly dry_run: boolean },
): Promise<WorkflowRun | DryRun> {
  if (input.dry_run) return dryRun(parts, input);
  const { database, engine, specs, clock, newUid } = parts;
  const request = { key: caller.idempotencyKey, operation: 'run', input };
  const store = (transaction: Transaction) => {
    const now = clock.now();
    const earlier = earlierAnswer<WorkflowRun>(transaction, request, now);
    if (earlier) return earlier;
    const { effective, spec } = findRevision(transaction, specs, input.dataset);
    const params = checkParameters({ declared: spec.parameters, given: input.params });
    const run = insertRun(transaction, {
      runUid: newUid(),
      ...effective,
      runType: 'adhoc',
      executionDate: executionDateOf(params),
      params,
      warehouse: spec.execution.warehouse,
      logicalAt: now,
      maxAttempts: retryOf(spec).maxAttempts,
      held: false,
      backfillId: null,
      triggeredBy: caller.actor,
      createdAt: now,
    });
    appendEvent(transaction, {
      at: now,
      kind: 'run.created',
      dataset: run.dataset,
      runId: run.runId,
      backfillId: null,
      actor: caller.actor,
      reason: null,
      data: { status: run.status, run_type: run.runType, execution_date: run.executionDate },
    });
    const view = runView(run);
    keepAnswer(transaction, request, view, now);
    transaction.afterCommit(() => engine.noteWaiting(run));
    return view;
  };
  return database.write(store, { repeatable: true });
}

/** The date that a run computes: its parameter execution_date, where it has one. */
export function executionDateOf(params: ParameterValues): string | null {
  const date = Object.hasOwn(params, 'execution_date') ? params.execution_date : null;
  return typeof date === 'string' ? date : null;
}

/** Reads a run. @throws DLI-809 */
export function getRun({ database }: ServiceParts, runId: string): WorkflowRun {
  return runView(findRun(database, runId));
}

/** Reads a page of a run's log. @throws DLI-809 */
export function getRunLogs(
  { database }: ServiceParts,
  input: {
    readonly run_id: string;
    readonly attempt?: number | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): Page<LogLine> {
  const run = findRun(database, input.run_id);
  const [afterId] = input.cursor === undefined ? [0] : readCursor(input.cursor, ['number']);
  const lines = readLogs(database, { runUid: run.runUid, attempt: input.attempt, afterId, limit: input.limit + 1 });
  return pageOf(lines, { limit: input.limit, place: ({ id }) => [id], view: logView });
}

/** Reads a page of runs, newest first. */
export function getHistory(
  { database }: Pick<ServiceParts, 'database'>,
  input: {
    readonly dataset_name?: string | undefined;
    readonly source_type?: SourceType | undefined;
    readonly status?: RunStatus | undefined;
    readonly run_type?: RunType | undefined;
    readonly start_date?: string | undefined;
    readonly end_date?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): Page<WorkflowRun> {
  const [beforeSeq] = input.cursor === undefined ? [undefined] : readCursor(input.cursor, ['number']);
  const runs = readHistory(
    database,
    {
      dataset: input.dataset_name,
      sourceType: input.source_type,
      status: input.status,
      runType: input.run_type,
      firstDate: input.start_date,
      lastDate: input.end_date,
      beforeSeq,
    },
    input.limit + 1,
  );
  return pageOf(runs, { limit: input.limit, place: ({ seq }) => [seq], view: runView });
}

/** Makes a page of rows that were read with one more than `limit`: that one tells whether the list goes on. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  {
    limit,
    place,
    view,
  }: {
    readonly limit: number;
    readonly place: (row: Row) => readonly (string | number)[];
    readonly view: (row: Row) => Item;
  },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), next_cursor: rows.length > limit && last ? writeCursor(place(last)) : null };
}
