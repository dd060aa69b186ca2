import type { WorkflowRun } from '../../contract/runs.ts';
import type { WorkflowDetail } from '../../contract/workflows.ts';
import { explanationLines } from './explanation.ts';
import { type Fact, factLines } from './facts.ts';
import { nextTickText } from './next-tick.ts';
import { pausedText } from './paused.ts';
import { sourceWord, statusWord } from './status-words.ts';
import { type Column, renderTable } from './table.ts';
import { tickColumns } from './tick-columns.ts';
import { formatDuration, formatTime } from './times.ts';
import { visibleLine, visibleText } from './visible.ts';
import { foldText } from './wrap.ts';

interface Style {
  readonly timeZone: string;
  readonly maxWidth: number | undefined;
}

/** Writes everything that is known of a workflow, a section each. */
export function workflowLines(workflow: WorkflowDetail, style: Style): readonly string[] {
  const { explanation, statements, parameters, last_runs } = workflow;
  // What stands below a title is indented.
  const inner = style.maxWidth === undefined ? undefined : style.maxWidth - 2;
  return [
    ...factLines(factsOf(workflow, style.timeZone)),
    ...section(
      'Parameters',
      parameters.map((parameter) => foldText(parameterLine(parameter), inner)),
    ),
    ...section('SQL', statements.flatMap(statementLines)),
    ...section('Ticks', tickLines(workflow, { ...style, maxWidth: inner })),
    ...section('Last runs', last_runs.length === 0 ? [] : runTable(last_runs, { ...style, maxWidth: inner })),
    ...section(
      'Now',
      explanationLines(explanation, { ...style, maxWidth: inner }).filter((line) => !line.startsWith('  ')),
    ),
  ];
}

function factsOf(workflow: WorkflowDetail, timeZone: string): readonly Fact[] {
  const { schedule, paused } = workflow;
  const list = (names: readonly string[]) => (names.length === 0 ? undefined : visibleLine(names.join(', ')));
  return [
    ['Workflow', visibleLine(workflow.dataset_name)],
    ['Status', workflow.status],
    ['Paused', paused ? pausedText(paused, timeZone) : undefined],
    ['Description', workflow.description === null ? undefined : visibleLine(workflow.description)],
    ['Owner', visibleLine(`${workflow.owner} (${workflow.team})`)],
    ...workflow.registrations.map((one): Fact => [sourceWord(one.source_type), registrationText(one, timeZone)]),
    [
      'Schedule',
      schedule
        ? `${schedule.cron} (${schedule.timezone})${schedule.enabled ? '' : ', disabled'}`
        : 'none; it runs on demand',
    ],
    [
      'Ticks',
      schedule
        ? `compute the ${schedule.execution_date === 'same_day' ? 'same day' : 'day before'}; catchup: ${schedule.catchup}; overlap: ${schedule.overlap}`
        : undefined,
    ],
    ['Next run', nextTickText(workflow)],
    ['Attempts', schedule ? `${schedule.retry.max_attempts}, ${schedule.retry.delay_seconds} s apart` : '1'],
    [
      'Runs in',
      `warehouse ${workflow.warehouse}${workflow.dialect === null ? '' : `, written in ${workflow.dialect}`}; at most ${formatDuration(workflow.timeout_seconds)} an attempt`,
    ],
    ['Reads', list(workflow.reads)],
    ['Writes', list(workflow.writes)],
    ['Read by', list(workflow.read_by)],
    // Also of the one that is overridden, which takes over some day; each names its file.
    ...workflow.registrations.map(
      ({ spec_error }): Fact => ['Spec error', spec_error === null ? undefined : visibleText(spec_error)],
    ),
  ];
}

function registrationText(
  { revision, effective, updated_at }: WorkflowDetail['registrations'][number],
  timeZone: string,
): string {
  const parts = [
    `revision ${revision.slice(0, 16)}`,
    formatTime(updated_at, { timeZone }),
    ...(effective ? [] : ['overridden by code']),
  ];
  return parts.join(', ');
}

function parameterLine({
  name,
  type,
  required,
  default: fallback,
  description,
}: WorkflowDetail['parameters'][number]): string {
  const rule = required ? 'required' : `optional, default ${JSON.stringify(fallback)}`;
  return visibleLine(`${name} (${type}, ${rule})${description === null ? '' : `: ${description}`}`);
}

/** Writes a statement under its name. */
export function statementLines({ label, phase, sql }: WorkflowDetail['statements'][number]): readonly string[] {
  const when = phase === 'after_commit' ? ' (after the commit)' : '';
  return [`-- ${visibleLine(label)}${when}`, ...visibleText(sql).trimEnd().split('\n')];
}

function runTable(runs: readonly WorkflowRun[], { timeZone, maxWidth }: Style): readonly string[] {
  const columns: readonly Column<WorkflowRun>[] = [
    { header: 'RUN ID', isWhole: true, value: ({ run_id }) => run_id.slice(run_id.lastIndexOf('.') + 1) },
    { header: 'STATUS', isWhole: true, value: statusWord },
    { header: 'TYPE', isWhole: true, value: ({ run_type }) => run_type },
    { header: 'DATE', isWhole: true, value: ({ execution_date }) => execution_date ?? '-' },
    {
      header: 'STARTED',
      isWhole: true,
      value: ({ started_at }) => (started_at === null ? '-' : formatTime(started_at, { timeZone })),
    },
  ];
  return renderTable(columns, runs, { maxWidth }).trimEnd().split('\n');
}

function tickLines({ last_ticks, next_ticks, schedule }: WorkflowDetail, { maxWidth }: Style): readonly string[] {
  const ticks = [...last_ticks, ...next_ticks];
  if (ticks.length === 0) return [];
  const columns = tickColumns(schedule?.timezone ?? 'UTC');
  return renderTable(columns, ticks, { maxWidth }).trimEnd().split('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0
    ? []
    : ['', `${title}:`, ...lines.flatMap((line) => line.split('\n').map((part) => `  ${part}`))];
}
