import { DliError } from '../contract/errors.ts';
import type { RegisteredWorkflow } from '../contract/workflows.ts';
import { earlierAnswer, keepAnswer } from '../store/queries/idempotency.ts';
import { howItStands, nameInOtherCase, registrationsOf } from '../store/queries/registrations.ts';
import { saveSpecFile } from '../store/queries/spec-files.ts';
import type { Queries } from '../store/sqlite.ts';
import { applyRegistration, takenInOtherCase } from './apply-registration.ts';
import { type CheckedSpec, checkDocument, registrationWarnings, type SpecDocument } from './checked-spec.ts';
import { isCode, managedByCode } from './code-owned.ts';
import { workflowNotFound } from './find-workflow.ts';
import { keptSpecWarnings } from './kept-specs.ts';
import type { Caller, ServiceParts } from './parts.ts';
import { writtenFile } from './spec-records.ts';
import { workflowView } from './views.ts';

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
  refuseUpdate(parts.database, dataset);
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
  const { database, specStore, clock } = parts;
  const { spec, check } = upload;
  const warnings = registrationWarnings(parts, upload);
  await parts.scheduler.settle(spec.name, spec);
  const stored = await database.write((transaction) => {
    const now = clock.now();
    // Asked here and not before the check, which lasts: a repeat or somebody else's change may have come in meanwhile.
    const earlier = earlierAnswer<RegisteredWorkflow>(transaction, request, now);
    if (earlier) return earlier;
    if (kind === 'workflow.registered') refuseTakenName(transaction, spec.name);
    else refuseUpdate(transaction, spec.name);
    // The file is the truth: if the server dies before the commit, the next start reads it.
    const file = specStore.manual.writeManual(spec.name, upload.text);
    // Who is told that nothing was changed must not find it registered after the next start.
    transaction.ifUndone(file.undo);
    transaction.afterCommit(file.keep);
    saveSpecFile(transaction, writtenFile(spec.name, file.digest));
    const registration = applyRegistration(transaction, parts, {
      sourceType: 'manual',
      checked: upload,
      actor: caller.actor,
      reason: null,
      now,
    });
    const standing = howItStands(transaction, registration);
    const view = {
      ...workflowView(transaction, { ...standing, spec }, { schedules: parts.schedules, now }),
      warnings: [...warnings, ...keptSpecWarnings(transaction, registration)],
      reads: [...check.reads],
      writes: [...check.writes],
    };
    keepAnswer(transaction, request, view, now);
    return view;
  });
  await parts.warehouses.get(spec.execution.warehouse)?.prepare(spec.name);
  return stored;
}

/** Two names that differ only in case would share a file on some systems and a table in DuckDB. */
function refuseTakenName(queries: Queries, dataset: string): void {
  const registrations = registrationsOf(queries, dataset);
  if (registrations.some(isCode)) throw managedByCode(dataset);
  if (registrations.length > 0) {
    throw new DliError('DLI-804', `Workflow '${dataset}' is already registered`, {
      hints: [`Replace it: the same command with --force (over HTTP, PUT /api/v1/workflows/${dataset})`],
    });
  }
  const other = nameInOtherCase(queries, dataset);
  if (other !== undefined) throw takenInOtherCase(dataset, other);
}

/** Only a manual registration that runs can be updated. */
function refuseUpdate(queries: Queries, dataset: string): void {
  const registrations = registrationsOf(queries, dataset);
  if (registrations.length === 0) throw workflowNotFound(queries, dataset);
  if (!registrations.some(isCode)) return;
  if (registrations.length === 1) throw managedByCode(dataset);
  throw new DliError('DLI-806', `The manual registration of '${dataset}' is overridden by code and cannot be updated`, {
    hints: [
      'Change the YAML in Git and deploy: dli workflow deploy',
      `Or remove the manual registration, which never runs now: dli workflow unregister ${dataset}`,
    ],
  });
}
