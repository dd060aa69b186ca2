import type { WorkflowTick } from '../../contract/ticks.ts';
import type { Column } from './table.ts';
import { formatTime } from './times.ts';

/** The columns of a table of ticks, with their times in the schedule's timezone. */
export function tickColumns(timeZone: string): readonly Column<WorkflowTick>[] {
  return [
    {
      header: 'TICK',
      minWidth: 16,
      isWhole: true,
      value: ({ scheduled_at }) => formatTime(scheduled_at, { timeZone }),
    },
    { header: 'DATE', minWidth: 10, value: ({ execution_date }) => execution_date },
    { header: 'OUTCOME', value: ({ outcome, reason }) => outcome ?? (reason === null ? 'to come' : 'open') },
    {
      header: 'NOTE',
      value: ({ run_id, reason, note }) =>
        [run_id?.slice(run_id.lastIndexOf('.') + 1), reason, note].filter(Boolean).join('; '),
    },
  ];
}
