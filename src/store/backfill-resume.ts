import type { BackfillRecord } from '../core/backfill.ts';
import { utcMidnight } from '../core/calendar-date.ts';
import type { NewRun, Run } from '../core/run.ts';
import { startDates } from './backfill-progress.ts';
import { getBackfill } from './queries/backfills.ts';
import { insertRun } from './queries/runs.ts';
import { type RunRow, toRun } from './rows.ts';
import type { ChangeNote } from './run-changes.ts';
import type { Queries, Transaction } from './sqlite.ts';

/*
 * A resume: the backfill is open again, and its runs that did not complete are replaced in batches, in their order; each
 * replaced one is kept, superseded. No date starts before the last batch, so a server that dies in between goes on with
 * the batches at its next start.
 */

/** Runs that one transaction replaces, so that the event loop is never held for long. */
const replaceBatch = 500;

/** What all new runs of a resume have in common. */
export type ResumeTerms = Pick<
  NewRun,
  'sourceType' | 'params' | 'revision' | 'warehouse' | 'maxAttempts' | 'triggeredBy'
>;

/** Opens a backfill again and replaces the first batch of its runs that did not complete; {@link replaceRuns} goes on. */
export function beginResume(
  transaction: Transaction,
  {
    backfill: { backfillId },
    terms,
    newUid,
    note,
  }: {
    readonly backfill: BackfillRecord;
    readonly terms: ResumeTerms;
    readonly newUid: () => string;
    readonly note: ChangeNote;
  },
): void {
  transaction.run(
    `UPDATE backfills
     SET status = 'PENDING', finished_at = NULL, ending = NULL, reason = NULL, failed_run_id = NULL, stop_requested_at = NULL,
         resumed_at = ?, revision = ?, params = ?,
         resume_until = (SELECT max(seq) FROM runs WHERE runs.backfill_id = backfills.backfill_id)
     WHERE backfill_id = ?`,
    [note.at, terms.revision, JSON.stringify(terms.params), backfillId],
  );
  replaceRuns(transaction, { backfillId, terms, newUid, note });
}

/**
 * Replaces the next batch of a resumed backfill's runs that did not complete; after the last one its first dates start.
 *
 * @param terms what the new runs have in common; by default what those of the earlier batches have
 * @returns whether there are more
 */
export function replaceRuns(
  transaction: Transaction,
  {
    backfillId,
    terms,
    newUid,
    note,
  }: {
    readonly backfillId: string;
    readonly terms?: ResumeTerms;
    readonly newUid: () => string;
    readonly note: ChangeNote;
  },
): boolean {
  const backfill = getBackfill(transaction, backfillId);
  // It was stopped meanwhile, or the resume is done.
  if (!backfill || backfill.resumeUntil === null) return false;
  const replaced = incompleteRuns(transaction, backfillId, backfill.resumeUntil);
  const common = terms ?? termsOf(transaction, backfillId, backfill.resumeUntil);
  if (common) {
    for (const run of replaced) replaceRun(transaction, { run, backfill, terms: common, newUid, note });
    if (replaced.length === replaceBatch) return true;
  }
  transaction.run('UPDATE backfills SET resume_until = NULL WHERE backfill_id = ?', [backfillId]);
  startDates(transaction, backfillId, note);
  return false;
}

function replaceRun(
  transaction: Transaction,
  {
    run,
    backfill: { backfillId, ticks },
    terms,
    newUid,
    note,
  }: {
    readonly run: Run;
    readonly backfill: BackfillRecord;
    readonly terms: ResumeTerms;
    readonly newUid: () => string;
    readonly note: ChangeNote;
  },
): void {
  const { executionDate, logicalAt, dataset } = run;
  insertRun(transaction, {
    ...terms,
    runUid: newUid(),
    dataset,
    runType: 'backfill',
    executionDate,
    params: { ...terms.params, execution_date: executionDate },
    logicalAt,
    labelAt: ticks ? logicalAt : (utcMidnight(executionDate ?? '') ?? logicalAt),
    held: true,
    backfillId,
    createdAt: note.at,
  });
  transaction.run('UPDATE runs SET superseded = 1 WHERE seq = ?', [run.seq]);
}

function incompleteRuns(queries: Queries, backfillId: string, until: number): readonly Run[] {
  return queries
    .all<RunRow>(
      `SELECT * FROM runs
       WHERE backfill_id = ? AND superseded = 0 AND status IN ('FAILED', 'KILLED') AND seq <= ?
       ORDER BY seq
       LIMIT ?`,
      [backfillId, until, replaceBatch],
    )
    .map(toRun);
}

/** What the runs of the first batch have in common, which was stored together with the beginning of the resume. */
function termsOf(queries: Queries, backfillId: string, until: number): ResumeTerms | undefined {
  const row = queries.get<RunRow>('SELECT * FROM runs WHERE backfill_id = ? AND superseded = 0 AND seq > ? LIMIT 1', [
    backfillId,
    until,
  ]);
  if (!row) return undefined;
  const { sourceType, params, revision, warehouse, maxAttempts, triggeredBy } = toRun(row);
  return { sourceType, params, revision, warehouse, maxAttempts, triggeredBy };
}
