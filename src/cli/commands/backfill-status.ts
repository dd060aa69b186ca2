import { DliError } from '../../contract/errors.ts';
import { defineCommand, type Given } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { readPages } from '../pages.ts';
import { backfillLines } from '../render/backfill.ts';
import { backfillColumns } from '../render/backfill-table.ts';
import { runStatusChoices } from '../render/status-words.ts';
import { renderTable } from '../render/table.ts';
import { resumeAdvice } from '../resume-advice.ts';
import { refuseRunId } from '../run-or-backfill.ts';

const args = {
  backfill_id: {
    summary: 'Backfill id, as backfill prints it; it begins with bf-. Without one, the newest backfills are listed',
    optional: true,
    names: ['backfill'],
  },
} as const;

const options = {
  dataset: { kind: 'text', short: 'd', takes: 'DATASET', summary: 'List those of this dataset', names: ['dataset'] },
  status: { kind: 'choice', short: 's', choices: runStatusChoices, summary: 'List those of this status' },
  limit: { kind: 'integer', short: 'n', takes: 'N', min: 1, summary: 'How many to list, newest first; default 20' },
  since: { kind: 'date', summary: 'List those created on or after this date, UTC' },
  until: { kind: 'date', summary: 'List those created on or before this date, UTC' },
} as const;

type StatusGiven = Given<typeof args, typeof options>;

export const command = defineCommand({
  args,
  options,
  examples: ['', 'bf-20240115-093045', '-d iceberg.analytics.daily_clicks -s failed', '-n 5 --format json'],
  run: async (given, context) => {
    const { backfill_id: backfillId } = given.args;
    if (backfillId === undefined) await listBackfills(given, context);
    else await showBackfill(backfillId, given, context);
    return 0;
  },
});

async function showBackfill(
  backfillId: string,
  { options: filters }: StatusGiven,
  { io, connect, format, json, say }: CommandContext,
): Promise<void> {
  refuseRunId(backfillId);
  const given: Readonly<Record<string, unknown>> = filters;
  const filter = Object.keys(options).find((name) => given[name] !== undefined);
  if (filter !== undefined) {
    throw new DliError('DLI-400', `Both a backfill ('${backfillId}') and --${filter} are given`, {
      hints: [
        `Allowed: a backfill's id, or options that say which backfills to list`,
        'More: dli workflow backfill-status --help',
      ],
    });
  }
  const client = await connect();
  const backfill = await client.backfill.status({ backfill_id: backfillId }, { signal: io.signal });
  if (format === 'json') {
    json(backfill);
    return;
  }
  const advice = await resumeAdvice(client, backfill, io.signal);
  const resume = advice && (advice.obstacle === null ? advice.command : `${advice.obstacle}: ${advice.command}`);
  say(...backfillLines(backfill, { ...io, resume }));
}

async function listBackfills(
  { options: { dataset, status, since, until, limit = 20 } }: StatusGiven,
  { io, connect, format, json, maxWidth, paint }: CommandContext,
): Promise<void> {
  const client = await connect();
  const filters = { dataset_name: dataset, status, start_date: since, end_date: until };
  const page = await readPages((each) => client.backfill.list({ ...each, ...filters }, { signal: io.signal }), {
    limit,
  });
  if (format === 'json') {
    json(page);
    return;
  }
  io.stdout.write(renderTable(backfillColumns(paint), page.items, { maxWidth }));
  if (page.items.length > 0) return;
  const isFiltered = Object.values(filters).some((one) => one !== undefined);
  io.stderr.write(
    isFiltered
      ? 'No such backfills\n'
      : 'No backfills yet. Start one with: dli workflow backfill <dataset> -s YYYY-MM-DD -e YYYY-MM-DD\n',
  );
}
