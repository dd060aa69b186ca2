import { DliError } from '../contract/errors.ts';
import type { SourceType } from '../contract/fields.ts';
import type { WorkflowInfo, WorkflowPreview, WorkflowStatus } from '../contract/workflows.ts';
import { counted } from '../core/counted.ts';
import { isTerminal } from '../core/run-state.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { listRegistrations, registrationsOf, standingRegistrationsOf } from '../store/queries/registrations.ts';
import { unfinishedRuns } from '../store/queries/runs.ts';
import { deleteSpecFile } from '../store/queries/spec-files.ts';
import type { StandingRegistration } from '../store/rows.ts';
import type { Queries, Transaction } from '../store/sqlite.ts';
import { dropRegistration } from './apply-registration.ts';
import { isCode, managedByCode } from './code-owned.ts';
import { readCursor } from './cursor.ts';
import { findEffective, workflowNotFound } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { type Page, pageOf } from './runs.ts';
import { manualPath } from './spec-records.ts';
import { requestStop, stopBackfillAtWork } from './stop.ts';
import { workflowView } from './views.ts';

/** What an unregistration answers. */
interface Unregistered {
  dataset_name: string;
  stopped_runs: string[];
}

/** Unfinished runs that an unregistration looks at. */
const runsShown = 1_000;

/** Reads a page of registrations, by name. */
export function listWorkflows(
  { database, clock, schedules, specs }: ServiceParts,
  input: {
    readonly source_type?: SourceType | undefined;
    readonly status?: WorkflowStatus | undefined;
    readonly dataset?: string | undefined;
    readonly prefix?: string | undefined;
    readonly running?: boolean | undefined;
    readonly enabled_only?: boolean | undefined;
    readonly owner?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): Page<WorkflowInfo> {
  const [dataset, sourceType] = input.cursor === undefined ? [] : readCursor(input.cursor, ['string', 'string']);
  const registrations = listRegistrations(
    database,
    {
      sourceType: input.source_type,
      dataset: input.dataset,
      prefix: input.prefix,
      owner: input.owner,
      status: input.status,
      running: input.running,
      enabledOnly: input.enabled_only,
      after: dataset === undefined || sourceType === undefined ? undefined : { dataset, sourceType },
    },
    input.limit + 1,
  );
  const now = clock.now();
  return pageOf(registrations, {
    limit: input.limit,
    place: (registration) => [registration.dataset, registration.sourceType],
    view: (registration) =>
      workflowView(database, { ...registration, spec: specs.get(registration.revision) }, { schedules, now }),
  });
}

/** Reads the first rows of the table that a dataset produces; `signal` gives it up. @throws DLI-800, DLI-815, DLI-816 */
export async function previewWorkflow(
  { database, specs, warehouses }: ServiceParts,
  input: { readonly dataset: string; readonly limit: number },
  signal?: AbortSignal,
): Promise<WorkflowPreview> {
  const { spec } = findEffective(database, specs, input.dataset);
  const warehouse = warehouses.get(spec.execution.warehouse);
  if (!warehouse) throw new DliError('DLI-816', `The configuration has no warehouse '${spec.execution.warehouse}'`);
  const { columns, rows } = await warehouse.preview(spec.name, input.limit, signal);
  // Preview values are JSON-safe by the warehouse's contract.
  return { columns: [...columns], rows: rows.map((row) => ({ ...row })) } as WorkflowPreview;
}

/**
 * Removes a manual registration; the table and the history stay. Unfinished runs are in the way unless `force` is given:
 * then they are stopped first.
 *
 * @throws DLI-800, DLI-803, DLI-808
 */
export async function unregisterWorkflow(
  parts: ServiceParts,
  caller: Caller,
  { dataset, force }: { readonly dataset: string; readonly force: boolean },
): Promise<Unregistered> {
  const { database, specStore, clock } = parts;
  const request = { key: caller.idempotencyKey, operation: 'unregister', input: { dataset, force } };
  const earlier = earlierAnswer<Unregistered>(database, request, clock.now());
  if (earlier) return earlier;
  const manual = manualOf(database, dataset);
  if (!manual) throw notManual(database, dataset);
  if (!manual.isOverridden) await parts.scheduler.settle(dataset);
  // An overridden one never runs: the dataset's runs are code's, and go on.
  const stopped = force && !manual.isOverridden ? await stopUnfinished(parts, caller, dataset) : [];
  return database.write((transaction) => {
    const now = clock.now();
    const isOverridden = manualOf(transaction, dataset)?.isOverridden ?? false;
    dropRegistration(transaction, parts, { sourceType: 'manual', dataset, actor: caller.actor, reason: null, now });
    // A tick that is due makes its run first, and is then in the way as any other run is.
    if (!isOverridden) refuseUnfinished(transaction, dataset);
    deleteSpecFile(transaction, 'manual', manualPath(dataset));
    // The file is the truth: if the server dies before the commit, the next start sees that it is gone.
    const file = specStore.manual.removeManual(dataset);
    transaction.ifUndone(file.undo);
    transaction.afterCommit(file.keep);
    const answer = { dataset_name: dataset, stopped_runs: stopped };
    keepAnswer(transaction, request, answer, now);
    return answer;
  });
}

function manualOf(queries: Queries, dataset: string): StandingRegistration | undefined {
  return standingRegistrationsOf(queries, dataset).find((one) => !isCode(one));
}

/** What has no manual registration belongs to nobody, or to code. */
function notManual(queries: Queries, dataset: string): DliError {
  return registrationsOf(queries, dataset).length === 0 ? workflowNotFound(queries, dataset) : managedByCode(dataset);
}

function refuseUnfinished(transaction: Transaction, dataset: string): void {
  const blocking = unfinishedRuns(transaction, dataset, runsShown);
  if (blocking.length === 0) return;
  throw new DliError(
    'DLI-808',
    `Workflow '${dataset}' has ${counted(blocking.length, 'unfinished run')}, such as ${blocking[0]?.runId}`,
    {
      hints: [`Wait for them, or stop them and unregister: dli workflow unregister ${dataset} --force`],
    },
  );
}

async function stopUnfinished(parts: ServiceParts, caller: Caller, dataset: string): Promise<string[]> {
  const runs = unfinishedRuns(parts.database, dataset, runsShown);
  const backfills = new Set(runs.flatMap(({ backfillId }) => backfillId ?? []));
  const note = { at: parts.clock.now(), actor: caller.actor, reason: `stopped by ${caller.actor}: unregistered` };
  for (const backfillId of backfills) await stopBackfillAtWork(parts, { backfillId, note });
  await parts.database.write((transaction) => {
    for (const run of unfinishedRuns(transaction, dataset, runsShown)) requestStop(transaction, parts, { run, note });
  });
  await Promise.all(
    runs
      .filter(({ status }) => !isTerminal(status))
      .map(({ runUid }) => parts.engine.waitForEnd(runUid, parts.stopAnswerMs)),
  );
  return runs.map(({ runId }) => runId);
}
