import { DliError, formatPlace } from '../contract/errors.ts';
import type { RegisteredWorkflow } from '../contract/workflows.ts';
import { unconfiguredWarnings } from '../core/notification-warnings.ts';
import { scheduleWarnings } from '../core/schedule-warnings.ts';
import type { SpecCheck } from '../spec/check.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { inlineSpec } from '../spec/inline.ts';
import { parseSpec } from '../spec/parse.ts';
import { revisionOf } from '../spec/revision.ts';
import { watchSource } from '../store/notify.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { insertRevision, nameInOtherCase, registrationsOf, saveRegistration } from '../store/queries/registrations.ts';
import type { Registration } from '../store/rows.ts';
import type { Queries, Transaction } from '../store/sqlite.ts';
import type { Warehouse } from '../warehouses/warehouse.ts';
import { workflowNotFound } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { workflowView } from './views.ts';

/** A spec as the client sends it: the document and the SQL files that it names. */
export interface SpecUpload {
  readonly spec: string;
  readonly file_name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly schedule: {
    readonly cron?: string | undefined;
    readonly timezone?: string | undefined;
    readonly enabled?: boolean | undefined;
    readonly retry_attempts?: number | undefined;
    readonly retry_delay_seconds?: number | undefined;
  };
}

interface CheckedUpload {
  readonly text: string;
  readonly spec: DatasetSpec;
  readonly revision: string;
  readonly check: SpecCheck;
}

/** Registers a new dataset. @throws DLI-804 when it exists, DLI-805, DLI-813, DLI-815 with the places */
export async function registerWorkflow(
  parts: ServiceParts,
  caller: Caller,
  input: SpecUpload,
): Promise<RegisteredWorkflow> {
  const request = { key: caller.idempotencyKey, operation: 'register', input };
  const earlier = earlierAnswer<RegisteredWorkflow>(parts.database, request, parts.clock.now());
  if (earlier) return earlier;
  const upload = await checkUpload(parts, input);
  return storeManual(parts, { upload, kind: 'workflow.registered', caller, request });
}

/** Replaces a manual registration. @throws DLI-800 when there is none, DLI-805, DLI-813, DLI-815 with the places */
export async function updateWorkflow(
  parts: ServiceParts,
  caller: Caller,
  { dataset, ...input }: SpecUpload & { readonly dataset: string },
): Promise<RegisteredWorkflow> {
  const request = { key: caller.idempotencyKey, operation: 'update', input: { dataset, ...input } };
  const earlier = earlierAnswer<RegisteredWorkflow>(parts.database, request, parts.clock.now());
  if (earlier) return earlier;
  if (registrationsOf(parts.database, dataset).length === 0) throw workflowNotFound(parts.database, dataset);
  const upload = await checkUpload(parts, input);
  if (upload.spec.name !== dataset) {
    throw new DliError('DLI-801', `The spec defines '${upload.spec.name}', not '${dataset}'`, {
      hints: ['Give the name that the spec has; to rename a dataset, register the new name and unregister the old one'],
    });
  }
  return storeManual(parts, { upload, kind: 'workflow.updated', caller, request });
}

/** Parses, inlines and checks an upload; nothing is stored. @throws DLI-801, DLI-805, DLI-813, DLI-815 */
async function checkUpload(
  parts: ServiceParts,
  { spec: text, file_name: file, files, schedule }: SpecUpload,
): Promise<CheckedUpload> {
  const readFile = (path: string) => (Object.hasOwn(files, path) ? files[path] : undefined);
  const overrides = {
    cron: schedule.cron,
    timezone: schedule.timezone,
    enabled: schedule.enabled,
    retryAttempts: schedule.retry_attempts,
    retryDelaySeconds: schedule.retry_delay_seconds,
  };
  // Parsed as it was sent first, so that problems have the places of the user's own files.
  const sent = parseSpec({ text, file, readFile });
  const warehouse = warehouseOf(parts, sent);
  const check = await parts.compiler.check({
    spec: sent,
    warehouseDialect: warehouse.dialect,
    ...parts.templateValues,
  });
  await warehouse.parse(check.samples);
  const inlined = inlineSpec({ text, file, readFile, schedule: overrides });
  const spec = parseSpec({ text: inlined, file: `${sent.name}.yaml` });
  return { text: inlined, spec, revision: revisionOf(spec), check };
}

/** Finds the warehouse in which a dataset is to run. @throws DLI-801 when the server has none of that name, or it cannot hold the dataset */
export function warehouseOf({ warehouses }: ServiceParts, { name, execution }: DatasetSpec): Warehouse {
  const warehouse = warehouses.get(execution.warehouse);
  if (!warehouse) {
    throw new DliError('DLI-801', `The server has no warehouse '${execution.warehouse}'`, {
      hints: [`execution.warehouse may be: ${[...warehouses.keys()].join(', ')}`],
    });
  }
  const refusal = warehouse.refusalOf(name);
  if (refusal === undefined) return warehouse;
  throw new DliError('DLI-801', refusal, { hints: ['Give the dataset another name'] });
}

