import { describe, expect, it } from 'vitest';
import { Api, datedSpec } from './api.ts';

const name = 'iceberg.analytics.daily';
const path = `/workflows/${name}/backfill`;
const range = { start_date: '2024-01-01', end_date: '2024-01-05' };
const key = (value: string) => ({ 'idempotency-key': value });

async function api(more = '', limit = 4): Promise<Api> {
  const limits = { total: limit, perWarehouse: new Map([['default', limit]]) };
  const made = new Api({ limits });
  await made.register(datedSpec(name, more));
  return made;
}

const failure = {
  kind: 'failed',
  published: false,
  postIndex: 0,
  error: { code: 'DLI-802', message: 'no flights', statement: 'query', line: null, column: null, mendable: false },
} as const;

/** The execution dates of a backfill's runs as they stand, newest run of each date, in its order. */
const standing = (a: Api, id: string) =>
  a.database
    .all<{ text: string }>(
      `SELECT substr(execution_date, 9) || ' ' || status AS text FROM runs
       WHERE backfill_id = ? AND superseded = 0 ORDER BY seq`,
      [id],
    )
    .map(({ text }) => text);

/** Lets attempts succeed, and those of `failing` fail, until the backfill is over. */
async function runThrough(a: Api, id: string, failing: readonly string[] = []): Promise<readonly string[]> {
  const order: string[] = [];
  for (;;) {
    await a.quiet();
    if (a.warehouse.untaken === 0) return order;
    const attempt = await a.warehouse.attempt();
    const row = a.database.get<{ date: string }>('SELECT execution_date AS date FROM runs WHERE run_uid = ?', [
      attempt.work.runUid,
    ]);
    order.push(row?.date ?? '');
    if (failing.includes(row?.date ?? '')) attempt.end(failure);
    else attempt.succeed();
    await a.quiet();
    if (order.length > 100) throw new TypeError(`${id} goes on for ever`);
  }
}

async function started(a: Api, options: object = {}) {
  a.warehouse.manual = true;
  const { status, body } = await a.send('POST', path, { ...range, ...options });
  expect(status, JSON.stringify(body)).toBe(202);
  return body;
}

