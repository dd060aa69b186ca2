import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/contract/explanations.ts';
import { specOf } from '../../src/engines/embedded/engine-fixture.suite.ts';
import { Api, datedSpec } from './api.ts';

const dataset = 'iceberg.analytics.daily';
const params = { execution_date: '2024-01-15' };
const minute = 60_000;
const error = { code: 'DLI-815', message: 'boom', statement: 'query', line: 12, column: 2, mendable: true } as const;

let api: Api;

/** Registers a dataset, and lets the scheduler fire. */
async function ready(options: ConstructorParameters<typeof Api>[0] = {}, more = '', name = dataset): Promise<void> {
  api = new Api(options);
  api.warehouse.manual = true;
  await api.scheduler.start();
  await api.engine.start();
  expect((await api.register(datedSpec(name, more))).status).toBe(201);
}

const startRun = async (name = dataset) => (await api.send('POST', `/workflows/${name}/run`, { params })).body;
const explain = async (path: string) => {
  const { status, body } = await api.send('GET', `/workflows/${path}/explain`);
  expect(status).toBe(200);
  // The contract's own tests check the shape.
  return body as unknown as Explanation;
};
const sentenceOf = async (runId: string) => (await explain(`runs/${runId}`)).sentence;
const factOf = ({ facts }: Explanation, name: string) => facts.find((fact) => fact.name === name)?.value;

