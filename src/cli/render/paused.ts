import type { WorkflowInfo } from '../../contract/workflows.ts';
import { formatTime } from './times.ts';
import { visibleLine } from './visible.ts';

/** Writes a pause: `since 2024-01-15 09:30 by ann: source is late`. */
export function pausedText({ at, by, reason }: NonNullable<WorkflowInfo['paused']>, timeZone: string): string {
  return visibleLine(`since ${formatTime(at, { timeZone })} by ${by}${reason ? `: ${reason}` : ''}`);
}
