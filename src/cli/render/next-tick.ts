import type { WorkflowInfo } from '../../contract/workflows.ts';
import { formatTime } from './times.ts';

/** Writes a workflow's next tick in its schedule's timezone; undefined when there is none. */
export function nextTickText({
  schedule,
  next_run_at,
}: Pick<WorkflowInfo, 'schedule' | 'next_run_at'>): string | undefined {
  if (schedule === null || next_run_at === null) return undefined;
  return formatTime(next_run_at, { timeZone: schedule.timezone });
}
