import { DliError } from '../contract/errors.ts';
import type { SourceType } from '../contract/fields.ts';
import type { RegisteredWorkflow } from '../contract/workflows.ts';
import { watchSource } from '../store/notify.ts';
import { appendEvent } from '../store/queries/events.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { insertRevision, nameInOtherCase, registrationsOf, saveRegistration } from '../store/queries/registrations.ts';
import type { Registration } from '../store/rows.ts';
import type { Queries, Transaction } from '../store/sqlite.ts';
import { type CheckedSpec, checkDocument, registrationWarnings, type SpecDocument } from './checked-spec.ts';
import { workflowNotFound } from './find-workflow.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { workflowView } from './views.ts';

export { warehouseOf } from './checked-spec.ts';

/** A spec as the client sends it: the document and the SQL files that it names. */
export interface SpecUpload extends SpecDocument {
  readonly schedule: {
    readonly cron?: string | undefined;
    readonly timezone?: string | undefined;
    readonly enabled?: boolean | undefined;
    readonly retry_attempts?: number | undefined;
    readonly retry_delay_seconds?: number | undefined;
  };
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

/** Checks an upload; nothing is stored. @throws DLI-801, DLI-805, DLI-813, DLI-815 */
function checkUpload(parts: ServiceParts, { schedule, ...document }: SpecUpload): Promise<CheckedSpec> {
  return checkDocument(parts, {
    ...document,
    overrides: {
      cron: schedule.cron,
      timezone: schedule.timezone,
      enabled: schedule.enabled,
      retryAttempts: schedule.retry_attempts,
      retryDelaySeconds: schedule.retry_delay_seconds,
    },
  });
}

async function storeManual(
  parts: ServiceParts,
  {
    upload,
    kind,
    caller,
    request,
  }: {
    readonly upload: CheckedSpec;
    readonly kind: 'workflow.registered' | 'workflow.updated';
    readonly caller: Caller;
    readonly request: Parameters<typeof keepAnswer>[1];
  },
): Promise<RegisteredWorkflow> {
  const { database, specDirectory, clock } = parts;
  const { spec, check } = upload;
  const warnings = registrationWarnings(parts, upload);
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

/** Makes the database follow a spec's file: revision, registration, schedule and event. Tells the registration as it is now. */
export function applyRegistration(
  transaction: Transaction,
  { scheduler }: Pick<ServiceParts, 'scheduler'>,
  {
    upload,
    sourceType = 'manual',
    fileDigest,
    actor,
    reason = null,
    kind,
    now,
  }: {
    readonly upload: Omit<CheckedSpec, 'text'>;
    /** @default 'manual' */
    readonly sourceType?: SourceType;
    readonly fileDigest: string;
    readonly actor: string;
    /** Why, for the event. @default null */
    readonly reason?: string | null;
    readonly kind: 'workflow.registered' | 'workflow.updated';
    readonly now: number;
  },
): Registration {
  const { spec, revision, check } = upload;
  const before = registrationsOf(transaction, spec.name).find((other) => other.sourceType === sourceType);
  const registration: Registration = {
    dataset: spec.name,
    sourceType,
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
    reason,
    data: { source_type: sourceType, revision, previous_revision: before?.revision ?? null },
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
