import type { WorkflowRun } from '../contract/runs.ts';
import { commandLine } from './render/command-line.ts';
import { visibleLine } from './render/visible.ts';

/** Says why a log has no lines: no such attempt, not started, never started, or nothing written yet. */
export function emptyLogText(run: WorkflowRun, attempt: number | undefined): string {
  const { run_id, status, max_attempts } = run;
  const id = visibleLine(run_id);
  if (run.attempt === 0) {
    return status === 'PENDING'
      ? `Run ${id} has not started yet; see why: ${visibleLine(commandLine(['dli', 'workflow', 'explain', run_id]))}`
      : `Run ${id} never started: it is ${status}${run.reason === null ? '' : ` (${visibleLine(run.reason)})`}`;
  }
  if (attempt !== undefined && attempt > run.attempt)
    return `Run ${id} has no attempt ${attempt}: it is ${status} at attempt ${run.attempt} of ${max_attempts}`;
  return status === 'RUNNING' ? 'No log lines yet' : `Run ${id} is ${status} and has no log lines`;
}
