import { defineCommand } from '../command.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: { dataset: { summary: 'Dataset name' } },
  options: { reason: { kind: 'text', takes: 'TEXT', summary: 'Why; kept and shown' } },
  details: ['No scheduled run starts while it is paused. What runs finishes; runs on demand and backfills still work.'],
  examples: ['iceberg.analytics.daily_clicks', "iceberg.analytics.daily_clicks --reason 'source is late'"],
  run: async ({ args, options }, { io, connect, format, json, say }) => {
    const client = await connect();
    const { dataset } = args;
    const workflow = await client.workflow.pause({ dataset, reason: options.reason }, { signal: io.signal });
    if (format === 'json') json(workflow);
    else say(`Workflow paused: ${visibleLine(workflow.dataset_name)}`);
    if (workflow.last_run?.status === 'RUNNING')
      say(`A run is at work and finishes. To stop it: dli workflow stop ${workflow.last_run.run_id}`);
    return 0;
  },
});
