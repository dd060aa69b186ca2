import type { WorkflowRun } from '../../contract/runs.ts';
import { commandLine } from './command-line.ts';
import { visibleLine } from './visible.ts';

/** Says what became of a run that was to be stopped, and what to type next; the first line is `Run stopped: …`. */
export function stopLines(run: WorkflowRun): readonly string[] {
  const runId = visibleLine(run.run_id);
  const look = (...more: readonly string[]) => visibleLine(commandLine(['dli', 'workflow', ...more]));
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
        run.backfill_id === null
          ? `To run it again: ${visibleLine(runAgain(run))}`
          : `Its backfill ends with it: ${look('backfill-status', run.backfill_id)}`,
      ];
    default:
      return [`Run ${run.status.toLowerCase()} before it could be stopped: ${runId}`];
  }
}

function runAgain({ dataset_name, params }: WorkflowRun): string {
  const given = Object.entries(params).filter(([, value]) => value !== null);
  const options = given.flatMap(([name, value]) => [
    '-p',
    `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ]);
  return commandLine(['dli', 'workflow', 'run', dataset_name, ...options]);
}
