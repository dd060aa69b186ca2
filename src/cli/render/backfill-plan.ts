import type { BackfillPlan } from '../../contract/backfills.ts';
import { countRuns, estimateLines, mannerText } from './backfill.ts';
import { statusWord } from './status-words.ts';
import { renderTable } from './table.ts';
import { formatTime } from './times.ts';
import { visibleLine } from './visible.ts';

type PlannedDate = BackfillPlan['dates'][number];

/** Writes what a backfill would do: a row for each date with what would happen to it and why. */
export function renderPlan(
  plan: BackfillPlan,
  { io, maxWidth }: { readonly io: { readonly timeZone: string }; readonly maxWidth: number | undefined },
): string {
  const table = renderTable(
    [
      { header: 'DATE', value: ({ execution_date }) => execution_date },
      ...(plan.ticks
        ? [{ header: 'TICK', value: ({ scheduled_at }: PlannedDate) => formatTime(scheduled_at ?? '', io) }]
        : []),
      { header: 'ACTION', value: ({ action }) => action },
      {
        header: 'LAST RUN',
        value: ({ last_status }) =>
          last_status === null ? '-' : statusWord({ status: last_status, stop_requested_at: null }),
      },
      {
        header: 'LAST SUCCESS',
        value: ({ last_success_at }) => (last_success_at === null ? '-' : formatTime(last_success_at, io)),
      },
      // Without a choice of dates it would only say again what stands beside it.
      ...(plan.only === null ? [] : [{ header: 'WHY', value: ({ reason }: PlannedDate) => reason }]),
    ],
    plan.dates,
    { maxWidth },
  );
  return [
    `Dry run: would run ${visibleLine(plan.dataset_name)} for ${countRuns(plan)}, ${mannerText(plan)}`,
    ...estimateLines(plan.estimate),
    'Nothing was stored or executed.',
    table,
  ].join('\n');
}