describe('a run that waits', () => {
  it("tells the total limit from the warehouse's own", async () => {
    await ready({ limits: { total: 2, perWarehouse: new Map([['default', 1]]) } });
    await api.register(datedSpec('b'));
    const atWork = await startRun('b');
    await api.warehouse.attempt();
    const waiting = await startRun();
    expect(await explain(`runs/${waiting.run_id}`)).toMatchObject({
      sentence: `Run ${waiting.run_id} waits for a free place in warehouse 'default': 1 of 1 runs are at work, ${atWork.run_id}.`,
      command: 'dli workflow list --running',
    });

    await ready({ limits: { total: 1, perWarehouse: new Map([['default', 4]]) } });
    await api.register(datedSpec('b'));
    const other = await startRun('b');
    await api.warehouse.attempt();
    const next = await startRun();
    expect(await sentenceOf(next.run_id)).toContain(
      `waits for a free place: 1 of 1 runs are at work, ${other.run_id}.`,
    );
  });

  it('names the run of its dataset at work, and then the runs before it', async () => {
    await ready({ limits: { total: 1, perWarehouse: new Map([['default', 4]]) } });
    await api.register(datedSpec('b'));
    const [first, second, third] = [await startRun(), await startRun(), await startRun()];
    const attempt = await api.warehouse.attempt();
    expect(await sentenceOf(second.run_id)).toBe(
      `Run ${second.run_id} waits for run ${first.run_id}: a dataset has one run at a time.`,
    );
    const other = await startRun('b');
    attempt.end({ kind: 'failed', published: false, postIndex: 0, error: { ...error, mendable: false } });
    await api.end({ runUid: first.run_uid });
    (await api.warehouse.attempt()).succeed();
    await api.end({ runUid: second.run_uid });
    await api.warehouse.attempt();
    expect(await sentenceOf(other.run_id)).toContain(`1 of 1 runs are at work, ${third.run_id}`);
  });

  it('is behind earlier runs of its dataset where no run of that is at work', async () => {
    await ready({ limits: { total: 1, perWarehouse: new Map([['default', 4]]) } });
    await api.register(datedSpec('b'));
    await startRun('b');
    await api.warehouse.attempt();
    const [first, , third] = [await startRun(), await startRun(), await startRun()];
    const explanation = await explain(`runs/${third.run_id}`);
    expect(explanation).toMatchObject({
      sentence: `Run ${third.run_id} waits in line behind 2 runs of its dataset, the first is ${first.run_id}.`,
      command: `dli workflow explain ${first.run_id}`,
    });
  });

  it('lets runs on demand go first when it is a date of a backfill', async () => {
    await ready({ limits: { total: 1, perWarehouse: new Map([['default', 4]]) } });
    await api.register(datedSpec('b'));
    await startRun('b');
    await api.warehouse.attempt();
    const range = { start_date: '2024-01-01', end_date: '2024-01-02' };
    const { body } = await api.send('POST', `/workflows/${dataset}/backfill`, range);
    const onDemand = await startRun();
    const [firstDate = '', secondDate = ''] = body.run_ids;
    expect(await sentenceOf(firstDate)).toContain(`waits in line behind run ${onDemand.run_id}.`);
    expect(await explain(`runs/${secondDate}`)).toMatchObject({
      sentence: `Run ${secondDate} waits for 2024-01-01, which comes before it in its backfill.`,
      command: `dli workflow backfill-status ${body.backfill_id}`,
    });
  });

  it('is held by its paused workflow, also between two attempts', async () => {
    await ready(
      { spec: specOf({ maxAttempts: 3, delaySeconds: 300 }) },
      'schedule: {cron: "0 10 * * *", retry: {max_attempts: 3, delay_seconds: 300}}',
    );
    api.clock.advance(30 * minute);
    const attempt = await api.warehouse.attempt();
    const runId = `${dataset}_20240115_100000`;
    const run = await api.send('GET', `/workflows/runs/${runId}`);
    await api.send('POST', `/workflows/${dataset}/pause`, { reason: 'bad source' }, { 'x-dli-actor': 'ann' });
    attempt.end({ kind: 'failed', published: false, postIndex: 0, error });
    await api.until(run.body.run_uid, ({ status }) => status === 'PENDING');
    const explanation = await explain(`runs/${runId}`);
    expect(explanation).toMatchObject({
      sentence: `Run ${runId} is held while its workflow is paused since 2024-01-15T10:00:45Z by ann (unverified): bad source; attempt 1 of 3 failed: boom.`,
      command: `dli workflow unpause ${dataset}`,
    });
    expect(factOf(explanation, 'paused by')).toBe('ann (unverified)');
    await api.send('POST', `/workflows/${dataset}/unpause`, {});
    expect(await sentenceOf(runId)).toBe(
      `Run ${runId} is tried again at 2024-01-15T10:05:45Z (attempt 2 of 3), because attempt 1 failed: boom.`,
    );
  });

  it('names the file and the process that holds it, since when and until when, for every run of the warehouse', async () => {
    await ready();
    await api.register(datedSpec('b'));
    const holder =
      'lake (/data/lake.duckdb) is held by another program: /usr/bin/duckdb (process 4711). Close it there';
    api.warehouse.heldBy = holder;
    const first = await startRun();
    await api.until(first.run_uid, ({ waitReason }) => waitReason !== null);
    const second = await startRun('b');
    for (const { run_id } of [first, second]) {
      const explanation = await explain(`runs/${run_id}`);
      expect(explanation.sentence).toBe(
        `Run ${run_id} waits since 2024-01-15T09:30:45Z for warehouse 'default', until 2024-01-15T10:00:45Z at the latest: ${holder}.`,
      );
      expect(factOf(explanation, 'fails at')).toBe('2024-01-15T10:00:45Z');
    }
    api.clock.advance(31 * minute);
    await api.end({ runUid: second.run_uid });
    expect(await explain(`runs/${second.run_id}`)).toMatchObject({
      sentence: `Run ${second.run_id} failed without starting: ${holder} (waited 1800 s for the warehouse).`,
      command: `dli workflow run b -p execution_date=2024-01-15 -p lookback_days=7`,
    });
  });

  it('asks the ledger after a loss, and is tried alone', async () => {
    await ready();
    await api.register(datedSpec('b'));
    await startRun('b');
    const other = await api.warehouse.attempt();
    const lost = await startRun();
    (await api.warehouse.attempt()).end({ kind: 'lost', reason: 'signal SIGKILL', ours: false });
    await api.until(lost.run_uid, ({ processDeaths }) => processDeaths === 1);
    const explanation = await explain(`runs/${lost.run_id}`);
    expect(explanation.sentence).toContain(
      "waits until it is alone in warehouse 'default', where b_20240115_093045 is at work; its last attempt was lost",
    );
    expect(factOf(explanation, 'lost because')).toBe('signal SIGKILL');
    await api.register(datedSpec('c'));
    const behind = await startRun('c');
    expect(await explain(`runs/${behind.run_id}`)).toMatchObject({
      sentence: expect.stringContaining(`waits behind run ${lost.run_id}, which is to be tried alone`),
      command: `dli workflow explain ${lost.run_id}`,
    });
    other.succeed();
    await api.until(lost.run_uid, ({ status }) => status === 'RUNNING');
    expect(await sentenceOf(lost.run_id)).toContain('so it asks the ledger first whether that was published');
    expect(await sentenceOf(behind.run_id)).toContain(`waits for run ${lost.run_id}, which is tried alone`);
  });
});

