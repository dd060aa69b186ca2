import type { RunStatus, WorkflowRun } from '../../contract/runs.ts';
import type { Paint } from './paint.ts';

const words: Readonly<Record<RunStatus, string>> = {
  PENDING: 'pending',
  RUNNING: 'running',
  COMPLETED: 'success',
  FAILED: 'failed',
  KILLED: 'killed',
};

type Standing = Pick<WorkflowRun, 'status' | 'stop_requested_at'>;

/** Says in a table's words how a run stands. */
export function statusWord(run: Standing): string {
  return isStopping(run) ? `${words[run.status]} (stopping)` : words[run.status];
}

/** Says how a run stands with the API's word: `RUNNING`, or `RUNNING (stopping)` until its query is known to be gone. */
export function statusText(run: Standing): string {
  return isStopping(run) ? `${run.status} (stopping)` : run.status;
}

/** A waiting run, too, may have to be stopped by its executor: when only the ledger knows whether it is published. */
function isStopping({ status, stop_requested_at }: Standing): boolean {
  return stop_requested_at !== null && (status === 'RUNNING' || status === 'PENDING');
}

/** Colours a text about a run by how the run stands. */
export function paintStatus(text: string, { status }: Pick<WorkflowRun, 'status'>, paint: Paint): string {
  if (status === 'COMPLETED') return paint.green(text);
  if (status === 'FAILED') return paint.red(text);
  return status === 'RUNNING' ? text : paint.magenta(text);
}

/** What `--status` of runs accepts: the API's word or the table's. */
export const runStatusChoices = {
  success: 'COMPLETED',
  completed: 'COMPLETED',
  failed: 'FAILED',
  running: 'RUNNING',
  pending: 'PENDING',
  killed: 'KILLED',
} as const satisfies Readonly<Record<string, RunStatus>>;

/** What `--source` accepts; `all` filters nothing. */
export const sourceChoices = { code: 'code', manual: 'manual', all: 'all' } as const;

/** Writes who owns a spec as tables do. */
export function sourceWord(source: 'code' | 'manual'): string {
  return source === 'code' ? 'Code' : 'Manual';
}
