import { DliError } from '../contract/errors.ts';
import type { WorkflowRun } from '../contract/runs.ts';
import { commandLine } from './render/command-line.ts';
import { runErrorText } from './render/run.ts';

/** Makes the error for a run that ended without completing: what happened, its own error, and where its log is. */
export function runFailed(run: WorkflowRun): DliError {
  const what = run.status === 'KILLED' ? 'was stopped' : 'did not complete';
  const why = run.error ? [runErrorText(run.error)] : run.reason === null ? [] : [run.reason];
  return new DliError('DLI-802', `Run ${run.run_id} ${what}`, {
    hints: [
      ...why,
      ...(run.published && run.status === 'FAILED' ? ['Its data is published; what failed came after the commit'] : []),
      `See its log: ${commandLine(['dli', 'workflow', 'logs', run.run_id])}`,
    ],
  });
}
