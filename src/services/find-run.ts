import { DliError } from '../contract/errors.ts';
import type { BackfillRecord } from '../core/backfill.ts';
import type { Run } from '../core/run.ts';
import { getBackfill } from '../store/queries/backfills.ts';
import { findRuns } from '../store/queries/runs.ts';
import type { Queries } from '../store/sqlite.ts';
import { runNotFound } from './run-not-found.ts';

/** Finds the run that a typed id means. @throws DLI-809 when there is none, or more than one */
export function findRun(queries: Queries, typedId: string): Run {
  const found = findRuns(queries, typedId);
  const [run, ...others] = found;
  if (!run) throw runNotFound(queries, typedId);
  if (others.length > 0) {
    throw new DliError('DLI-809', `'${typedId}' can mean ${found.length} runs`, {
      hints: ['Give the whole id:', ...found.slice(0, 5).map(({ runId }) => runId)],
    });
  }
  return run;
}

/** Finds a backfill. @throws DLI-809 */
export function findBackfill(queries: Queries, backfillId: string): BackfillRecord {
  const backfill = getBackfill(queries, backfillId);
  if (backfill) return backfill;
  const [run] = findRuns(queries, backfillId);
  if (run) {
    throw new DliError('DLI-809', `'${backfillId}' is the id of a run, not of a backfill`, {
      hints: [
        `See the run: dli workflow status ${run.runId}`,
        ...(run.backfillId === null
          ? []
          : [`See the backfill that it is of: dli workflow backfill-status ${run.backfillId}`]),
      ],
    });
  }
  throw new DliError('DLI-809', `There is no backfill '${backfillId}'`, {
    hints: ['A backfill prints its id when it starts; it looks like bf-20240115-093045'],
  });
}
