import { notDelayed } from '../../core/run.ts';
import { killWaitingRuns } from '../../store/backfill-progress.ts';
import { replaceRuns } from '../../store/backfill-resume.ts';
import { closeAttempt } from '../../store/queries/attempts.ts';
import { endingBackfills, removeUnstoredRuns, resumingBackfills } from '../../store/queries/backfills.ts';
import { orphanedRuns } from '../../store/queries/claims.ts';
import { appendLogs } from '../../store/queries/logs.ts';
import { isHeldByPause } from '../../store/queries/pauses.ts';
import { transitionRun } from '../../store/run-changes.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';

/** Rows that one transaction of the recovery touches, so that the event loop is never held for long. */
const batch = 500;
const orphanReason = 'the server died while it ran; the ledger is asked before it runs again';

/**
 * Puts the state in order before the first claim of a boot. The data folder is locked, so whoever ran what is RUNNING is
 * gone for certain: such runs go back to their place in the line, and whether they were published is asked of the ledger
 * when they are claimed. Backfills that were never acknowledged are removed, and those that were ending
 * or being resumed go on with that.
 *
 * @returns how many runs were found orphaned
 */
export async function recover(
  database: Database,
  { owner, now, newUid }: { readonly owner: string; readonly now: number; readonly newUid: () => string },
): Promise<number> {
  let orphaned = 0;
  for (let found = batch; found === batch; orphaned += found) {
    found = await database.write((transaction) => putBackOrphans(transaction, owner, now));
  }
  for (let removed = batch; removed === batch; ) {
    removed = await database.write((transaction) => removeUnstoredRuns(transaction, batch));
  }
  for (const backfillId of endingBackfills(database)) await finishEnding(database, { backfillId, now });
  for (const backfillId of resumingBackfills(database)) await finishResume(database, { backfillId, now, newUid });
  return orphaned;
}

/** Makes the waiting runs of an ending backfill KILLED, batch after batch. */
export async function finishEnding(
  database: Database,
  { backfillId, now }: { readonly backfillId: string; readonly now: number },
): Promise<void> {
  const note = { at: now, actor: 'engine', reason: null };
  while (await database.write((transaction) => killWaitingRuns(transaction, backfillId, note)));
}

/** Replaces what is left of a resumed backfill's runs that did not complete, batch after batch, and lets its dates start. */
export async function finishResume(
  database: Database,
  { backfillId, now, newUid }: { readonly backfillId: string; readonly now: number; readonly newUid: () => string },
): Promise<void> {
  const note = { at: now, actor: 'engine', reason: null };
  while (await database.write((transaction) => replaceRuns(transaction, { backfillId, newUid, note })));
}

function putBackOrphans(transaction: Transaction, owner: string, now: number): number {
  const orphans = orphanedRuns(transaction, owner, batch);
  for (const run of orphans) {
    transitionRun(transaction, {
      runUid: run.runUid,
      transition: 'lose',
      changes: {
        owner: null,
        uncertain: true,
        held: isHeldByPause(transaction, run),
        attempt: run.attempt - 1,
        availableAt: notDelayed,
      },
      note: { at: now, actor: 'recovery', reason: orphanReason },
    });
    closeAttempt(transaction, { runUid: run.runUid, attempt: run.attempt, finishedAt: now, outcome: 'lose' });
    appendLogs(transaction, run.runUid, [{ attempt: run.attempt, at: now, line: `lost: ${orphanReason}` }]);
  }
  return orphans.length;
}
