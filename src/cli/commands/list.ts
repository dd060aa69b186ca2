import type { WorkflowInfo } from '../../contract/workflows.ts';
import { defineCommand } from '../command.ts';
import { readPages } from '../pages.ts';
import { sourceChoices, sourceWord, statusWord } from '../render/status-words.ts';
import { type Column, renderTable } from '../render/table.ts';
import { formatTime } from '../render/times.ts';

export const command = defineCommand({
  args: {},
  options: {
    source: { kind: 'choice', choices: sourceChoices, summary: 'Only workflows whose spec this source owns' },
    status: {
      kind: 'choice',
      choices: { active: 'active', paused: 'paused', overridden: 'overridden' },
      summary: 'Only workflows of this status',
    },
    running: { kind: 'flag', summary: 'Only workflows with a run at work' },
    'enabled-only': { kind: 'flag', summary: 'Only workflows with an enabled schedule' },
    dataset: {
      kind: 'text',
      short: 'd',
      takes: 'PATTERN',
      summary: 'Part of the name; * stands for any text',
      names: ['dataset'],
    },
    wide: { kind: 'flag', short: 'w', summary: 'More columns: OWNER, LAST RUN' },
  },
  examples: ['', '--source code --enabled-only', "-d 'iceberg.*clicks' --wide", '--running --format json'],
  run: async ({ options }, { io, connect, format, json, maxWidth }) => {
    const client = await connect();
    const source = options.source === 'all' ? undefined : options.source;
    const page = await readPages((each) =>
      client.workflow.list(
        {
          ...each,
          source_type: source,
          status: options.status,
          running: options.running || undefined,
          enabled_only: options['enabled-only'] || undefined,
          dataset: options.dataset,
        },
        { signal: io.signal },
      ),
    );
    if (format === 'json') {
      json(page);
      return 0;
    }
    io.stdout.write(renderTable(columns({ isWide: options.wide, timeZone: io.timeZone }), page.items, { maxWidth }));
    if (page.items.length === 0) {
      const isFiltered =
        options.running ||
        options['enabled-only'] ||
        [source, options.status, options.dataset].some((one) => one !== undefined);
      io.stderr.write(
        isFiltered ? 'No such workflows\n' : 'No workflows yet. Register one with: dli workflow register <spec>\n',
      );
    }
    return 0;
  },
});

function columns({
  isWide,
  timeZone,
}: {
  readonly isWide: boolean;
  readonly timeZone: string;
}): readonly Column<WorkflowInfo>[] {
  return [
    { header: 'DATASET', minWidth: 35, isWhole: true, value: ({ dataset_name }) => dataset_name },
    { header: 'SOURCE', minWidth: 7, isWhole: true, value: ({ source_type }) => sourceWord(source_type) },
    {
      header: 'STATUS',
      minWidth: 7,
      isWhole: true,
      value: ({ status, spec_error }) => (spec_error === null ? status : `${status} (spec error)`),
    },
    { header: 'CRON', minWidth: 11, value: ({ schedule }) => schedule?.cron ?? '-' },
    { header: 'NEXT RUN', isWhole: true, value: nextRun },
    ...(isWide
      ? [
          { header: 'OWNER', value: ({ owner }: WorkflowInfo) => owner },
          { header: 'LAST RUN', value: ({ last_run }: WorkflowInfo) => lastRun(last_run, timeZone) },
        ]
      : []),
  ];
}

function nextRun({ status, schedule, next_run_at }: WorkflowInfo): string {
  if (status === 'overridden') return '- (overridden by code)';
  if (schedule && !schedule.enabled) return '- (disabled)';
  return schedule && next_run_at !== null ? formatTime(next_run_at, { timeZone: schedule.timezone }) : '-';
}

function lastRun(run: WorkflowInfo['last_run'], timeZone: string): string {
  return run === null ? '-' : `${statusWord(run)}, ${formatTime(run.started_at ?? run.created_at, { timeZone })}`;
}