describe('the options of a backfill', () => {
  it('are shown, and are those of a plain one by default', async () => {
    const a = await api();
    const plain = { parallel: 1, reverse: false, continue_on_failure: false, only: null, ticks: false };
    expect(await started(a)).toMatchObject({ ...plain, resumed_at: null, failures: [], current_dates: [] });
    const options = { parallel: 3, reverse: true, continue_on_failure: true, only: 'missing' };
    const body = await started(a, options);
    expect((await a.send('GET', `/backfills/${body.backfill_id}`)).body).toMatchObject(options);
  });

  it('reverse: from the last date to the first', async () => {
    const a = await api();
    const body = await started(a, { reverse: true });
    expect(body.run_ids[0]).toBe(`${name}_20240105_000000`);
    expect(await runThrough(a, body.backfill_id)).toEqual(
      ['05', '04', '03', '02', '01'].map((day) => `2024-01-${day}`),
    );
  });

  it('parallel: several dates are at work, and named', async () => {
    const a = await api();
    const { backfill_id: id } = await started(a, { parallel: 3 });
    await a.quiet();
    expect((await a.send('GET', `/backfills/${id}`)).body).toMatchObject({
      status: 'RUNNING',
      counts: { RUNNING: 3, PENDING: 2 },
      current_date: '2024-01-01',
      current_dates: ['2024-01-01', '2024-01-02', '2024-01-03'],
      next_run_id: `${name}_20240104_000000`,
    });
    await runThrough(a, id, ['2024-01-02']);
    expect((await a.send('GET', `/backfills/${id}`)).body).toMatchObject({
      status: 'FAILED',
      failures: [{ execution_date: '2024-01-02' }],
    });
    expect(standing(a, id).slice(1, 3)).toEqual(['02 FAILED', '03 COMPLETED']);
    expect(standing(a, id).at(-1)).toBe('05 KILLED');
  });

  it('continue_on_failure: every date is tried, and the first failures are named', async () => {
    const a = await api();
    const { backfill_id: id } = await started(a, { continue_on_failure: true });
    await runThrough(a, id, ['2024-01-02', '2024-01-04']);
    expect((await a.send('GET', `/backfills/${id}`)).body).toMatchObject({
      status: 'FAILED',
      counts: { COMPLETED: 3, FAILED: 2, KILLED: 0 },
      failed_run_id: `${name}_20240102_000000`,
      failures: [{ execution_date: '2024-01-02' }, { execution_date: '2024-01-04' }],
      resume_date: '2024-01-02',
    });
  });

  it('only: the dates without a success, or whose last run did not complete', async () => {
    const a = await api();
    const { backfill_id: id } = await started(a, { continue_on_failure: true, end_date: '2024-01-03' });
    await runThrough(a, id, ['2024-01-02']);
    const missing = await a.send('POST', path, { ...range, only: 'missing', dry_run: true });
    expect(missing.body).toMatchObject({
      total_runs: 3,
      dates: [
        { execution_date: '2024-01-01', action: 'skip', reason: 'it has succeeded' },
        { action: 'run', reason: 'it has no success: its last run is FAILED' },
        { action: 'skip' },
        { action: 'run', reason: 'it has no success: no run of it has started' },
        { action: 'run' },
      ],
    });
    const failed = await started(a, { only: 'failed' });
    expect(failed).toMatchObject({ total_runs: 1, start_date: '2024-01-01', end_date: '2024-01-05' });
    expect(await runThrough(a, failed.backfill_id)).toEqual(['2024-01-02']);
  });

  it('only, with nothing left to do: a backfill of no date that is COMPLETED at once, and says why', async () => {
    const a = await api();
    const body = await started(a, { only: 'failed' });
    expect(body).toMatchObject({
      status: 'COMPLETED',
      total_runs: 0,
      run_ids: [],
      reason: 'nothing to do: of 5 dates none has a last run that did not complete',
    });
    const kinds = a.database.all<{ kind: string }>(
      'SELECT kind FROM events WHERE backfill_id IS NOT NULL ORDER BY seq',
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(['backfill.created', 'backfill.completed']);
  });

  it('ticks: one run for each tick of the schedule, with the tick as ts and in its id', async () => {
    const a = await api('schedule: {cron: "0 */12 * * *", timezone: Asia/Seoul, execution_date: previous_day}');
    const body = await started(a, { ticks: true, end_date: '2024-01-02' });
    expect(body).toMatchObject({ total_runs: 4, ticks: true });
    expect(body.run_ids).toEqual(
      ['20240101_150000', '20240102_030000', '20240102_150000', '20240103_030000'].map((at) => `${name}_${at}`),
    );
    const run = a.database.get(`SELECT execution_date, logical_at FROM runs WHERE run_id = ?`, [body.run_ids[0] ?? '']);
    expect(run).toEqual({ execution_date: '2024-01-01', logical_at: Date.UTC(2024, 0, 1, 15) });
    expect(await runThrough(a, body.backfill_id)).toEqual(['2024-01-01', '2024-01-01', '2024-01-02', '2024-01-02']);
  });

  it.each([
    [{ parallel: 0 }, 400, 'DLI-400', /parallel.*1/],
    [{ parallel: 65 }, 400, 'DLI-400', /parallel.*64/],
    [{ parallel: 1.5 }, 400, 'DLI-400', /parallel/],
    [{ only: 'some' }, 400, 'DLI-400', /only.*missing.*failed/],
    [{ ticks: true, only: 'missing' }, 400, 'DLI-400', /ticks and only/],
    [{ ticks: true }, 400, 'DLI-814', /has no schedule/],
    [{ start_date: '2024-02-01' }, 400, 'DLI-814', /after the end date/],
    [{ end_date: '2051-05-19' }, 400, 'DLI-814', /10001 dates/],
    [{ end_date: '2024-02-30' }, 400, 'DLI-814', /not a calendar date/],
  ])('%j are refused', async (options, status, code, message) => {
    const a = await api();
    for (const dry_run of [true, false]) {
      const answer = await a.send('POST', path, { ...range, ...options, dry_run });
      expect(answer).toMatchObject({ status, body: { code, message: expect.stringMatching(message) } });
    }
    expect(a.database.all('SELECT 1 FROM backfills UNION ALL SELECT 1 FROM runs')).toEqual([]);
  });

  it('ticks that are more than 10,000 are refused with their number', async () => {
    const a = await api('schedule: {cron: "* * * * *"}');
    const answer = await a.send('POST', path, { start_date: '2024-01-01', end_date: '2024-01-31', ticks: true });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'DLI-814', message: expect.stringMatching(/44640 ticks/) },
    });
  });
});

describe('the estimate of a backfill', () => {
  it('is the median of past runs times the dates, as many at once as the server allows', async () => {
    const a = await api('', 2);
    a.warehouse.manual = true;
    expect(await started(a, { dry_run: true })).toMatchObject({ estimate: null });
    for (const seconds of [4, 10, 6]) {
      const run = await a.send('POST', `/workflows/${name}/run`, { params: { execution_date: '2024-01-01' } });
      const attempt = await a.warehouse.attempt();
      a.clock.advance(seconds * 1_000);
      attempt.succeed();
      await a.end({ runUid: run.body.run_uid });
    }
    const estimate = { seconds_per_date: 6, total_seconds: 30, at_once: 1, based_on_runs: 3 };
    expect(await started(a, { dry_run: true })).toMatchObject({ estimate });
    expect(await started(a, { parallel: 2 })).toMatchObject({
      estimate: { ...estimate, at_once: 2, total_seconds: 18 },
    });
  });
});