describe('a run at work and its end', () => {
  it('is at work since its attempt began, then being stopped, then killed by whom and why', async () => {
    await ready();
    api.warehouse.confirmsCancel = false;
    const run = await startRun();
    const attempt = await api.warehouse.attempt();
    expect(await explain(`runs/${run.run_id}`)).toMatchObject({
      sentence: `Run ${run.run_id} is at work since 2024-01-15T09:30:45Z.`,
      command: `dli workflow logs ${run.run_id} --follow`,
    });
    const stopped = api.send(
      'POST',
      `/workflows/runs/${run.run_id}/stop`,
      { reason: 'wrong day' },
      { 'x-dli-actor': 'ann' },
    );
    await api.until(run.run_uid, ({ stopRequestedAt }) => stopRequestedAt !== null);
    expect(await explain(`runs/${run.run_id}`)).toMatchObject({
      sentence: expect.stringContaining(
        'is being stopped since 2024-01-15T09:30:45Z (stopped by ann (unverified): wrong day); it ends when',
      ),
      command: `dli workflow status ${run.run_id} --follow`,
    });
    attempt.end({ kind: 'cancelled', published: false, postIndex: 0 });
    await stopped;
    expect(await sentenceOf(run.run_id)).toBe(`Run ${run.run_id} was killed: stopped by ann (unverified): wrong day.`);
  });

  it('failed at a line of the SQL, or completed', async () => {
    await ready();
    const failing = await startRun();
    const { mendable: _, ...told } = error;
    (await api.warehouse.attempt()).end({
      kind: 'failed',
      published: false,
      postIndex: 0,
      error: { ...told, mendable: false },
    });
    await api.end({ runUid: failing.run_uid });
    expect(await explain(`runs/${failing.run_id}`)).toMatchObject({
      sentence: `Run ${failing.run_id} failed at line 12 of the SQL (query): boom (trying again cannot mend this error); the table is as it was.`,
      command: `dli workflow logs ${failing.run_id}`,
    });
    expect(await explain(dataset)).toMatchObject({
      sentence: expect.stringContaining(`its last run ${failing.run_id} failed: boom`),
      command: `dli workflow logs ${failing.run_id}`,
    });
    const run = await startRun();
    (await api.warehouse.attempt()).succeed();
    await api.end({ runUid: run.run_uid });
    expect(await explain(`runs/${run.run_id}`)).toMatchObject({
      sentence: `Run ${run.run_id} completed and is published.`,
      command: null,
    });
  });
});

