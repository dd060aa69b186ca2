import type { WorkflowRun } from '../../contract/runs.ts';
import { commandLine } from './command-line.ts';
import { visibleLine } from './visible.ts';

/**
 * Says what became of a run that was to be stopped, and what to type next; the first line is `Run stopped: …`. Only of a
 * dataset that is still registered is it told how to run it again.
 */
export function stopLines(run: WorkflowRun, { isRegistered }: { readonly isRegistered: boolean }): readonly string[] {
  const runId = visibleLine(run.run_id);
  switch (run.status) {
    case 'RUNNING':
      return [
        `Run stopping: ${runId}`,
        'The warehouse has not confirmed yet that its query is gone. It goes on being interrupted; then its process is ended.',
        `See when it has ended: ${look('status', run.run_id, '--follow')}`,
      ];
    case 'PENDING':
      return [
        `Run stopping: ${runId}`,
        'It may be published already, so the ledger is asked first, which was not possible yet.',
        `See why: ${look('explain', run.run_id)}`,
      ];
    case 'KILLED':
      return [
        `Run stopped: ${runId}`,
        'Nothing of it is published: the table is as it was.',
        whatNext(run, isRegistered),
      ];
    default:
      return [`Run ${run.status.toLowerCase()} before it could be stopped: ${runId}`];
  }
}

function whatNext(run: WorkflowRun, isRegistered: boolean): string {
  const { backfill_id: backfillId, dataset_name: dataset, run_id: runId } = run;
  if (backfillId !== null) return `Its backfill ends with it: ${look('backfill-status', backfillId)}`;
  if (isRegistered) return `To run it again: ${visibleLine(runAgain(run))}`;
  return `${visibleLine(dataset)} is not registered any more; what the run was made of: ${look('show', dataset, '--revision', runId)}`;
}

function look(...more: readonly string[]): string {
  return visibleLine(commandLine(['dli', 'workflow', ...more]));
}

function runAgain({ dataset_name, params }: WorkflowRun): string {
  const given = Object.entries(params).filter(([, value]) => value !== null);
  const options = given.flatMap(([name, value]) => [
    '-p',
    `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ]);
  return commandLine(['dli', 'workflow', 'run', dataset_name, ...options]);
}
