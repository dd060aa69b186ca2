import { defineCommand } from '../command.ts';
import { readPages } from '../pages.ts';
import { formatTime } from '../render/times.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: { run_id: { summary: 'Run id; leading name parts may be left out where that is unambiguous' } },
  options: {
    attempt: { kind: 'integer', takes: 'N', min: 1, summary: 'Only this attempt' },
  },
  examples: ['iceberg.analytics.daily_clicks_20240115_093045', 'daily_clicks_20240115_093045 --attempt 2'],
  run: async ({ args, options }, { io, connect, format, json, say }) => {
    const client = await connect();
    const page = await readPages((each) =>
      client.workflow.logs({ ...each, run_id: args.run_id, attempt: options.attempt }, { signal: io.signal }),
    );
    if (format === 'json') json(page);
    else if (page.items.length === 0) io.stderr.write('No log lines yet\n');
    else {
      say(
        ...page.items.map(({ at, attempt, line }) => {
          const time = formatTime(at, { timeZone: io.timeZone, precision: 'seconds' });
          return `${time} [attempt ${attempt}] ${visibleLine(line)}`;
        }),
      );
    }
    return 0;
  },
});
