/**
 * Writes notifications into the outbox, in the transactions of the changes that they tell of. Who is told stands in the
 * effective spec, so that a channel that was wrong can be mended; only of a dataset that is no longer registered a run's own
 * revision is asked.
 */
import { pickEffective } from '../core/effective-spec.ts';
import { distinctTargets, type NotificationSpec } from '../core/notification.ts';
import {
  backfillRecoveryText,
  backfillText,
  type Effective,
  failuresListed,
  failureText,
  type PastFailure,
  recoveryText,
  sourceChangeText,
  successText,
} from '../core/notification-texts.ts';
import type { Run } from '../core/run.ts';
import { backfillRuns, countBackfillRuns, getBackfill } from './queries/backfills.ts';
import { deleteFailure, saveFailure } from './queries/failing-datasets.ts';
import { effectiveNotifications, notificationsOfRevision } from './queries/notification-specs.ts';
import { insertNotifications, isFailureTold } from './queries/outbox.ts';
import { registrationsOf } from './queries/registrations.ts';
import type { Queries, Transaction } from './sqlite.ts';

/**
 * Tells of a run that has just ended. Only a run that started and FAILED is a failure: nobody is told of one that was stopped
 * or never started. Of a backfill's runs only the first failure is told here; {@link notifyBackfillEnd} sums up the rest.
 */
export function notifyRunEnd(transaction: Transaction, run: Run): void {
  if (run.startedAt === null || run.status === 'KILLED') return;
  const at = run.finishedAt ?? run.createdAt;
  if (run.status === 'FAILED') {
    saveFailure(transaction, run.dataset, { runId: run.runId, failedAt: at });
    notifyFailure(transaction, run, at);
  } else if (run.backfillId === null) notifySuccess(transaction, run, at);
}

function notifyFailure(transaction: Transaction, run: Run, at: number): void {
  const { dataset, runId, backfillId } = run;
  const targets = specOf(transaction, run)?.onFailure ?? [];
  if (targets.length === 0 || (backfillId !== null && isFailureTold(transaction, backfillId))) return;
  insertNotifications(transaction, {
    subject: { kind: 'failure', dataset, runId, backfillId, at },
    text: failureText(run),
    targets: distinctTargets(targets),
  });
}

function notifySuccess(transaction: Transaction, run: Run, at: number): void {
  const { dataset, runId } = run;
  const failure = deleteFailure(transaction, dataset);
  const spec = specOf(transaction, run);
  if (!spec) return;
  // Whoever is told of the recovery knows of the success, too.
  const recovered = failure ? distinctTargets(spec.onRecovery) : [];
  if (failure) {
    const subject = { kind: 'recovery', dataset, runId, at } as const;
    insertNotifications(transaction, { subject, text: recoveryText(run, failure), targets: recovered });
  }
  insertNotifications(transaction, {
    subject: { kind: 'success', dataset, runId, at },
    text: successText(run),
    targets: distinctTargets(spec.onSuccess, recovered),
  });
}

/** Tells how a backfill ended that has just ended, in one message for each target. */
export function notifyBackfillEnd(transaction: Transaction, backfillId: string): void {
  const backfill = getBackfill(transaction, backfillId);
  if (!backfill) return;
  const { dataset, revision, status, finishedAt, createdAt } = backfill;
  const spec = specOf(transaction, { dataset, revision });
  const counts = countBackfillRuns(transaction, backfillId);
  // One that had no dates to compute has changed nothing.
  if (Object.values(counts).every((count) => count === 0)) return;
  const failed = backfillRuns(transaction, { backfillId, status: 'FAILED', limit: failuresListed });
  const failure: PastFailure | undefined = status === 'COMPLETED' ? deleteFailure(transaction, dataset) : undefined;
  const at = finishedAt ?? createdAt;
  if (!spec) return;
  const recovered = failure ? distinctTargets(spec.onRecovery) : [];
  if (failure) {
    const subject = { kind: 'recovery', dataset, backfillId, at } as const;
    insertNotifications(transaction, { subject, text: backfillRecoveryText(backfill, failure), targets: recovered });
  }
  // One that was stopped is told only where failures are left that nobody has heard of.
  const isFailure = status === 'FAILED' || (status === 'KILLED' && counts.FAILED > 1);
  const targets = status === 'COMPLETED' ? spec.onSuccess : isFailure ? spec.onFailure : [];
  insertNotifications(transaction, {
    subject: { kind: 'backfill', dataset, backfillId, at },
    text: backfillText(backfill, { counts, failed }),
    targets: distinctTargets(targets, recovered),
  });
}

/**
 * Looks at a dataset's effective spec before a change; call what it returns after the change, in the same transaction: it tells
 * the targets of the old and the new spec what has changed, if anything has.
 */
export function watchSource(
  transaction: Transaction,
  dataset: string,
): (change: { readonly actor: string; readonly at: number }) => void {
  const before = effectiveOf(transaction, dataset);
  const targetsBefore = effectiveNotifications(transaction, dataset)?.onSourceChange ?? [];
  return ({ actor, at }) => {
    const after = effectiveOf(transaction, dataset);
    const text = sourceChangeText(dataset, { before, after, actor });
    if (!text) return;
    const targetsAfter = effectiveNotifications(transaction, dataset)?.onSourceChange ?? [];
    insertNotifications(transaction, {
      subject: { kind: 'source_change', dataset, at },
      text,
      targets: distinctTargets([...targetsBefore, ...targetsAfter]),
    });
  };
}

function effectiveOf(queries: Queries, dataset: string): Effective | null {
  return pickEffective(registrationsOf(queries, dataset)) ?? null;
}

function specOf(
  queries: Queries,
  { dataset, revision }: Pick<Run, 'dataset' | 'revision'>,
): NotificationSpec | undefined {
  return effectiveNotifications(queries, dataset) ?? notificationsOfRevision(queries, revision);
}
