import type { RunError } from '../contract/runs.ts';
import type { Run } from '../core/run.ts';
import { advanceBackfill } from './backfill-progress.ts';
import { notifyRunEnd } from './notify.ts';
import { closeAttempt } from './queries/attempts.ts';
import { recordDate } from './queries/dates.ts';
import { type ChangeNote, type Fence, transitionRun } from './run-changes.ts';
import type { Transaction } from './sqlite.ts';

/** The transitions that end a run for good. */
export type EndingTransition = 'complete' | 'fail' | 'expire' | 'kill';

/**
 * Ends a run: its state and event, its attempt's record, its date's record, who is told, and its backfill's next step, all
 * in one transaction.
 *
 * @returns the run as it ended, or undefined when it had ended already or has another owner: then nothing changed
 */
export function endRun(
  transaction: Transaction,
  {
    run,
    isFresh = false,
    transition,
    fence,
    published = run.published,
    postIndex = run.postIndex,
    error = null,
    note,
  }: {
    readonly run: Run;
    /** Whether `run` was just read in this transaction, which saves reading it again. @default false */
    readonly isFresh?: boolean;
    readonly transition: EndingTransition;
    readonly fence?: Fence;
    readonly published?: boolean;
    readonly postIndex?: number;
    readonly error?: RunError | null;
    readonly note: ChangeNote;
  },
): Run | undefined {
  const ended = transitionRun(transaction, {
    runUid: run.runUid,
    transition,
    ...(fence ? { fence } : {}),
    ...(isFresh ? { known: run } : {}),
    changes: {
      published,
      postIndex,
      error,
      reason: note.reason,
      finishedAt: note.at,
      owner: null,
      uncertain: false,
      waitReason: null,
    },
    note: { ...note, data: { error, published, ...note.data } },
  });
  if (!ended) return undefined;
  if (fence) {
    closeAttempt(transaction, {
      runUid: run.runUid,
      attempt: ended.attempt,
      finishedAt: note.at,
      outcome: ended.status,
      error,
    });
  }
  recordDate(transaction, ended);
  notifyRunEnd(transaction, ended);
  advanceBackfill(transaction, ended, note);
  return ended;
}
