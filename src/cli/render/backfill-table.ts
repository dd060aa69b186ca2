import type { Backfill } from '../../contract/backfills.ts';
import { datesDone } from './backfill.ts';
import type { Paint } from './paint.ts';
import { paintStatus, statusWord } from './status-words.ts';
import type { Column } from './table.ts';

/** The columns of a list of backfills, whose ids say when they were created. */
export function backfillColumns(paint: Paint): readonly Column<Backfill>[] {
  return [
    { header: 'BACKFILL', isWhole: true, value: ({ backfill_id }) => backfill_id },
    {
      header: 'STATUS',
      isWhole: true,
      value: statusWord,
      paint: (text, backfill) => paintStatus(text, backfill, paint),
    },
    { header: 'DONE', isWhole: true, align: 'right', value: (one) => `${datesDone(one)}/${one.total_runs}` },
    { header: 'FROM', isWhole: true, value: ({ start_date }) => start_date },
    { header: 'TO', isWhole: true, value: ({ end_date }) => end_date },
    { header: 'DATASET', value: ({ dataset_name }) => dataset_name },
  ];
}
