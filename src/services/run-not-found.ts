/** What was meant by an id that is no run's: another thing has it, or looks like it. */
import { DliError } from '../contract/errors.ts';
import { readMoment } from '../core/local-time.ts';
import { openZone } from '../core/zone.ts';
import { getBackfill } from '../store/queries/backfills.ts';
import { registrationsOf } from '../store/queries/registrations.ts';
import { runsLabelled, unfinishedRuns } from '../store/queries/runs.ts';
import type { Queries } from '../store/sqlite.ts';

/** Names that a hint lists. */
const shown = 5;
const runsHint = 'A run id is what run and history print, such as iceberg.analytics.daily_clicks_20240115_093045';

/** Makes the error for an id that no run has. */
export function runNotFound(queries: Queries, typedId: string): DliError {
  return (
    meantBackfill(queries, typedId) ??
    meantDataset(queries, typedId) ??
    meantTime(typedId) ??
    new DliError('DLI-809', `There is no run '${typedId}'`, {
      hints: [...runsOfOthers(queries, typedId), runsHint, 'See the runs: dli workflow history'],
    })
  );
}

function meantBackfill(queries: Queries, typedId: string): DliError | undefined {
  const backfill = getBackfill(queries, typedId);
  if (!backfill) return undefined;
  return new DliError('DLI-809', `'${typedId}' is the id of a backfill, not of a run`, {
    hints: [
      `See the backfill and its first failure: dli workflow backfill-status ${typedId}`,
      `Stop all of it: dli workflow stop ${typedId}`,
    ],
  });
}

function meantDataset(queries: Queries, typedId: string): DliError | undefined {
  if (registrationsOf(queries, typedId).length === 0) return undefined;
  const runs = unfinishedRuns(queries, typedId, shown);
  const unfinished =
    runs.length === 0 ? 'It has no unfinished run' : `Unfinished: ${runs.map(({ runId }) => runId).join(', ')}`;
  return new DliError('DLI-809', `'${typedId}' is a dataset, not a run`, {
    hints: [
      unfinished,
      `See its runs: dli workflow history -d ${typedId}`,
      `Keep its schedule from starting more: dli workflow pause ${typedId}`,
    ],
  });
}

/** A date or a tick has runs, but is none. */
function meantTime(typedId: string): DliError | undefined {
  if (readMoment(typedId, openZone('UTC'), 'first') === undefined) return undefined;
  const isDate = /^\d{4}-\d\d-\d\d$/.test(typedId.trim());
  return new DliError('DLI-809', `'${typedId}' is a ${isDate ? 'date' : 'time'}, not a run`, {
    hints: isDate
      ? [runsHint, 'Find the run of a date: dli workflow history -d <dataset> --wide']
      : ['A tick is not stopped, but the run that it made', 'Find the run of a tick: dli workflow ticks <dataset>'],
  });
}

/** Runs with the same label after other leading name parts. */
function runsOfOthers(queries: Queries, typedId: string): readonly string[] {
  const others = runsLabelled(queries, typedId, shown);
  return others.length === 0 ? [] : [`Other datasets have: ${others.join(', ')}`];
}
