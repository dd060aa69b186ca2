import type { RunError, WorkflowRun } from '../../contract/runs.ts';
import { type Fact, factLines } from './facts.ts';
import { sourceWord, statusText } from './status-words.ts';
import { formatDuration, formatTime } from './times.ts';
import { visibleLine, visibleText } from './visible.ts';

/** Writes how a run stands, a fact a line; the first is `Status: RUNNING`. */
export function runLines(run: WorkflowRun, { timeZone }: { readonly timeZone: string }): readonly string[] {
  const time = (instant: string | null) =>
    instant === null ? undefined : formatTime(instant, { timeZone, precision: 'seconds' });
  const params = Object.entries(run.params).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const facts: readonly Fact[] = [
    ['Status', statusText(run)],
    ['Run', visibleLine(run.run_id)],
    ['Dataset', `${visibleLine(run.dataset_name)} (${sourceWord(run.source_type)})`],
    ['Type', run.run_type],
    ['Backfill', run.backfill_id ?? undefined],
    ['Execution date', run.execution_date ?? undefined],
    ['Parameters', params.length === 0 ? undefined : visibleLine(params.join(', '))],
    ['Revision', run.revision.slice(0, 16)],
    ['Attempt', `${run.attempt} of ${run.max_attempts}`],
    ['Created', `${time(run.created_at)} by ${visibleLine(run.triggered_by)}`],
    ['Started', time(run.started_at)],
    ['Stop requested', time(run.stop_requested_at)],
    ['Finished', time(run.finished_at)],
    ['Duration', run.duration_seconds === null ? undefined : formatDuration(run.duration_seconds)],
    ['Published', run.published ? 'yes' : 'no'],
    ['Reason', run.reason === null ? undefined : visibleText(run.reason)],
    ['Error', run.error === null ? undefined : visibleText(runErrorText(run.error))],
  ];
  return factLines(facts);
}

/** Writes a run's error with its code and place: `[DLI-815] … (in query, line 3, column 5 of the SQL as it ran)`. */
export function runErrorText({ code, message, statement, line, column }: RunError): string {
  const places = [
    ...(statement === null ? [] : [`in ${statement}`]),
    ...(line === null ? [] : [`line ${line}`]),
    ...(column === null ? [] : [`column ${column}`]),
  ];
  // A statement that ran was rendered, and perhaps translated; an error without one is in the spec's own text.
  const text = statement === null || line === null ? '' : ' of the SQL as it ran';
  return `[${code}] ${message}${places.length === 0 ? '' : ` (${places.join(', ')}${text})`}`;
}
