import type { WorkflowPreview } from '../../contract/workflows.ts';
import { defineCommand } from '../command.ts';
import { type Column, renderTable } from '../render/table.ts';

type Row = WorkflowPreview['rows'][number];

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset', names: ['dataset'] } },
  options: {
    limit: { kind: 'integer', short: 'n', takes: 'N', min: 1, summary: 'How many rows; default 20' },
  },
  examples: ['iceberg.analytics.daily_clicks', 'iceberg.analytics.daily_clicks -n 5 --format json'],
  run: async ({ args, options }, { io, connect, format, json, maxWidth }) => {
    const client = await connect();
    const preview = await client.workflow.preview(
      { dataset: args.dataset, limit: options.limit ?? 20 },
      { signal: io.signal },
    );
    if (format === 'json') json(preview);
    else {
      io.stdout.write(renderTable(preview.columns.map(toColumn), preview.rows, { maxWidth }));
      if (preview.rows.length === 0) io.stderr.write('The table has no rows\n');
    }
    return 0;
  },
});

function toColumn({ name, type }: WorkflowPreview['columns'][number]): Column<Row> {
  return {
    header: name,
    align: /INT|DECIMAL|NUMERIC|DOUBLE|FLOAT|REAL/i.test(type) ? 'right' : 'left',
    value: (row) => cellText(row[name]),
  };
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
