import { DliError } from '../contract/errors.ts';
import { isBackfillId } from '../core/run-id.ts';
import { commandLine } from './render/command-line.ts';

/** Tells whether a text ends as a run's id does, with its date and time. */
export function looksLikeRunId(id: string): boolean {
  return /_\d{8}_\d{6}(?:_\d+)?$/.test(id);
}

/** Checks that `id` may be a run's. @throws DLI-809 for a backfill's, with the command that shows it */
export function refuseBackfillId(id: string): void {
  if (!isBackfillId(id)) return;
  throw new DliError('DLI-809', `'${id}' is the id of a backfill, not of a run`, {
    hints: [`See the backfill and its first failure: ${commandLine(['dli', 'workflow', 'backfill-status', id])}`],
  });
}

/** Checks that `id` may be a backfill's. @throws DLI-809 for a run's, with the command that shows it */
export function refuseRunId(id: string): void {
  if (!looksLikeRunId(id)) return;
  throw new DliError('DLI-809', `'${id}' is the id of a run, not of a backfill`, {
    hints: [`See the run, and the backfill it is of: ${commandLine(['dli', 'workflow', 'status', id])}`],
  });
}
