import { describe, expect, it } from 'vitest';
import { specOf } from '../../src/engines/embedded/engine-fixture.suite.ts';
import { type AnswerBody, Api, datedSpec } from './api.ts';

const dataset = 'iceberg.analytics.daily';
const params = { execution_date: '2024-01-15' };
const minute = 60_000;
const error = { code: 'DLI-815', message: 'boom', statement: 'query', line: 1, column: 2, mendable: true } as const;
const failure = { kind: 'failed', published: false, postIndex: 0, error } as const;
const by = (actor: string, key?: string) => ({
  'x-dli-actor': actor,
  ...(key === undefined ? {} : { 'idempotency-key': key }),
});

let api: Api;

async function ready(options: ConstructorParameters<typeof Api>[0] = {}, schedule = ''): Promise<void> {
  api = new Api(options);
  api.warehouse.manual = true;
  await api.scheduler.start();
  expect((await api.register(datedSpec(dataset, schedule))).status).toBe(201);
}

const startRun = async () => (await api.send('POST', `/workflows/${dataset}/run`, { params })).body;
const stop = (run: Pick<AnswerBody, 'run_id'>, headers = by('ann'), reason = 'wrong day') =>
  api.send('POST', `/workflows/runs/${run.run_id}/stop`, { reason }, headers);
const statusOf = async (run: Pick<AnswerBody, 'run_id'>) =>
  (await api.send('GET', `/workflows/runs/${run.run_id}`)).body;
const stopStored = (run: Pick<AnswerBody, 'run_uid'>) =>
  api.until(run.run_uid, ({ stopRequestedAt }) => stopRequestedAt !== null);
const killed = {
  status: 200,
  body: { status: 'KILLED', reason: 'stopped by ann (unverified): wrong day', published: false },
};
const retrying = { spec: specOf({ maxAttempts: 3, delaySeconds: 300 }) };
const retry = 'schedule: {cron: "0 10 * * *", retry: {max_attempts: 3, delay_seconds: 300}}';

describe('a stop is KILLED at once', () => {
  it('between two attempts, and the third one never comes', async () => {
    await ready(retrying, retry);
    const run = await startRun();
    (await api.warehouse.attempt()).end(failure);
    await api.until(run.run_uid, ({ status }) => status === 'PENDING');
    expect(await stop(run)).toMatchObject(killed);
    api.clock.advance(10 * minute);
    await api.quiet();
    expect([api.warehouse.begun.length, api.warehouse.disk.rows]).toEqual([1, []]);
  });

  it('between two attempts, also when the ledger has to be asked first: not after the delay', async () => {
    await ready(retrying, retry);
    const run = await startRun();
    const attempt = await api.warehouse.attempt();
    api.warehouse.confirmsCancel = false;
    api.clock.advance(60 * minute);
    attempt.end({ kind: 'lost', reason: 'its process was ended', ours: true });
    await api.until(run.run_uid, ({ uncertain, availableAt }) => uncertain && availableAt > api.clock.now());
    expect(await stop(run)).toMatchObject(killed);
  });

  it('in line behind others, which go on', async () => {
    await ready();
    const [first, second, third] = [await startRun(), await startRun(), await startRun()];
    expect(await stop(second)).toMatchObject(killed);
    (await api.warehouse.attempt()).succeed();
    await api.end({ runUid: first.run_uid });
    (await api.warehouse.attempt()).succeed();
    expect((await api.end({ runUid: third.run_uid })).status).toBe('COMPLETED');
    expect(api.warehouse.disk.publications(second.run_uid)).toBe(0);
  });

  it('while a pause holds it, and the end of the pause does not bring it back', async () => {
    await ready(retrying, retry);
    api.clock.advance(30 * minute);
    const attempt = await api.warehouse.attempt();
    const run = await statusOf({ run_id: `${dataset}_20240115_100000` });
    await api.send('POST', `/workflows/${dataset}/pause`, {});
    attempt.end(failure);
    await api.until(run.run_uid, ({ status, held }) => status === 'PENDING' && held);
    expect(await stop(run)).toMatchObject(killed);
    await api.send('POST', `/workflows/${dataset}/unpause`, {});
    api.clock.advance(10 * minute);
    await api.quiet();
    expect([(await statusOf(run)).status, api.warehouse.begun.length]).toEqual(['KILLED', 1]);
  });

  it('while another program holds its warehouse', async () => {
    await ready();
    api.warehouse.heldBy = 'lake is held by another program: duckdb (process 4711)';
    const run = await startRun();
    await api.until(run.run_uid, ({ waitReason }) => waitReason !== null);
    expect(await stop(run)).toMatchObject(killed);
  });
});

