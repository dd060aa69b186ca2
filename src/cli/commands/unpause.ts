import { defineCommand } from '../command.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Dataset name' } },
  options: {},
  examples: ['iceberg.analytics.daily_clicks'],
  run: async ({ args }, { io, connect, format, json, say }) => {
    const client = await connect();
    const workflow = await client.workflow.unpause({ dataset: args.dataset }, { signal: io.signal });
    if (format === 'json') json(workflow);
    else say(`Workflow unpaused: ${visibleLine(workflow.dataset_name)}`);
    return 0;
  },
});
