import { describe, expect, it } from 'vitest';
import { Api, datedSpec } from './api.ts';

const name = 'iceberg.analytics.daily';
const runPath = `/workflows/${name}/run`;
const params = { execution_date: '2024-01-01' };
const key = (value: string) => ({ 'idempotency-key': value });

async function api(): Promise<Api> {
  const made = new Api();
  await made.register(datedSpec());
  return made;
}

describe('a run', () => {
  it('is answered with 202 and goes on by itself to COMPLETED', async () => {
    const a = await api();
    const { status, body } = await a.send(
      'POST',
      runPath,
      { params },
      { 'x-dli-actor': encodeURIComponent('한국 user') },
    );
    expect(status).toBe(202);
    expect(body).toMatchObject({
      run_id: `${name}_20240115_093045`,
      status: 'PENDING',
      triggered_by: '한국 user (unverified)',
      execution_date: '2024-01-01',
    });
    await a.end({ runUid: body.run_uid });
    const short = body.run_id.split('.').at(-1);
    expect((await a.send('GET', `/workflows/runs/${short}`)).body).toMatchObject({
      run_uid: body.run_uid,
      status: 'COMPLETED',
      published: true,
    });
  });

  it('tried dry tells what it would do and stores nothing', async () => {
    const a = await api();
    const { status, body } = await a.send('POST', runPath, { params, dry_run: true });
    expect(status).toBe(202);
    expect(body).toMatchObject({ statements: [{ label: 'query', phase: 'transaction', bound: true }] });
    expect(JSON.stringify(body)).toContain('2024-01-01');
    expect((await a.send('GET', '/workflows/history')).body.items).toEqual([]);
  });

  it('asked for again with the same key is the same run, and with another body DLI-807', async () => {
    const a = await api();
    const answers = await Promise.all([1, 2, 3].map(() => a.send('POST', runPath, { params }, key('k'))));
    expect(new Set(answers.map(({ body }) => body.run_uid)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const other = await a.send('POST', runPath, { params: { execution_date: '2024-01-02' } }, key('k'));
    expect(other).toMatchObject({ status: 409, body: { code: 'DLI-807' } });
    a.clock.advance(24 * 3_600_000);
    const later = await a.send('POST', runPath, { params }, key('k'));
    expect(later.body.run_uid).not.toBe(answers[0]?.body.run_uid);
  });

  it('keeps a log that is read page by page', async () => {
    const a = await api();
    a.warehouse.manual = true;
    const { body } = await a.send('POST', runPath, { params });
    const attempt = await a.warehouse.attempt();
    for (let line = 0; line < 5; line += 1) attempt.observer.log(`line ${line}`);
    attempt.succeed();
    await a.end({ runUid: body.run_uid });
    const path = `/workflows/runs/${body.run_id}/logs`;
    const first = await a.send('GET', `${path}?limit=3`);
    const rest = await a.send('GET', `${path}?limit=3&cursor=${first.body.next_cursor}`);
    expect([...first.body.items, ...rest.body.items].map(({ line }) => line)).toEqual(
      [0, 1, 2, 3, 4].map((n) => `line ${n}`),
    );
    expect(rest.body.next_cursor).toBeNull();
    expect((await a.send('GET', `${path}?attempt=2`)).body.items).toEqual([]);
  });
});

describe('history', () => {
  it('is filtered by UTC dates, both included', async () => {
    const a = await api();
    await a.send('POST', runPath, { params });
    const found = async (query: string) => (await a.send('GET', `/workflows/history?${query}`)).body.items.length;
    expect(await found('start_date=2024-01-15&end_date=2024-01-15')).toBe(1);
    expect(await found('start_date=2024-01-16')).toBe(0);
    expect(await found('end_date=2024-01-14')).toBe(0);
    expect(await found(`dataset_name=${name}&run_type=adhoc&source_type=manual`)).toBe(1);
    expect(await found('status=KILLED')).toBe(0);
  });
});

describe('stopping', () => {
  it('a waiting run kills it at once; a repeat with the key gives the same answer, without it DLI-807', async () => {
    const a = await api();
    a.warehouse.manual = true;
    await a.send('POST', runPath, { params });
    const { body } = await a.send('POST', runPath, { params });
    const path = `/workflows/runs/${body.run_id}/stop`;
    const stop = () => a.send('POST', path, { reason: 'wrong' }, key('s'));
    const [first, second] = await Promise.all([stop(), stop()]);
    expect(first).toMatchObject({ status: 200, body: { status: 'KILLED', reason: 'stopped by anonymous: wrong' } });
    expect(second).toEqual(first);
    expect(await stop()).toEqual(first);
    expect(await a.send('POST', path)).toMatchObject({ status: 409, body: { code: 'DLI-807' } });
  });

  it('a running run by two at once is answered to both when the query is gone', async () => {
    const a = await api();
    a.warehouse.manual = true;
    const { body } = await a.send('POST', runPath, { params });
    await a.warehouse.attempt();
    const path = `/workflows/runs/${body.run_id}/stop`;
    const answers = await Promise.all([a.send('POST', path), a.send('POST', path)]);
    expect(answers.map((answer) => [answer.status, answer.body.status])).toEqual([
      [200, 'KILLED'],
      [200, 'KILLED'],
    ]);
    expect(a.warehouse.disk.rows).toEqual([]);
  });

  it('a run whose commit was faster is DLI-807 and says that it is published', async () => {
    const a = await api();
    a.warehouse.manual = true;
    a.warehouse.confirmsCancel = false;
    const { body } = await a.send('POST', runPath, { params });
    const attempt = await a.warehouse.attempt();
    attempt.signal.addEventListener('abort', () => attempt.succeed());
    const answer = await a.send('POST', `/workflows/runs/${body.run_id}/stop`);
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'DLI-807', message: expect.stringContaining('published') },
    });
    expect(a.warehouse.disk.publications(body.run_uid)).toBe(1);
  });
});

