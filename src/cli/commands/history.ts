import type { BasecampClient } from '../../client/basecamp-client.ts';
import type { WorkflowRun } from '../../contract/runs.ts';
import type { WorkflowInfo } from '../../contract/workflows.ts';
import { shortRunId } from '../../core/run-id.ts';
import { defineCommand } from '../command.ts';
import { noRunsText } from '../no-runs.ts';
import { readPages } from '../pages.ts';
import type { Paint } from '../render/paint.ts';
import { paintStatus, runStatusChoices, sourceChoices, sourceWord, statusWord } from '../render/status-words.ts';
import { type Column, renderTable } from '../render/table.ts';
import { formatDuration, formatTime } from '../render/times.ts';

const runTypeChoices = { adhoc: 'adhoc', scheduled: 'scheduled', backfill: 'backfill' } as const;

export const command = defineCommand({
  args: {},
  options: {
    dataset: { kind: 'text', short: 'd', takes: 'DATASET', summary: 'Only runs of this dataset', names: ['dataset'] },
    source: { kind: 'choice', choices: sourceChoices, summary: 'Only runs of a spec that this source owned' },
    status: { kind: 'choice', short: 's', choices: runStatusChoices, summary: 'Only runs of this status' },
    type: { kind: 'choice', choices: runTypeChoices, summary: 'Only runs that were asked for so' },
    limit: { kind: 'integer', short: 'n', takes: 'N', min: 1, summary: 'How many runs, newest first; default 20' },
    since: { kind: 'date', summary: 'Only runs created on or after this date, UTC' },
    until: { kind: 'date', summary: 'Only runs created on or before this date, UTC' },
    'show-dataset-info': { kind: 'flag', summary: 'More columns: DATASET, SOURCE, OWNER, TEAM' },
    wide: { kind: 'flag', short: 'w', summary: 'More columns: DATE, DURATION, ATTEMPTS, TRIGGER, REASON' },
  },
  examples: [
    '-d iceberg.analytics.daily_clicks -n 5',
    '-s failed --since 2024-01-01 --wide',
    '--source code --type backfill --format json',
  ],
  run: async ({ options }, { io, connect, format, json, maxWidth, paint }) => {
    const client = await connect();
    const source = options.source === 'all' ? undefined : options.source;
    const page = await readPages(
      (each) =>
        client.workflow.history(
          {
            ...each,
            dataset_name: options.dataset,
            source_type: source,
            status: options.status,
            run_type: options.type,
            start_date: options.since,
            end_date: options.until,
          },
          { signal: io.signal },
        ),
      { limit: options.limit ?? 20 },
    );
    if (format === 'json') {
      json(page);
      return 0;
    }
    const infos = options['show-dataset-info'] ? await readInfos(client, options.dataset, io.signal) : undefined;
    const columns = runColumns({ paint, timeZone: io.timeZone, isShort: options.dataset !== undefined });
    const more = [...(infos ? infoColumns(infos) : []), ...(options.wide ? wideColumns : [])];
    io.stdout.write(renderTable([...columns, ...more], page.items, { maxWidth }));
    if (page.items.length === 0) {
      const isFiltered = [options.source, options.status, options.type, options.since, options.until].some(
        (one) => one !== undefined,
      );
      io.stderr.write(`${await noRunsText(client, { dataset: options.dataset, isFiltered, signal: io.signal })}\n`);
    }
    return 0;
  },
});

interface RunColumnOptions {
  readonly paint: Paint;
  readonly timeZone: string;
  /** All runs are of one dataset, so their ids are shown without its leading name parts. */
  readonly isShort: boolean;
}

function runColumns({ paint, timeZone, isShort }: RunColumnOptions): readonly Column<WorkflowRun>[] {
  return [
    {
      header: 'RUN ID',
      minWidth: 40,
      isWhole: true,
      value: ({ run_id }) => (isShort ? shortRunId(run_id) : run_id),
    },
    {
      header: 'STATUS',
      minWidth: 9,
      isWhole: true,
      value: statusWord,
      paint: (text, run) => paintStatus(text, run, paint),
    },
    { header: 'TYPE', minWidth: 8, isWhole: true, value: ({ run_type }) => run_type },
    {
      header: 'STARTED',
      isWhole: true,
      value: ({ started_at }) => (started_at === null ? '-' : formatTime(started_at, { timeZone })),
    },
  ];
}

const wideColumns: readonly Column<WorkflowRun>[] = [
  { header: 'DATE', isWhole: true, value: ({ execution_date }) => execution_date ?? '-' },
  {
    header: 'DURATION',
    isWhole: true,
    value: ({ duration_seconds }) => (duration_seconds === null ? '-' : formatDuration(duration_seconds)),
  },
  { header: 'ATTEMPTS', isWhole: true, value: ({ attempt, max_attempts }) => `${attempt}/${max_attempts}` },
  { header: 'TRIGGER', value: ({ triggered_by }) => triggered_by },
  { header: 'REASON', value: ({ reason }) => reason ?? '-' },
];

function infoColumns(infos: ReadonlyMap<string, WorkflowInfo>): readonly Column<WorkflowRun>[] {
  return [
    { header: 'DATASET', isWhole: true, value: ({ dataset_name }) => dataset_name },
    { header: 'SOURCE', value: ({ source_type }) => sourceWord(source_type) },
    { header: 'OWNER', value: ({ dataset_name }) => infos.get(dataset_name)?.owner ?? '-' },
    { header: 'TEAM', value: ({ dataset_name }) => infos.get(dataset_name)?.team ?? '-' },
  ];
}

async function readInfos(
  client: BasecampClient,
  dataset: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, WorkflowInfo>> {
  const { items } = await readPages((each) => client.workflow.list({ ...each, dataset }, { signal }));
  // An overridden registration is not the effective one.
  return new Map(items.filter(({ status }) => status !== 'overridden').map((info) => [info.dataset_name, info]));
}
