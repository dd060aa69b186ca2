import { defineCommand } from '../command.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: { 'idempotency-key': idempotencyKeyOption },
  details: ['Runs on demand and backfills need no unpause: a pause holds the schedule only.'],
  examples: ['iceberg.analytics.daily_clicks'],
  run: async ({ args, options }, context) => {
    const { format, json, say } = context;
    const client = await context.connect();
    const workflow = await client.workflow.unpause(
      { dataset: args.dataset },
      callOptions(context, options['idempotency-key']),
    );
    if (format === 'json') json(workflow);
    else say(`Workflow unpaused: ${visibleLine(workflow.dataset_name)}`);
    return 0;
  },
});
