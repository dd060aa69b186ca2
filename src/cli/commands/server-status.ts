import type { ServerStatus } from '../../contract/system.ts';
import { defineCommand } from '../command.ts';
import { factLines } from '../render/facts.ts';
import { formatTime } from '../render/times.ts';
import { visibleLine } from '../render/visible.ts';

export const command = defineCommand({
  args: {},
  options: {},
  examples: ['', '--server http://127.0.0.1:9000', '--format json'],
  run: async (_given, { io, connect, format, json, say }) => {
    const client = await connect();
    const status = await client.system.health(undefined, { signal: io.signal });
    if (format === 'json') {
      json(status);
      return 0;
    }
    const warehouses = status.warehouses.map(({ name, type }) => `${name} (${type})`);
    say(
      ...factLines([
        ['Server', `${client.url} is up`],
        ['Version', visibleLine(status.version)],
        [
          'Started',
          `${formatTime(status.started_at, { timeZone: io.timeZone, precision: 'seconds' })} (process ${status.pid})`,
        ],
        ['Data folder', visibleLine(status.data_dir)],
        ['Engine', status.engine],
        ['Warehouses', visibleLine(warehouses.join(', '))],
        ['Workflows', String(status.workflows)],
        [
          'Runs',
          `${status.runs.RUNNING} running, ${status.runs.PENDING} pending (at most ${status.max_concurrent_runs} at a time)`,
        ],
        ['Schedules', schedulesText(status.scheduler, io.timeZone)],
        ['Specs', specsText(status.spec_store, io.timeZone)],
      ]),
    );
    return 0;
  },
});

function specsText(
  { folder, code_mode, looked_at, broken, troubles }: ServerStatus['spec_store'],
  timeZone: string,
): string {
  const when = looked_at === null ? '' : `, looked at ${formatTime(looked_at, { timeZone, precision: 'seconds' })}`;
  const wrong = broken === 0 ? '' : `, ${broken} broken (dli workflow sync)`;
  return visibleLine([`${folder} (code: ${code_mode}${when}${wrong})`, ...troubles].join('; '));
}

function schedulesText({ schedules, next_tick_at, hold }: ServerStatus['scheduler'], timeZone: string): string {
  const next = next_tick_at === null ? '' : `, the next tick at ${formatTime(next_tick_at, { timeZone })}`;
  return hold === null ? `${schedules} in force${next}` : `${schedules} in force, held: ${visibleLine(hold.reason)}`;
}
