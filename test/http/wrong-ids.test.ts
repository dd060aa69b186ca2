/** What is told to who stops something that is no run, and who registers a schedule that cannot be. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Api, datedSpec } from './api.ts';

const dataset = 'iceberg.analytics.daily';

describe('a stop of', () => {
  let api: Api;
  let runId: string;
  let backfillId: string;
  beforeEach(async () => {
    api = new Api();
    api.warehouse.manual = true;
    await api.register(datedSpec(dataset));
    const run = await api.send('POST', `/workflows/${dataset}/run`, { params: { execution_date: '2024-01-15' } });
    const range = { start_date: '2024-01-01', end_date: '2024-01-02' };
    const backfill = await api.send('POST', `/workflows/${dataset}/backfill`, range);
    ({ run_id: runId } = run.body);
    ({ backfill_id: backfillId } = backfill.body);
  });

  const stopRun = (id: string) => api.send('POST', `/workflows/runs/${encodeURIComponent(id)}/stop`);

  it.each([
    ['2024-01-15', "'2024-01-15' is a date, not a run", 'dli workflow history -d <dataset> --wide'],
    ['2024-01-15T09:00', "'2024-01-15T09:00' is a time, not a run", 'A tick is not stopped, but the run that it made'],
    ['2024-01-15T09:00:00Z', 'is a time, not a run', 'dli workflow ticks <dataset>'],
    [dataset, `'${dataset}' is a dataset, not a run`, `dli workflow history -d ${dataset}`],
    [dataset, 'is a dataset', `Unfinished: ${dataset}_20240115_093045, `],
    [dataset, 'is a dataset', `dli workflow pause ${dataset}`],
    ['sales.daily_20240115_093045', 'There is no run', `Other datasets have: ${dataset}_20240115_093045`],
    ['nothing', "There is no run 'nothing'", 'See the runs: dli workflow history'],
    ['bf-20200101-000000', "There is no run 'bf-20200101-000000'", 'A run id is what run and history print'],
  ])('%s says what it is and what to type', async (id, message, hint) => {
    const { status, body } = await stopRun(id);
    expect([status, body.code]).toEqual([404, 'DLI-809']);
    expect(body.message).toContain(message);
    expect(body.hints.join('\n')).toContain(hint);
    expect(api.warehouse.begun).toHaveLength(1);
  });

  it('a backfill as a run, or the other way round, names the command that fits', async () => {
    const asRun = await stopRun(backfillId);
    expect(asRun).toMatchObject({ status: 404, body: { code: 'DLI-809' } });
    expect(asRun.body.message).toBe(`'${backfillId}' is the id of a backfill, not of a run`);
    expect(asRun.body.hints).toContain(`Stop all of it: dli workflow stop ${backfillId}`);
    const asBackfill = await api.send('POST', `/backfills/${runId}/stop`);
    expect(asBackfill).toMatchObject({ status: 404, body: { code: 'DLI-809' } });
    expect(asBackfill.body.hints).toEqual([`See the run: dli workflow status ${runId}`]);
    const date = await api.send('POST', `/backfills/${dataset}_20240101_000000/stop`);
    expect(date.body.hints).toContain(`See the backfill that it is of: dli workflow backfill-status ${backfillId}`);
  });

  it('a dataset without unfinished runs says so', async () => {
    await api.register(datedSpec('b'));
    expect((await stopRun('b')).body.hints).toContain('It has no unfinished run');
  });
});

const crons: readonly (readonly [string, string])[] = [
  ['0 0 30 2 *', "Cron '0 0 30 2 *' never fires"],
  ['0 0 31 4,6,9,11 *', 'never fires'],
  ['0 0 9 * * *', 'has 6 fields where 5 are needed'],
  ['0 0 9 * * * 2024', 'has 7 fields where 5 are needed'],
  ['0 9 * *', 'has 4 fields where 5 are needed'],
  ['@reboot', "Cron '@reboot' is not a known name"],
  ['@dayly', "did you mean '@daily'?"],
  ['60 * * * *', 'minute 60 is outside 0-59'],
  ['0 0 L * *', "day-of-month that is not understood: 'L'"],
];

describe('a schedule', () => {
  const scheduled = (schedule: string) => `${datedSpec(dataset)}schedule:\n  ${schedule}\n`;

  it.each(crons)('with the cron %s is refused with its place and what is allowed', async (cron, message) => {
    const api = new Api();
    const sent = await api.register(scheduled(`cron: "${cron}"`), { file_name: 'daily.yaml' });
    expect(sent).toMatchObject({ status: 400, body: { code: 'DLI-805' } });
    expect(sent.body.message).toContain(message);
    expect(sent.body.problems).toMatchObject([{ file: 'daily.yaml', line: 9, column: 9 }]);
    expect(sent.body.hints.join()).toContain('five fields "minute hour day-of-month month day-of-week"');
    const override = await api.register(datedSpec(dataset), { schedule: { cron } });
    expect(override).toMatchObject({ status: 400, body: { code: 'DLI-805' } });
    expect(override.body.message).toContain(message);
    expect(override.body.problems).toMatchObject([{ file: 'schedule, given besides the spec' }]);
    expect(override.body.hints.join()).toContain('@hourly, @daily');
  });

  it.each(['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually', '@Daily'])(
    'with %s is fine',
    async (cron) => {
      expect((await new Api().register(scheduled(`cron: "${cron}"`))).status).toBe(201);
    },
  );

  it.each([
    ['KST', 'is not an IANA name such as Asia/Seoul or UTC; an abbreviation may mean several timezones'],
    ['EST', 'an abbreviation may mean several timezones'],
    ['Asia/Soul', "did you mean 'Asia/Seoul'?"],
    ['Mars/Olympus', 'is not an IANA name such as Asia/Seoul or UTC'],
    ['+09:00', 'is not an IANA name'],
  ])('in the timezone %s is refused with its place', async (timezone, message) => {
    const api = new Api();
    const text = scheduled(`cron: "@daily"\n  timezone: "${timezone}"`);
    const sent = await api.register(text, { file_name: 'daily.yaml' });
    expect(sent).toMatchObject({ status: 400, body: { code: 'DLI-813' } });
    expect(sent.body.problems).toMatchObject([{ file: 'daily.yaml', line: 10, column: 13 }]);
    expect(JSON.stringify(sent.body.problems)).toContain(message);
    const override = await api.register(datedSpec(dataset), { schedule: { cron: '@daily', timezone } });
    expect(override).toMatchObject({ status: 400, body: { code: 'DLI-813' } });
    expect(JSON.stringify(override.body)).toContain(message);
  });
});
