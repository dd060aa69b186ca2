import { defineCommand } from '../command.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: {
    reason: { kind: 'text', takes: 'TEXT', summary: 'Why; kept and shown' },
    'idempotency-key': idempotencyKeyOption,
  },
  details: ['No scheduled run starts while it is paused. What runs finishes; runs on demand and backfills still work.'],
  examples: ['iceberg.analytics.daily_clicks', "iceberg.analytics.daily_clicks --reason 'source is late'"],
  run: async ({ args, options }, context) => {
    const { format, json, say } = context;
    const client = await context.connect();
    const { dataset } = args;
    const workflow = await client.workflow.pause(
      { dataset, reason: options.reason },
      callOptions(context, options['idempotency-key']),
    );
    if (format === 'json') json(workflow);
    else {
      const name = visibleLine(workflow.dataset_name);
      say(`Workflow paused: ${name}`);
      if (!workflow.schedule?.enabled) say('It has no schedule in force, so the pause holds nothing yet.');
      say(`To end it: dli workflow unpause ${name} (with --catchup latest|all for the ticks of the pause)`);
    }
    if (workflow.last_run?.status === 'RUNNING')
      say(`A run is at work and finishes. To stop it: dli workflow stop ${workflow.last_run.run_id}`);
    return 0;
  },
});