describe('a backfill', () => {
  const path = `/workflows/${name}/backfill`;
  const range = { start_date: '2024-01-01', end_date: '2024-01-03' };

  it('runs each date once, in order, and can be read at every moment', async () => {
    const a = await api();
    const { status, body } = await a.send('POST', path, range, key('b'));
    expect(status).toBe(202);
    expect(body).toMatchObject({
      total_runs: 3,
      status: 'PENDING',
      run_ids: ['01', '02', '03'].map((day) => `${name}_202401${day}_000000`),
    });
    for (const runId of body.run_ids) {
      const run = await a.send('GET', `/workflows/runs/${runId}`);
      await a.end({ runUid: run.body.run_uid });
    }
    const after = await a.send('GET', `/backfills/${body.backfill_id}`);
    expect(after.body).toMatchObject({ status: 'COMPLETED', counts: { COMPLETED: 3 }, resume_date: null });
    expect((await a.send('POST', path, range, key('b'))).body).toEqual(body);
    expect((await a.send('GET', `/backfills?dataset_name=${name}`)).body.items).toHaveLength(1);
    const found = async (query: string) => (await a.send('GET', `/backfills?${query}`)).body.items.length;
    const today = 'start_date=2024-01-15&end_date=2024-01-15';
    expect(await found(`status=${after.body.status}&${today}`)).toBe(1);
    expect(await found('status=PENDING')).toBe(0);
    expect(await found('start_date=2024-01-16')).toBe(0);
    expect(await found('end_date=2024-01-14')).toBe(0);
  });

  it('has ids of midnight UTC, and the ts of midnight in the zone of its schedule', async () => {
    const a = new Api();
    await a.register(datedSpec(name, 'schedule: {cron: "0 9 * * *", timezone: Asia/Seoul}'));
    const { body } = await a.send('POST', path, { start_date: '2024-01-02', end_date: '2024-01-02' });
    expect(body.run_ids).toEqual([`${name}_20240102_000000`]);
    const run = await a.send('GET', `/workflows/runs/${body.run_ids[0]}`);
    expect(a.now({ runUid: run.body.run_uid }).logicalAt).toBe(Date.UTC(2024, 0, 1, 15));
  });

  it('sent twice at once with one key is one backfill', async () => {
    const a = await api();
    const answers = await Promise.all([1, 2].map(() => a.send('POST', path, range, key('b'))));
    expect(new Set(answers.map(({ body }) => body.backfill_id)).size).toBe(1);
    expect((await a.send('GET', '/backfills')).body.items).toHaveLength(1);
    expect((await a.send('GET', '/workflows/history')).body.items).toHaveLength(3);
  });

  it('of 1,200 dates is stored, and a repeat of it is removed, at most 500 runs in a commit', async () => {
    const a = await api();
    a.warehouse.manual = true;
    const counts = [0];
    a.database.onCommit(() => counts.push(a.database.all('SELECT 1 FROM runs').length));
    const changes = () => counts.slice(1).map((count, index) => count - (counts[index] ?? 0));
    const years = { start_date: '2020-01-01', end_date: '2023-04-14' };
    await a.send('POST', path, years);
    expect(changes().filter((change) => change !== 0)).toEqual([500, 500, 200]);
    counts.splice(0, counts.length, 1_200);
    const [first, second] = await Promise.all([1, 2].map(() => a.send('POST', path, years, key('b'))));
    expect(second).toEqual(first);
    expect(changes().filter((change) => change < 0)).toEqual([-500, -500, -200]);
    expect(counts.at(-1)).toBe(2_400);
    expect(a.database.all('SELECT 1 FROM backfills')).toHaveLength(2);
  });

  it('tried dry lists its dates with what is known of them', async () => {
    const a = await api();
    const run = await a.send('POST', runPath, { params: { execution_date: '2024-01-02' } });
    await a.end({ runUid: run.body.run_uid });
    const { body } = await a.send('POST', path, { ...range, dry_run: true });
    expect(body).toMatchObject({
      total_runs: 3,
      dates: [{ last_status: null }, { last_status: 'COMPLETED' }, { last_status: null }],
    });
    expect((await a.send('GET', '/backfills')).body.items).toEqual([]);
  });

  it('is stopped as a whole: the date at work is cancelled, the others never start', async () => {
    const a = await api();
    a.warehouse.manual = true;
    const { body } = await a.send('POST', path, range);
    await a.warehouse.attempt();
    const stopped = await a.send('POST', `/backfills/${body.backfill_id}/stop`, { reason: 'enough' });
    expect(stopped).toMatchObject({
      status: 200,
      body: { status: 'KILLED', counts: { KILLED: 3 }, resume_date: '2024-01-01' },
    });
    expect(await a.send('POST', `/backfills/${body.backfill_id}/stop`)).toMatchObject({
      status: 409,
      body: { code: 'DLI-807' },
    });
    expect(a.warehouse.disk.rows).toEqual([]);
  });

  it('of 1,200 dates ends as a whole when a waiting date of it is stopped', async () => {
    const a = await api();
    a.warehouse.manual = true;
    await a.send('POST', runPath, { params });
    const { body } = await a.send('POST', path, { start_date: '2020-01-01', end_date: '2023-04-14' });
    expect((await a.send('POST', `/workflows/runs/${body.run_ids[0]}/stop`)).status).toBe(200);
    await a.quiet();
    expect((await a.send('GET', `/backfills/${body.backfill_id}`)).body).toMatchObject({
      status: 'KILLED',
      counts: { KILLED: 1_200, PENDING: 0 },
    });
  });
});

it('version, health and ready answer', async () => {
  const a = new Api();
  expect((await a.send('GET', '/version')).body).toMatchObject({ api_version: 'v1' });
  expect((await a.send('GET', '/health')).status).toBe(200);
  expect((await a.send('GET', '/ready')).body).toEqual({ ready: true });
  expect(await a.send('GET', `/workflows/x/preview?limit=0`)).toMatchObject({ status: 400, body: { code: 'DLI-400' } });
});