describe('a stop of a run at work', () => {
  it('is answered when the warehouse has confirmed that the query is gone, and not before', async () => {
    await ready();
    api.warehouse.confirmsCancel = false;
    const run = await startRun();
    const attempt = await api.warehouse.attempt();
    let answered = false;
    const answer = stop(run).finally(() => {
      answered = true;
    });
    await stopStored(run);
    await api.quiet();
    expect([answered, attempt.signal.reason]).toEqual([false, 'stop']);
    expect(await statusOf(run)).toMatchObject({ status: 'RUNNING', stop_requested_at: '2024-01-15T09:30:45.000Z' });
    attempt.end({ kind: 'cancelled', published: false, postIndex: 0 });
    expect(await answer).toMatchObject(killed);
  });

  it('says after its grace period that it goes on, and ends when the process was ended and the ledger asked', async () => {
    await ready();
    api.warehouse.confirmsCancel = false;
    const run = await startRun();
    const attempt = await api.warehouse.attempt();
    const answer = stop(run, by('ann', 'k'));
    await stopStored(run);
    await api.quiet();
    api.clock.advance(15_000);
    expect(await answer).toMatchObject({
      status: 200,
      body: {
        status: 'RUNNING',
        stop_requested_at: '2024-01-15T09:30:45.000Z',
        reason: 'stopped by ann (unverified): wrong day',
      },
    });
    const repeated = stop(run, by('ann', 'k'));
    attempt.end({ kind: 'lost', reason: 'its process was ended', ours: true });
    expect(await repeated).toMatchObject(killed);
    expect(api.warehouse.begun.at(-1)).toMatchObject({ ledgerOnly: true });
    expect(await stop(run, by('ann', 'k'))).toEqual(await repeated);
    expect(api.warehouse.disk.rows).toEqual([]);
  });

  it('keeps its first reason when another client stops it, too, and both are told', async () => {
    await ready();
    api.warehouse.confirmsCancel = false;
    const run = await startRun();
    const attempt = await api.warehouse.attempt();
    const first = stop(run, by('ann', 'a'));
    await stopStored(run);
    const second = stop(run, by('bob', 'b'), 'mine');
    await api.quiet();
    attempt.end({ kind: 'cancelled', published: false, postIndex: 0 });
    expect(await first).toMatchObject(killed);
    expect(await second).toMatchObject(killed);
    const third = await stop(run, by('bob'), 'again');
    expect(third).toMatchObject({ status: 409, body: { code: 'DLI-807' } });
    expect(third.body.message).toContain('has already ended: KILLED (stopped by ann (unverified): wrong day)');
    const stops = api.database.all<{ actor: string }>(`SELECT actor FROM events WHERE kind = 'run.stop_requested'`);
    expect(stops).toEqual([{ actor: 'ann (unverified)' }]);
  });

  it.each([
    ['during its commit', false],
    ['right at its completion', true],
  ])('%s is DLI-807: it is COMPLETED, and says who wanted to stop it', async (_, isDone) => {
    await ready();
    api.warehouse.confirmsCancel = false;
    const run = await startRun();
    const attempt = await api.warehouse.attempt();
    const answer = stop(run, by('ann', 'k'));
    await stopStored(run);
    if (isDone) attempt.succeed();
    else {
      attempt.publish();
      attempt.end({ kind: 'cancelled', published: true, postIndex: 0 });
    }
    for (const told of [await answer, await stop(run, by('ann', 'k'))]) {
      expect(told).toMatchObject({ status: 409, body: { code: 'DLI-807' } });
      expect(told.body.message).toContain('ended COMPLETED: its commit was faster than the stop');
    }
    expect(await statusOf(run)).toMatchObject({
      status: 'COMPLETED',
      published: true,
      reason: 'stopped by ann (unverified): wrong day; the stop came after the commit: published',
    });
    expect(api.warehouse.disk.publications(run.run_uid)).toBe(1);
  });

  it('that fails by itself meanwhile is DLI-807, and keeps both reasons', async () => {
    await ready();
    api.warehouse.confirmsCancel = false;
    const run = await startRun();
    const attempt = await api.warehouse.attempt();
    const answer = stop(run);
    await stopStored(run);
    attempt.end({ ...failure, error: { ...error, mendable: false } });
    expect(await answer).toMatchObject({ status: 409, body: { code: 'DLI-807' } });
    expect((await statusOf(run)) as object).toMatchObject({
      status: 'FAILED',
      reason:
        'stopped by ann (unverified): wrong day; it failed before it was stopped: trying again cannot mend this error',
    });
  });
});

