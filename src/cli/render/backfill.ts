import type { Backfill } from '../../contract/backfills.ts';
import { commandLine } from './command-line.ts';
import { type Fact, factLines } from './facts.ts';
import { formatDuration, formatTime } from './times.ts';
import { visibleLine, visibleText } from './visible.ts';

/** Counts the dates of a backfill that are computed: one that failed, or was given up after a failure, is not done. */
export function datesDone({ counts }: Pick<Backfill, 'counts'>): number {
  return counts.COMPLETED;
}

/** Writes how a backfill stands, a fact a line; the first is `Status: RUNNING`, the last `resume`, how to go on with the rest. */
export function backfillLines(
  backfill: Backfill,
  { timeZone, resume }: { readonly timeZone: string; readonly resume: string | undefined },
): readonly string[] {
  const { counts, slowest } = backfill;
  const time = (instant: string | null) =>
    instant === null ? undefined : formatTime(instant, { timeZone, precision: 'seconds' });
  const isEnded = backfill.finished_at !== null;
  const facts: readonly Fact[] = [
    ['Status', backfill.stop_requested_at !== null && !isEnded ? `${backfill.status} (stopping)` : backfill.status],
    ['Backfill', backfill.backfill_id],
    ['Dataset', visibleLine(backfill.dataset_name)],
    ['Dates', `${backfill.start_date} to ${backfill.end_date} (${countDates(backfill.total_runs)})`],
    ['Done', `${datesDone(backfill)} of ${backfill.total_runs}: ${countsText(backfill)}`],
    ['At work', backfill.current_date ?? (counts.RUNNING > 0 ? `${counts.RUNNING}` : undefined)],
    ['Created', `${time(backfill.created_at)} by ${visibleLine(backfill.requested_by)}`],
    ['Finished', time(backfill.finished_at)],
    [
      'Slowest date',
      slowest === null ? undefined : `${slowest.execution_date} (${formatDuration(slowest.duration_seconds)})`,
    ],
    ['Reason', backfill.reason === null ? undefined : visibleText(backfill.reason)],
    [
      'First failure',
      backfill.failed_run_id === null ? undefined : commandLine(['dli', 'workflow', 'logs', backfill.failed_run_id]),
    ],
    ['Resume', resume],
  ];
  return factLines(facts);
}

/** Writes how many dates of a backfill ended in which way: `3 completed, 1 failed, 3 killed`. */
export function countsText({ counts }: Pick<Backfill, 'counts'>): string {
  const parts = [
    `${counts.COMPLETED} completed`,
    ...(counts.FAILED > 0 ? [`${counts.FAILED} failed`] : []),
    ...(counts.KILLED > 0 ? [`${counts.KILLED} killed`] : []),
  ];
  return parts.join(', ');
}

/** Writes a number of dates: `1 date`, `7 dates`. */
export function countDates(count: number): string {
  return `${count} date${count === 1 ? '' : 's'}`;
}

/** Writes how a backfill ended in one line: dates, time, the slowest date. */
export function summaryLine(backfill: Backfill, { elapsedSeconds }: { readonly elapsedSeconds: number }): string {
  const { status, total_runs, slowest } = backfill;
  const dates =
    status === 'COMPLETED' ? countDates(total_runs) : `${countsText(backfill)}, of ${countDates(total_runs)}`;
  const slow =
    slowest === null ? '' : `; slowest ${slowest.execution_date} (${formatDuration(slowest.duration_seconds)})`;
  return `Backfill ${status.toLowerCase()}: ${dates} in ${formatDuration(elapsedSeconds)}${slow}`;
}
