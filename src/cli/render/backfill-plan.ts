import type { BackfillPlan } from '../../contract/backfills.ts';
import { countDates } from './backfill.ts';
import { statusWord } from './status-words.ts';
import { renderTable } from './table.ts';
import { formatTime } from './times.ts';
import { visibleLine } from './visible.ts';

/** Writes what a backfill would do: a row for each date with what is known of it. */
export function renderPlan(
  plan: BackfillPlan,
  { io, maxWidth }: { readonly io: { readonly timeZone: string }; readonly maxWidth: number | undefined },
): string {
  const table = renderTable(
    [
      { header: 'DATE', value: ({ execution_date }) => execution_date },
      {
        header: 'LAST RUN',
        value: ({ last_status }) =>
          last_status === null ? '-' : statusWord({ status: last_status, stop_requested_at: null }),
      },
      {
        header: 'LAST SUCCESS',
        value: ({ last_success_at }) => (last_success_at === null ? '-' : formatTime(last_success_at, io)),
      },
    ],
    plan.dates,
    { maxWidth },
  );
  return [
    `Dry run: would run ${visibleLine(plan.dataset_name)} for ${countDates(plan.total_runs)}, in order, stopping at the first failure`,
    'Nothing was stored or executed.',
    table,
  ].join('\n');
}
