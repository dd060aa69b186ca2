import type { Backfill, BackfillEstimate } from '../../contract/backfills.ts';
import { counted } from '../../core/counted.ts';
import { commandLine } from './command-line.ts';
import { type Fact, factLines } from './facts.ts';
import { formatDuration, formatTime } from './times.ts';
import { visibleLine, visibleText } from './visible.ts';

/** Dates that a line names. */
const datesShown = 5;

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
    ['Dates', `${backfill.start_date} to ${backfill.end_date} (${countRuns(backfill)})`],
    ['Manner', mannerText(backfill)],
    ['Done', `${datesDone(backfill)} of ${backfill.total_runs}: ${countsText(backfill)}`],
    ['At work', counts.RUNNING > 0 ? listed(backfill.current_dates, counts.RUNNING) : undefined],
    ['Created', `${time(backfill.created_at)} by ${visibleLine(backfill.requested_by)}`],
    ['Resumed', time(backfill.resumed_at)],
    ['Finished', time(backfill.finished_at)],
    [
      'Slowest date',
      slowest === null ? undefined : `${slowest.execution_date} (${formatDuration(slowest.duration_seconds)})`,
    ],
    ['Failed', counts.FAILED > 0 ? failuresText(backfill) : undefined],
    ['Reason', backfill.reason === null ? undefined : visibleText(backfill.reason)],
    [
      'First failure',
      backfill.failed_run_id === null ? undefined : commandLine(['dli', 'workflow', 'logs', backfill.failed_run_id]),
    ],
    ['Summary', isEnded ? summaryLine(backfill, { elapsedSeconds: elapsedOf(backfill) }) : undefined],
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
  const { status, slowest } = backfill;
  const dates = status === 'COMPLETED' ? countRuns(backfill) : `${countsText(backfill)}, of ${countRuns(backfill)}`;
  const slow =
    slowest === null ? '' : `; slowest ${slowest.execution_date} (${formatDuration(slowest.duration_seconds)})`;
  const failed = backfill.counts.FAILED > 0 ? `; failed: ${failuresText(backfill)}` : '';
  return `Backfill ${status.toLowerCase()}: ${dates} in ${formatDuration(elapsedSeconds)}${slow}${failed}`;
}

/** Names the first dates that failed, and how many more there are. */
function failuresText({ failures, counts }: Pick<Backfill, 'failures' | 'counts'>): string {
  return listed(
    failures.map(({ execution_date }) => execution_date),
    counts.FAILED,
  );
}

function listed(dates: readonly string[], count: number): string {
  const shown = dates.slice(0, datesShown);
  const more = count - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** From when it was asked for, or resumed, to its end. */
function elapsedOf({ created_at, resumed_at, finished_at }: Backfill): number {
  return (Date.parse(finished_at ?? created_at) - Date.parse(resumed_at ?? created_at)) / 1000;
}

/** Writes how a backfill goes through its dates. */
export function mannerText({
  parallel,
  reverse,
  continue_on_failure,
  only,
}: Pick<Backfill, 'parallel' | 'reverse' | 'continue_on_failure' | 'only'>): string {
  const order = reverse ? 'from the last to the first' : 'in order';
  return [
    ...(only === null ? [] : [`only ${only} dates`]),
    parallel === 1 ? order : `${order}, ${parallel} at once`,
    continue_on_failure ? 'going on after a failure' : 'stopping at the first failure',
  ].join(', ');
}

/** Writes what a backfill has to do, dates or ticks: `7 dates`, `168 ticks`. */
export function countRuns({ total_runs, ticks }: Pick<Backfill, 'total_runs' | 'ticks'>): string {
  return ticks ? counted(total_runs, 'tick') : countDates(total_runs);
}

/** Writes how long a backfill may take, in a line; none without a past run. */
export function estimateLines(estimate: BackfillEstimate | null): readonly string[] {
  if (estimate === null || estimate.total_seconds === 0) return [];
  const { total_seconds, seconds_per_date, at_once, based_on_runs } = estimate;
  const atOnce = at_once === 1 ? '' : `, ${at_once} at once`;
  const median = based_on_runs === 1 ? 'as the last run' : `median of the last ${based_on_runs} runs`;
  return [`About ${formatDuration(total_seconds)}: ${formatDuration(seconds_per_date)} a date${atOnce}, ${median}`];
}
