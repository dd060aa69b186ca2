import { defineCommand } from '../command.ts';
import { momentDetails, readMoments } from '../moments.ts';
import { readPages } from '../pages.ts';
import { renderTable } from '../render/table.ts';
import { tickColumns } from '../render/tick-columns.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'The dataset', names: ['dataset'] } },
  options: {
    from: {
      kind: 'text',
      takes: 'TIME',
      summary: 'The earliest tick, this moment included; default the tenth to last',
    },
    to: { kind: 'text', takes: 'TIME', summary: 'The latest tick, this moment included; default no end' },
    limit: { kind: 'integer', short: 'n', takes: 'N', min: 1, max: 100_000, summary: 'How many ticks; default 20' },
  },
  details: [
    'Ticks come in order of time: those that have passed, each with its one outcome (run, skipped_overlap, skipped_paused or missed), the run that it made, and why; then those to come.',
    momentDetails,
    'In JSON, next_cursor is null when no tick follows.',
  ],
  examples: [
    'iceberg.analytics.daily_clicks',
    'iceberg.analytics.daily_clicks --from 2024-01-01 --to 2024-01-31 -n 100',
    'iceberg.analytics.daily_clicks --from 2024-01-15T09:00 --format json',
  ],
  run: async ({ args: { dataset }, options }, { io, connect, format, json, say, maxWidth }) => {
    const client = await connect();
    const { signal } = io;
    const { schedule } = await client.workflow.show({ dataset }, { signal });
    const timezone = schedule?.timezone ?? 'UTC';
    const { from, to } = readMoments(options, timezone);
    const range = { dataset, from: instantText(from), to: instantText(to) };
    const limit = options.limit ?? 20;
    const page = await readPages((each) => client.workflow.ticks({ ...each, ...range }, { signal }), { limit });
    if (format === 'json') {
      json(page);
      return 0;
    }
    io.stdout.write(renderTable(tickColumns(timezone), page.items, { maxWidth }));
    if (page.items.length === 0) {
      const isBounded = from !== undefined || to !== undefined;
      say(
        isBounded
          ? 'No tick is in that range'
          : `Workflow '${dataset}' has no schedule that is enabled, and never had ticks`,
      );
    }
    if (page.next_cursor !== null && to !== undefined) say(`More ticks follow until --to: -n shows more than ${limit}`);
    return 0;
  },
});

function instantText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