describe('a stop of a run of which only the ledger knows whether it is published', () => {
  it.each([
    [false, 200, 'KILLED'],
    [true, 409, 'COMPLETED'],
  ])('waits for the ledger: published %s', async (published, code, status) => {
    await ready();
    const run = await startRun();
    const attempt = await api.warehouse.attempt();
    if (published) attempt.publish();
    api.warehouse.heldBy = 'lake is held by another program: duckdb (process 4711)';
    attempt.end({ kind: 'lost', reason: 'signal SIGKILL', ours: false });
    await api.until(run.run_uid, ({ waitReason }) => waitReason !== null);
    const first = stop(run);
    await stopStored(run);
    await api.quiet();
    api.clock.advance(15_000);
    expect(await first).toMatchObject({
      status: 200,
      body: { status: 'PENDING', stop_requested_at: expect.any(String) },
    });
    const { body } = await api.send('GET', `/workflows/runs/${run.run_id}/explain`);
    expect(JSON.stringify(body)).toContain(
      'the ledger is asked first whether it was published, and that waits for its warehouse: lake is held',
    );
    const second = stop(run);
    await api.quiet();
    api.warehouse.heldBy = undefined;
    api.clock.advance(2_000);
    expect((await second).status).toBe(code);
    expect(await statusOf(run)).toMatchObject({
      status,
      reason: expect.stringContaining('stopped by ann (unverified): wrong day'),
    });
    expect(api.warehouse.begun.at(-1)).toMatchObject({ ledgerOnly: true });
  });
});

describe('a stop of a backfill', () => {
  it('with one key is one stop, also when the first answer came before the end', async () => {
    await ready();
    api.warehouse.confirmsCancel = false;
    const range = { start_date: '2024-01-01', end_date: '2024-01-03' };
    const { body } = await api.send('POST', `/workflows/${dataset}/backfill`, range);
    const attempt = await api.warehouse.attempt();
    const path = `/backfills/${body.backfill_id}/stop`;
    const ask = () => api.send('POST', path, { reason: 'enough' }, by('ann', 'k'));
    const first = ask();
    await stopStored({ run_uid: attempt.work.runUid });
    await api.quiet();
    api.clock.advance(15_000);
    expect(await first).toMatchObject({ status: 200, body: { status: 'RUNNING', counts: { RUNNING: 1, KILLED: 2 } } });
    const second = ask();
    attempt.end({ kind: 'cancelled', published: false, postIndex: 0 });
    expect(await second).toMatchObject({
      status: 200,
      body: { status: 'KILLED', reason: 'stopped by ann (unverified): enough' },
    });
    expect(await ask()).toEqual(await second);
  });

  it('waits for the date of which only the ledger knows whether it is published', async () => {
    await ready();
    const range = { start_date: '2024-01-01', end_date: '2024-01-03' };
    const { body } = await api.send('POST', `/workflows/${dataset}/backfill`, range);
    const attempt = await api.warehouse.attempt();
    api.warehouse.heldBy = 'lake is held by another program: duckdb (process 4711)';
    attempt.end({ kind: 'lost', reason: 'signal SIGKILL', ours: false });
    await api.until(attempt.work.runUid, ({ waitReason }) => waitReason !== null);
    const answer = api.send('POST', `/backfills/${body.backfill_id}/stop`, { reason: 'enough' }, by('ann'));
    await stopStored({ run_uid: attempt.work.runUid });
    await api.quiet();
    api.warehouse.heldBy = undefined;
    api.clock.advance(2_000);
    expect(await answer).toMatchObject({ status: 200, body: { status: 'KILLED', counts: { KILLED: 3, PENDING: 0 } } });
  });
});
