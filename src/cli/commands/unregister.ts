import { defineCommand } from '../command.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: {
    force: { kind: 'flag', summary: 'Also while runs are unfinished: they are stopped' },
    'idempotency-key': idempotencyKeyOption,
  },
  examples: ['iceberg.analytics.daily_clicks', 'iceberg.analytics.daily_clicks --force'],
  run: async ({ args, options }, context) => {
    const { format, json, say } = context;
    const client = await context.connect();
    const answer = await client.workflow.unregister(
      { params: { dataset: args.dataset }, query: { force: options.force } },
      callOptions(context, options['idempotency-key']),
    );
    if (format === 'json') {
      json(answer);
      return 0;
    }
    say(`Workflow unregistered: ${visibleLine(answer.dataset_name)}`);
    say(...answer.stopped_runs.map((runId) => `Run stopped: ${visibleLine(runId)}`));
    return 0;
  },
});