describe('a workflow', () => {
  const daily = 'schedule: {cron: "0 9 * * *", timezone: Asia/Seoul, catchup: none}';
  const day = 24 * 60 * minute;

  it('runs next at its tick, in the timezone of its schedule', async () => {
    await ready({}, daily);
    const explanation = await explain(dataset);
    expect(explanation).toMatchObject({
      sentence: `Workflow ${dataset} runs next at its tick 2024-01-16T09:00:00+09:00 (Asia/Seoul).`,
      command: `dli workflow run ${dataset} -p execution_date=2024-01-15`,
    });
    expect(factOf(explanation, 'next tick')).toBe('2024-01-16T00:00:00Z');
  });

  it('is paused and counts the ticks that it skips, also over an edit of its schedule', async () => {
    await ready({}, daily);
    await api.send('POST', `/workflows/${dataset}/pause`, { reason: 'bad source' }, { 'x-dli-actor': 'ann' });
    api.clock.advance(2 * day);
    const paused = `Workflow ${dataset} is paused since 2024-01-15T09:30:45Z by ann (unverified): bad source`;
    expect(await explain(dataset)).toMatchObject({
      sentence: `${paused}; 2 ticks were skipped meanwhile.`,
      command: `dli workflow unpause ${dataset}`,
    });
    await api.send('PUT', `/workflows/${dataset}`, { spec: datedSpec(dataset, 'schedule: {cron: "0 11 * * *"}') });
    api.clock.advance(day);
    expect((await explain(dataset)).sentence).toContain('3 ticks were skipped meanwhile.');
    await api.send('POST', `/workflows/${dataset}/unpause`, {});
    const last = await explain(dataset);
    expect(last.sentence).toContain(
      'runs next at its tick 2024-01-18T11:00:00Z (UTC); its last tick, 2024-01-17T11:00:00Z, was skipped: the workflow was paused by ann',
    );
    expect(last.command).toBe(`dli workflow backfill ${dataset} -s 2024-01-17 -e 2024-01-17`);
  });

  it('tells what was missed while the server was down, until that is computed', async () => {
    await ready({}, daily);
    await api.scheduler.close();
    api.clock.jumpTo(api.clock.now() + 3 * day);
    const { file, database, clock, warehouse, specsFolder } = api;
    const after = new Api({ file, database, clock, warehouse, specsFolder, owner: 'boot-2' });
    await after.scheduler.start();
    await after.quiet();
    api = after;
    const explanation = await explain(dataset);
    expect(explanation).toMatchObject({
      sentence: `Workflow ${dataset} runs next at its tick 2024-01-19T09:00:00+09:00 (Asia/Seoul); its last 3 ticks, from 2024-01-16T09:00:00+09:00 to 2024-01-18T09:00:00+09:00, were missed: the server was down from 2024-01-15T09:30:45Z to 2024-01-18T09:30:45Z.`,
      command: `dli workflow backfill ${dataset} -s 2024-01-16 -e 2024-01-18`,
    });
    const { body } = await api.send('POST', `/workflows/${dataset}/backfill`, {
      start_date: '2024-01-18',
      end_date: '2024-01-18',
    });
    (await api.warehouse.attempt()).succeed();
    const run = await api.send('GET', `/workflows/runs/${body.run_ids[0]}`);
    await api.end({ runUid: run.body.run_uid });
    expect((await explain(dataset)).sentence).not.toContain('missed');
  });

  it('tells what a catch-up left out, and the run that it made', async () => {
    await ready({}, 'schedule: {cron: "0 9 * * *", catchup: latest}');
    await api.scheduler.close();
    api.clock.jumpTo(api.clock.now() + 3 * day);
    const { file, database, clock, warehouse, specsFolder } = api;
    api = new Api({ file, database, clock, warehouse, specsFolder, owner: 'boot-2' });
    await api.scheduler.start();
    await api.warehouse.attempt();
    expect((await explain(dataset)).sentence).toContain(
      'its last 2 ticks, from 2024-01-16T09:00:00Z to 2024-01-17T09:00:00Z, were missed: the server was down from 2024-01-15T09:30:45Z to 2024-01-18T09:30:45Z; run iceberg.analytics.daily_20240118_090000 is at work.',
    );
  });

  it('tells a tick that an unfinished run made it skip, the run at work and those that wait', async () => {
    await ready({}, 'schedule: {cron: "0,30 10 * * *", overlap: skip}');
    api.clock.advance(30 * minute);
    await api.warehouse.attempt();
    api.clock.advance(30 * minute);
    await api.quiet();
    const waiting = await startRun();
    const explanation = await explain(dataset);
    const atWork = `${dataset}_20240115_100000`;
    expect(explanation.sentence).toBe(
      `Workflow ${dataset} runs next at its tick 2024-01-16T10:00:00Z (UTC); its last tick, 2024-01-15T10:30:00Z, was skipped: run ${atWork} had not finished (overlap: skip); run ${waiting.run_id} waits; run ${atWork} is at work.`,
    );
    expect(explanation.command).toBe(`dli workflow backfill ${dataset} -s 2024-01-15 -e 2024-01-15`);
  });

  it('is held while the clock is not believed', async () => {
    await ready({}, daily);
    api.clock.jumpTo(Date.UTC(2038, 0, 1));
    api.clock.advance(minute);
    await api.quiet();
    const explanation = await explain(dataset);
    expect(explanation.sentence).toContain('has its schedule held: the clock went forward from 2024-01-15T09:30:45Z');
    expect(explanation.command).toBe('dli server status');
  });

  it('has no schedule, or one that is disabled, and a file that is broken', async () => {
    await ready();
    await api.register(datedSpec('b', 'schedule: {cron: "@daily", enabled: false}'));
    expect((await explain(dataset)).sentence).toBe(`Workflow ${dataset} has no schedule: it runs on demand.`);
    expect((await explain('b')).sentence).toBe('Workflow b has a schedule that is disabled in its spec.');
    api.parts.specStore.manual.writeManual('b', datedSpec('b', 'nope: 1')).keep();
    await api.send('POST', '/workflows/sync', {});
    expect(await explain('b')).toMatchObject({
      sentence: expect.stringContaining(
        "its newest spec is not in force, the last good one is: manual/b.yaml:8:1: Unknown key 'nope'",
      ),
      command: 'dli workflow sync',
    });
    api.parts.specStore.manual.writeManual('b', datedSpec('b')).keep();
    await api.send('POST', '/workflows/sync', {});
    expect((await explain('b')).sentence).not.toContain('not in force');
  });
});
