import type { BasecampClient } from '../../client/basecamp-client.ts';
import { DliError } from '../../contract/errors.ts';
import type { WorkflowPreview } from '../../contract/workflows.ts';
import { defineCommand } from '../command.ts';
import { runCommand } from '../render/run-command.ts';
import { type Column, renderTable } from '../render/table.ts';

type Row = WorkflowPreview['rows'][number];

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: {
    limit: {
      kind: 'integer',
      short: 'n',
      takes: 'N',
      min: 1,
      max: 1000,
      summary: 'How many rows, at most 1000; default 20',
    },
  },
  examples: ['iceberg.analytics.daily_clicks', 'iceberg.analytics.daily_clicks -n 5 --format json'],
  run: async ({ args, options }, { io, connect, format, json, maxWidth }) => {
    const client = await connect();
    const preview = await client.workflow
      .preview({ dataset: args.dataset, limit: options.limit ?? 20 }, { signal: io.signal })
      .catch(async (error: unknown) => Promise.reject(await withParameters(error, args.dataset, client)));
    if (format === 'json') json(preview);
    else {
      io.stdout.write(renderTable(preview.columns.map(toColumn), preview.rows, { maxWidth }));
      if (preview.rows.length === 0) io.stderr.write('The table has no rows\n');
    }
    return 0;
  },
});

/** The server's hint to run the dataset first does not name the parameters that the run needs. */
async function withParameters(error: unknown, dataset: string, client: BasecampClient): Promise<unknown> {
  const plain = `dli workflow run ${dataset}`;
  if (!(error instanceof DliError) || !error.hints.some((hint) => hint.endsWith(plain))) return error;
  const parameters = await client.workflow.show({ dataset }).then(
    (workflow) => workflow.parameters,
    () => [],
  );
  const hints = error.hints.map((hint) =>
    hint.endsWith(plain) ? hint.slice(0, -plain.length) + runCommand(dataset, parameters) : hint,
  );
  return new DliError(error.code, error.message, { hints, problems: error.problems, cause: error });
}

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
