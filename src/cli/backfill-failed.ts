import type { BasecampClient } from '../client/basecamp-client.ts';
import type { Backfill } from '../contract/backfills.ts';
import { DliError } from '../contract/errors.ts';
import { commandLine } from './render/command-line.ts';
import { runErrorText } from './render/run.ts';
import { resumeAdvice } from './resume-advice.ts';

/** Makes the error for a backfill that ended without completing. Its last line is the command that goes on with the rest. */
export async function backfillFailed(
  client: BasecampClient,
  backfill: Backfill,
  signal: AbortSignal,
): Promise<DliError> {
  const { backfill_id, failed_run_id, reason, status } = backfill;
  const run = failed_run_id === null ? undefined : await client.workflow.status({ run_id: failed_run_id }, { signal });
  const resume = await resumeAdvice(client, backfill, signal);
  const what = status === 'KILLED' ? 'was stopped' : 'did not complete';
  return new DliError('DLI-802', `Backfill ${backfill_id} ${what}`, {
    hints: [
      ...(run?.error ? [`${run.execution_date}: ${runErrorText(run.error)}`] : reason === null ? [] : [reason]),
      ...(run ? [`See the log: ${commandLine(['dli', 'workflow', 'logs', run.run_id])}`] : []),
      ...(resume ? [`${resume.obstacle ?? 'Run the dates that did not complete'}:`, resume.command] : []),
    ],
  });
}
