import { defineCommand } from '../command.ts';
import { workflowLines } from '../render/workflow.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Name of a registered dataset, as list prints it', names: ['dataset'] } },
  options: {},
  examples: ['iceberg.analytics.daily_clicks', 'iceberg.analytics.daily_clicks --format json'],
  run: async ({ args }, { io, connect, format, json, say, maxWidth }) => {
    const client = await connect();
    const workflow = await client.workflow.show({ dataset: args.dataset }, { signal: io.signal });
    if (format === 'json') json(workflow);
    else say(...workflowLines(workflow, { timeZone: io.timeZone, maxWidth }));
    return 0;
  },
});