describe('the resume of a backfill', () => {
  async function failed(options: object = {}) {
    const a = await api();
    const { backfill_id: id } = await started(a, options);
    await runThrough(a, id, ['2024-01-03']);
    expect(standing(a, id)).toEqual(['01 COMPLETED', '02 COMPLETED', '03 FAILED', '04 KILLED', '05 KILLED']);
    return {
      a,
      id,
      resume: (body: object = {}, headers = {}) => a.send('POST', `/backfills/${id}/resume`, body, headers),
    };
  }

  it('runs the dates that did not complete, in the same backfill, and no other', async () => {
    const { a, id, resume } = await failed({ params: { lookback_days: 3 } });
    const answer = await resume();
    expect(answer).toMatchObject({
      status: 202,
      body: {
        backfill_id: id,
        status: 'PENDING',
        total_runs: 5,
        resumed_runs: 3,
        counts: { COMPLETED: 2, PENDING: 3, FAILED: 0, KILLED: 0 },
        failed_run_id: null,
        failures: [],
        resume_date: null,
        finished_at: null,
        estimate: { based_on_runs: 2 },
      },
    });
    expect(await runThrough(a, id)).toEqual(['2024-01-03', '2024-01-04', '2024-01-05']);
    expect((await a.send('GET', `/backfills/${id}`)).body).toMatchObject({
      status: 'COMPLETED',
      counts: { COMPLETED: 5 },
    });
    const runs = await a.send('GET', `/workflows/runs/${name}_20240103_000000_2`);
    expect(runs.body).toMatchObject({ status: 'COMPLETED', params: { lookback_days: 3 }, backfill_id: id });
    expect((await a.send('GET', `/workflows/runs/${name}_20240103_000000`)).body.status).toBe('FAILED');
    const kinds = a.database.all<{ kind: string }>(
      `SELECT kind FROM events WHERE backfill_id = ? AND run_id IS NULL ORDER BY seq`,
      [id],
    );
    expect(kinds.map(({ kind }) => kind)).toEqual([
      'backfill.created',
      'backfill.failed',
      'backfill.resumed',
      'backfill.completed',
    ]);
  });

  it('runs the present revision of the spec, and tells the one before', async () => {
    const { a, id, resume } = await failed();
    const before = (await a.send('GET', `/backfills/${id}`)).body;
    await a.send('PUT', `/workflows/${name}`, { spec: datedSpec(name, 'description: another one') });
    const { body } = await resume();
    expect(body).toMatchObject({ previous_revision: Reflect.get(before, 'revision') });
    const now = Reflect.get(body, 'revision');
    expect(now).not.toBe(Reflect.get(before, 'revision'));
    expect((await a.send('GET', `/workflows/runs/${name}_20240103_000000_2`)).body).toMatchObject({ revision: now });
    await runThrough(a, id);
  });

  it('can fail again and be resumed again', async () => {
    const { a, id, resume } = await failed();
    await resume();
    await runThrough(a, id, ['2024-01-04']);
    expect(standing(a, id)).toEqual(['01 COMPLETED', '02 COMPLETED', '03 COMPLETED', '04 FAILED', '05 KILLED']);
    expect((await resume()).body).toMatchObject({ resumed_runs: 2 });
    await runThrough(a, id);
    expect(standing(a, id).every((text) => text.endsWith('COMPLETED'))).toBe(true);
  });

  it('asked for again with the same key is the same resume; with another one it is refused while it goes on', async () => {
    const { resume } = await failed();
    const [first, second] = await Promise.all([resume({}, key('r')), resume({}, key('r'))]);
    expect(second).toEqual(first);
    expect(first?.status).toBe(202);
    expect(await resume({}, key('other'))).toMatchObject({
      status: 409,
      body: { code: 'DLI-807', message: expect.stringMatching(/is not over/) },
    });
  });

  it('of a backfill that was stopped goes on where it was stopped', async () => {
    const a = await api();
    const { backfill_id: id } = await started(a, { parallel: 2 });
    await a.quiet();
    await a.send('POST', `/backfills/${id}/stop`);
    expect(standing(a, id).every((text) => text.endsWith('KILLED'))).toBe(true);
    const { body } = await a.send('POST', `/backfills/${id}/resume`);
    expect(body).toMatchObject({ resumed_runs: 5, reason: null });
    // The attempts that were stopped are still in the test's hands.
    for (let left = 2; left > 0; left -= 1) await a.warehouse.attempt();
    await runThrough(a, id);
    expect(standing(a, id).every((text) => text.endsWith('COMPLETED'))).toBe(true);
  });

  it('of 1,200 dates is stored at most 500 runs in a commit', async () => {
    const a = await api();
    a.warehouse.manual = true;
    const { body } = await a.send('POST', path, { start_date: '2020-01-01', end_date: '2023-04-14' });
    await a.quiet();
    await a.send('POST', `/backfills/${body.backfill_id}/stop`);
    const counts: number[] = [];
    const count = () => a.database.get<{ n: number }>('SELECT count(*) AS n FROM runs')?.n ?? 0;
    a.database.onCommit(() => counts.push(count() - 1_200));
    const resumed = await a.send('POST', `/backfills/${body.backfill_id}/resume`);
    expect(resumed.body).toMatchObject({ resumed_runs: 1_200, counts: { PENDING: 1_200, KILLED: 0 } });
    expect([...new Set(counts)].filter((n) => n > 0)).toEqual([500, 1_000, 1_200]);
    await a.quiet();
    expect((await a.send('GET', `/backfills/${body.backfill_id}`)).body).toMatchObject({ status: 'RUNNING' });
  });

  it('is refused where there is nothing to resume, and says what to type', async () => {
    const { a, id, resume } = await failed();
    expect(await resume({ dataset_name: 'other.one' })).toMatchObject({
      status: 404,
      body: {
        code: 'DLI-809',
        hints: [`Resume it with: dli workflow backfill ${name} --resume ${id}`],
      },
    });
    await resume({ dataset_name: name });
    expect(await resume()).toMatchObject({
      status: 409,
      body: { code: 'DLI-807', hints: [expect.stringMatching(/backfill-status/), expect.stringMatching(/by itself/)] },
    });
    await runThrough(a, id);
    expect(await resume()).toMatchObject({
      status: 409,
      body: {
        code: 'DLI-807',
        message: expect.stringMatching(/has completed/),
        hints: [`Compute its dates again with: dli workflow backfill ${name} --start 2024-01-01 --end 2024-01-05`],
      },
    });
    expect(await a.send('POST', '/backfills/bf-20200101-000000/resume')).toMatchObject({
      status: 404,
      body: { code: 'DLI-809' },
    });
  });

  it('is refused when the dataset is gone, or refuses the parameters now', async () => {
    const { a, resume } = await failed({ params: { lookback_days: 3 } });
    const less = datedSpec(name).replace(/ {2}- \{name: lookback_days.*\n/, '');
    await a.send('PUT', `/workflows/${name}`, { spec: less });
    expect(await resume()).toMatchObject({ status: 400, body: { code: 'DLI-810' } });
    await a.send('DELETE', `/workflows/${name}`);
    expect(await resume()).toMatchObject({ status: 404, body: { code: 'DLI-800' } });
  });
});

describe('the stop of a backfill', () => {
  it('cancels every date at work, and answers when all of it has stopped', async () => {
    const a = await api();
    const { backfill_id: id } = await started(a, { parallel: 3 });
    await a.quiet();
    const stops = await Promise.all([1, 2].map(() => a.send('POST', `/backfills/${id}/stop`, { reason: 'enough' })));
    for (const stopped of stops)
      expect(stopped).toMatchObject({ status: 200, body: { status: 'KILLED', counts: { KILLED: 5, RUNNING: 0 } } });
    expect(a.warehouse.disk.rows).toEqual([]);
  });

  it('answers after the grace period which dates are still being cancelled', async () => {
    const a = await api();
    a.warehouse.confirmsCancel = false;
    const { backfill_id: id } = await started(a, { parallel: 2 });
    const attempts = [await a.warehouse.attempt(), await a.warehouse.attempt()];
    const stopping = a.send('POST', `/backfills/${id}/stop`);
    await a.quiet();
    a.clock.advance(15_000);
    expect((await stopping).body).toMatchObject({
      status: 'RUNNING',
      counts: { RUNNING: 2, KILLED: 3 },
      finished_at: null,
    });
    for (const attempt of attempts) attempt.end({ kind: 'cancelled', published: false, postIndex: 0 });
    await a.quiet();
    expect((await a.send('GET', `/backfills/${id}`)).body).toMatchObject({ status: 'KILLED', counts: { KILLED: 5 } });
  });

  it('that comes while the last date commits is DLI-807: the backfill has completed', async () => {
    const a = await api();
    a.warehouse.confirmsCancel = false;
    const { backfill_id: id } = await started(a, { end_date: '2024-01-01' });
    const attempt = await a.warehouse.attempt();
    const stopping = a.send('POST', `/backfills/${id}/stop`);
    await a.quiet();
    attempt.succeed();
    expect(await stopping).toMatchObject({
      status: 409,
      body: { code: 'DLI-807', message: expect.stringMatching(/faster than the stop/) },
    });
    expect((await a.send('GET', `/backfills/${id}`)).body).toMatchObject({ status: 'COMPLETED', resume_date: null });
  });
});
