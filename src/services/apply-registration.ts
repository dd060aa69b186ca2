import { DliError } from '../contract/errors.ts';
import type { SourceType } from '../contract/fields.ts';
import { watchSource } from '../store/notify.ts';
import { appendEvent } from '../store/queries/events.ts';
import {
  deleteRegistration,
  nameInOtherCase,
  registrationsOf,
  saveRegistration,
} from '../store/queries/registrations.ts';
import { insertRevision } from '../store/queries/revisions.ts';
import type { Registration } from '../store/rows.ts';
import type { Transaction } from '../store/sqlite.ts';
import type { CheckedSpec } from './checked-spec.ts';
import type { ServiceParts } from './parts.ts';

type ApplyParts = Pick<ServiceParts, 'scheduler'>;

/** Who changes what a source has, why and when (epoch ms). */
export interface SourceChange {
  readonly sourceType: SourceType;
  readonly actor: string;
  readonly reason: string | null;
  readonly now: number;
}

/**
 * Makes the state follow a spec that a source has: revision, registration, schedule, event and messages. Tells the
 * registration as it is now. A pause stays what it is.
 *
 * @throws DLI-804 when a registered dataset has the name in other upper and lower case
 */
export function applyRegistration(
  transaction: Transaction,
  { scheduler }: ApplyParts,
  { sourceType, checked, actor, reason, now }: SourceChange & { readonly checked: CheckedSpec },
): Registration {
  const { spec, text, revision, check } = checked;
  const other = nameInOtherCase(transaction, spec.name);
  if (other !== undefined) throw takenInOtherCase(spec.name, other);
  const before = registrationsOf(transaction, spec.name).find((one) => one.sourceType === sourceType);
  const registration: Registration = {
    dataset: spec.name,
    sourceType,
    revision,
    owner: spec.owner,
    warehouse: spec.execution.warehouse,
    scheduleEnabled: spec.schedule?.enabled ?? false,
    reads: check.reads,
    writes: check.writes,
    registeredAt: before?.registeredAt ?? now,
    updatedAt: now,
  };
  const tellSource = watchSource(transaction, spec.name);
  insertRevision(transaction, { revision, spec, text, at: now });
  saveRegistration(transaction, registration);
  scheduler.apply(transaction, spec.name);
  appendEvent(transaction, {
    at: now,
    kind: before ? 'workflow.updated' : 'workflow.registered',
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

/** Makes the state follow that a source no longer has a dataset; what is left of it runs on. Tells whether it had it. */
export function dropRegistration(
  transaction: Transaction,
  { scheduler }: ApplyParts,
  { sourceType, dataset, actor, reason, now }: SourceChange & { readonly dataset: string },
): boolean {
  const tellSource = watchSource(transaction, dataset);
  const isRemoved = deleteRegistration(transaction, dataset, sourceType);
  // Also when there was none: a tick that is due makes its run first.
  scheduler.apply(transaction, dataset);
  if (!isRemoved) return false;
  appendEvent(transaction, {
    at: now,
    kind: 'workflow.unregistered',
    dataset,
    runId: null,
    backfillId: null,
    actor,
    reason,
    data: { source_type: sourceType },
  });
  tellSource({ actor, at: now });
  return true;
}

/** Refuses a name that a registered dataset has in other upper and lower case. */
export function takenInOtherCase(dataset: string, other: string): DliError {
  return new DliError('DLI-804', `'${dataset}' differs from the registered '${other}' in upper and lower case only`, {
    hints: ['Use the registered name, or another one'],
  });
}