async function storeManual(
  parts: ServiceParts,
  {
    upload,
    kind,
    caller,
    request,
  }: {
    readonly upload: CheckedUpload;
    readonly kind: 'workflow.registered' | 'workflow.updated';
    readonly caller: Caller;
    readonly request: Parameters<typeof keepAnswer>[1];
  },
): Promise<RegisteredWorkflow> {
  const { database, specDirectory, clock } = parts;
  const { spec, check } = upload;
  const warnings = [
    ...check.warnings.map((warning) => [formatPlace(warning), warning.message].filter(Boolean).join(': ')),
    ...(spec.schedule ? scheduleWarnings(spec.schedule, clock.now()) : []),
    ...(spec.schedule ? unconfiguredWarnings(spec.schedule.notifications, parts.deliveries.configured) : []),
  ];
  await parts.scheduler.settle(spec.name, spec);
  const stored = await database.write((transaction) => {
    const now = clock.now();
    // Asked here and not before the check, which lasts: a repeat or somebody else's change may have come in meanwhile.
    const earlier = earlierAnswer<RegisteredWorkflow>(transaction, request, now);
    if (earlier) return earlier;
    if (kind === 'workflow.registered') refuseTakenName(transaction, spec.name);
    else if (registrationsOf(transaction, spec.name).length === 0) throw workflowNotFound(transaction, spec.name);
    // The file is the truth: if the server dies before the commit, the next start reads it.
    const file = specDirectory.writeManual(spec.name, upload.text);
    // Who is told that nothing was changed must not find it registered after the next start.
    transaction.ifUndone(file.undo);
    transaction.afterCommit(file.keep);
    const fileDigest = file.digest;
    const registration = applyRegistration(transaction, parts, { upload, fileDigest, actor: caller.actor, kind, now });
    const view = {
      ...workflowView(transaction, { ...registration, spec }, { schedules: parts.schedules, now }),
      warnings,
      reads: [...check.reads],
      writes: [...check.writes],
    };
    keepAnswer(transaction, request, view, now);
    return view;
  });
  await parts.warehouses.get(spec.execution.warehouse)?.prepare(spec.name);
  return stored;
}

/** Makes the database follow a manual file: revision, registration, schedule and event. Tells the registration as it is now. */
export function applyRegistration(
  transaction: Transaction,
  { scheduler }: Pick<ServiceParts, 'scheduler'>,
  {
    upload,
    fileDigest,
    actor,
    kind,
    now,
  }: {
    readonly upload: Omit<CheckedUpload, 'text'>;
    readonly fileDigest: string;
    readonly actor: string;
    readonly kind: 'workflow.registered' | 'workflow.updated';
    readonly now: number;
  },
): Registration {
  const { spec, revision, check } = upload;
  const before = registrationsOf(transaction, spec.name).find(({ sourceType }) => sourceType === 'manual');
  const registration: Registration = {
    dataset: spec.name,
    sourceType: 'manual',
    revision,
    owner: spec.owner,
    warehouse: spec.execution.warehouse,
    scheduleEnabled: spec.schedule?.enabled ?? false,
    fileDigest,
    reads: check.reads,
    writes: check.writes,
    registeredAt: before?.registeredAt ?? now,
    updatedAt: now,
  };
  const tellSource = watchSource(transaction, spec.name);
  insertRevision(transaction, { revision, spec, at: now });
  saveRegistration(transaction, registration);
  scheduler.apply(transaction, spec.name);
  appendEvent(transaction, {
    at: now,
    kind,
    dataset: spec.name,
    runId: null,
    backfillId: null,
    actor,
    reason: null,
    data: { source_type: 'manual', revision, previous_revision: before?.revision ?? null },
  });
  tellSource({ actor, at: now });
  return registration;
}

/** Two names that differ only in case would share a file on some systems and a table in DuckDB. */
function refuseTakenName(queries: Queries, dataset: string): void {
  if (registrationsOf(queries, dataset).length > 0) {
    throw new DliError('DLI-804', `Workflow '${dataset}' is already registered`, {
      hints: [`Replace it: dli workflow register ${dataset} --force`],
    });
  }
  const other = nameInOtherCase(queries, dataset);
  if (other === undefined) return;
  throw new DliError('DLI-804', `'${dataset}' differs from the registered '${other}' in upper and lower case only`, {
    hints: ['Use the registered name, or another one'],
  });
}
