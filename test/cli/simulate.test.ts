import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command } from '../../src/cli/commands/simulate.ts';
import { tickSchema } from '../../src/contract/ticks.ts';
import { dli, type RunOptions } from './dli.ts';

const spec = (schedule: string, name = 'iceberg.analytics.daily_clicks') =>
  `type: Dataset\nname: ${name}\nowner: o@example.com\nteam: t\nquery_statement: SELECT 1\n${schedule}\n`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dli-simulate-'));
  mkdirSync(join(folder, 'specs'));
  put('dataset.iceberg.analytics.daily_clicks.yaml', spec('schedule: {cron: "0 9 * * *", timezone: Asia/Seoul}'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(file: string, text: string): void {
  writeFileSync(join(folder, 'specs', file), text);
}

const simulate = (argv: readonly string[], options: RunOptions = {}) =>
  dli(['workflow', 'simulate', ...argv], { cwd: folder, ...options });

const answerSchema = z.strictObject({
  items: z.array(z.strictObject(tickSchema.shape)),
  next_cursor: z.string().nullable(),
});

async function ticksOf(...argv: string[]) {
  const { exitCode, stdout, stderr } = await simulate([...argv, '--format', 'json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return answerSchema.parse(JSON.parse(stdout));
}

describe('simulate', () => {
  it('lists the next ticks of a dataset, from now on, without a server', async () => {
    const { exitCode, stdout, stderr } = await simulate(['iceberg.analytics.daily_clicks', '-n', '2']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      [
        'LOCAL TIME        OFFSET  UTC               DATE        NOTE',
        '2024-01-16 09:00  +09:00  2024-01-16 00:00  2024-01-16',
        '2024-01-17 09:00  +09:00  2024-01-17 00:00  2024-01-17',
        '',
      ].join('\n'),
    );
  });

  it('lists ten unless told otherwise', async () => {
    expect((await ticksOf('--cron', '@daily')).items).toHaveLength(10);
    expect((await ticksOf('--cron', '@daily', '-n', '25')).items).toHaveLength(25);
  });

  it('shows what daylight saving did, within 80 columns', async () => {
    const argv = ['--cron', '0,30 2 * * *', '--timezone', 'America/New_York', '--from', '2024-03-10', '-n', '2'];
    const { stdout } = await simulate(argv, { isTty: true, columns: 80, env: { NO_COLOR: '1' } });
    expect(stdout).toBe(
      [
        'LOCAL TIME        OFFSET  UTC               DATE        NOTE',
        '2024-03-10 03:00  -04:00  2024-03-10 07:00  2024-03-10  merges 02:00, 02:30',
        '2024-03-11 02:00  -04:00  2024-03-11 06:00  2024-03-11',
        '',
      ].join('\n'),
    );
  });

  it("gives programs ticks in the API's shape, and where to go on", async () => {
    const argv = ['--cron', '30 2 * * *', '--timezone', 'America/New_York', '-n', '1'];
    const first = await ticksOf(...argv, '--from', '2024-03-10');
    expect(first).toEqual({
      items: [
        {
          scheduled_at: '2024-03-10T07:00:00.000Z',
          local_time: '2024-03-10 03:00',
          execution_date: '2024-03-10',
          outcome: null,
          run_id: null,
          reason: null,
          note: 'moved from 02:30',
        },
      ],
      next_cursor: '2024-03-11T06:30:00.000Z',
    });
    const second = await ticksOf(...argv, '--from', first.next_cursor ?? '');
    expect(second.items.map(({ scheduled_at }) => scheduled_at)).toEqual([first.next_cursor]);
  });

  it('includes both ends of a range, and all of a day that is only named', async () => {
    const days = await ticksOf('iceberg.analytics.daily_clicks', '--from', '2020-02-27', '--to', '2020-03-01');
    expect(days.items.map(({ execution_date }) => execution_date)).toEqual([
      '2020-02-27',
      '2020-02-28',
      '2020-02-29',
      '2020-03-01',
    ]);
    expect(days.next_cursor).toBeNull();
    const range = ['--from', '2030-01-01T00:00Z', '--to', '2030-01-01T02:00+01:00'];
    const hours = await ticksOf('--cron', '@hourly', ...range);
    expect(hours.items.map(({ local_time }) => local_time)).toEqual(['2030-01-01 00:00', '2030-01-01 01:00']);
  });

  it('says when a range has more ticks than are shown, and when it has none', async () => {
    const more = await simulate(['--cron', '@daily', '--from', '2024-01-01', '--to', '2024-12-31']);
    expect(more.stdout).toContain('More ticks follow until --to: -n shows more than 10\n');
    const none = await simulate(['--cron', '@yearly', '--from', '2024-02-01', '--to', '2024-02-02', '-f', 'json']);
    expect(JSON.parse(none.stdout)).toEqual({ items: [], next_cursor: null });
    expect(none).toMatchObject({ exitCode: 0, stderr: "No tick of '@yearly' is in that range\n" });
  });

  it('counts execution dates as the spec does, and says that its schedule is disabled', async () => {
    put('late.yaml', spec('schedule: {cron: "0 1 * * *", execution_date: previous_day, enabled: false}', 'late'));
    const { stdout, stderr } = await simulate(['specs/late.yaml', '-n', '1', '--format', 'json']);
    expect(JSON.parse(stdout).items).toMatchObject([{ local_time: '2024-01-16 01:00', execution_date: '2024-01-15' }]);
    expect(stderr).toBe('The schedule is disabled: none of these ticks fires\n');
  });

  it('writes the offsets of the years before standard time with their seconds', async () => {
    const argv = ['--cron', '0 0 * * *', '--timezone', 'Asia/Tehran', '--from', '1935-06-12', '-n', '1'];
    expect((await simulate(argv)).stdout).toContain('1935-06-12 00:00  +03:25:44  1935-06-11 20:34  1935-06-12');
  });

  it.each<[argv: readonly string[], exit: number, message: string, hint: string]>([
    [['--cron', '61 * * * *'], 2, "Error [DLI-805]: Cron '61 * * * *' is not valid: minute 61", 'Allowed: five fields'],
    [['--cron', '0 0 30 2 *'], 2, "Error [DLI-805]: Cron '0 0 30 2 *' never fires", 'Allowed: five fields'],
    [['--cron', '@dayly'], 2, 'Error [DLI-805]', "did you mean '@daily'?"],
    [['--cron', '@daily', '--timezone', 'Asia/Soul'], 2, 'Error [DLI-400]: Timezone', "did you mean 'Asia/Seoul'?"],
    [['--cron', '@daily', '--from', 'monday'], 2, "Error [DLI-814]: --from 'monday' is not", 'Allowed: a date'],
    [['--cron', '@daily', '--to', '2024-02-30'], 2, "Error [DLI-814]: --to '2024-02-30' is not", 'Allowed: a date'],
    [['--cron', '@daily', '--to', '2023-12-31'], 2, 'Error [DLI-814]: --to 2023-12-31T23:59:59.999Z', 'without --from'],
    [['--cron', '@daily', '-n', '0'], 2, "Error [DLI-400]: --limit is '0'", 'Allowed: a whole number from 1'],
    [['--cron', '@daily', '-n', '100001'], 2, "Error [DLI-400]: --limit is '100001'", 'Allowed: 1 to 100000'],
    [[], 2, 'Error [DLI-400]: Neither a spec nor --cron is given', 'Allowed: a spec, or --cron'],
    [['some.dataset', '--cron', '@daily'], 2, "Error [DLI-400]: Both a spec ('some.dataset')", 'Allowed: a spec'],
    [
      ['some.dataset', '--timezone', 'UTC'],
      2,
      'Error [DLI-400]: --timezone is given without --cron',
      'Allowed: a spec',
    ],
    [['iceberg.analytics.daily_click'], 3, 'Error [DLI-101]', "Did you mean 'iceberg.analytics.daily_clicks'?"],
    [['iceberg.analytics.daily_clicks', '--path', 'nowhere'], 3, 'Error [DLI-101]: There is no folder nowhere', ''],
  ])('answers %j with exit %i and what is allowed', async (argv, exit, message, hint) => {
    const { exitCode, stdout, stderr } = await simulate(argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: exit, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });

  it('places a bad cron in its spec, and tells a spec without a schedule', async () => {
    put('bad.yaml', spec('schedule: {cron: "0 25 * * *"}', 'bad'));
    const bad = await simulate(['specs/bad.yaml']);
    expect(bad.exitCode).toBe(2);
    expect(bad.stderr).toMatch(/Error \[DLI-805\]: Cron '0 25 \* \* \*' is not valid: hour 25 .*specs\/bad\.yaml:6:18/);
    put('adhoc.yaml', spec('', 'adhoc'));
    const adhoc = await simulate(['adhoc', '--path', 'specs']);
    expect(adhoc.exitCode).toBe(2);
    expect(adhoc.stderr).toContain(
      "Error [DLI-400]: Dataset 'adhoc' has no schedule\n  Add schedule to specs/adhoc.yaml",
    );
  });

  it.each(command.examples)('does what its help shows: %s', async (example) => {
    const words = [...example.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const { exitCode, stdout, stderr } = await simulate(words);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d/);
  });

  it('has help that fits, with what a time may be', async () => {
    const { exitCode, stdout } = await simulate(['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage: dli workflow simulate [spec] [options]');
    expect(stdout).toContain('A TIME is a date');
  });
});
