import { defineCommand } from '../command.ts';
import { runLines } from '../render/run.ts';
import { runFailed } from '../run-failed.ts';

export const command = defineCommand({
  args: { run_id: { summary: 'Run id; leading name parts may be left out where that is unambiguous' } },
  options: {
    'exit-code': { kind: 'flag', summary: 'Exit 1 when the run has ended without completing' },
  },
  examples: ['iceberg.analytics.daily_clicks_20240115_093045', 'daily_clicks_20240115_093045 --exit-code'],
  run: async ({ args, options }, { io, connect, format, json, say }) => {
    const client = await connect();
    const run = await client.workflow.status({ run_id: args.run_id }, { signal: io.signal });
    if (format === 'json') json(run);
    else say(...runLines(run, io));
    if (options['exit-code'] && (run.status === 'FAILED' || run.status === 'KILLED')) throw runFailed(run);
    return 0;
  },
});
