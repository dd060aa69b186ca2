import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { appendEvent } from '../../src/store/queries/events.ts';
import { Api, datedSpec } from './api.ts';

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const name = 'secret.name';
const read = async (api: Api) => (await api.app.request('/metrics')).text();

/** The value of a metric, or of one of its series. */
function figureOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe('metrics', () => {
  it('are all described in the operations page, and no others', async () => {
    const exposed = [...(await read(new Api())).matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric);
    const onThisSystem = page
      .split('\n')
      .filter((line) => process.platform === 'linux' || !line.includes('Linux only'));
    const described = [...onThisSystem.join('\n').matchAll(/^\|(.+?)\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(basecamp_\w+)`/g)].map(([, metric]) => metric),
    );
    expect(described.toSorted()).toEqual(exposed.toSorted());
  });

  it('count what ended and tell what waits, without the name of a dataset', async () => {
    const api = new Api();
    await api.register(datedSpec(name));
    const waiting = 'basecamp_runs{status="PENDING",run_type="adhoc",source_type="manual"}';
    expect(figureOf(await read(api), waiting)).toBe(0);
    const { body } = await api.send('POST', `/workflows/${name}/run`, { params: { execution_date: '2024-01-01' } });
    api.clock.advance(3_000);
    const before = await read(api);
    expect(figureOf(before, waiting)).toBe(1);
    expect(figureOf(before, 'basecamp_queue_length')).toBe(1);
    expect(figureOf(before, 'basecamp_oldest_waiting_seconds')).toBe(3);
    await api.engine.start();
    await api.end({ runUid: body.run_uid });
    const text = await read(api);
    const ended = 'basecamp_runs_ended_total{status="COMPLETED",run_type="adhoc",source_type="manual"}';
    expect(figureOf(text, ended)).toBe(1);
    expect(figureOf(text, 'basecamp_run_duration_seconds_count{status="COMPLETED"}')).toBe(1);
    expect(figureOf(text, 'basecamp_run_start_delay_seconds_sum{run_type="adhoc"}')).toBe(3);
    expect(figureOf(text, waiting)).toBe(0);
    expect(figureOf(text, 'basecamp_queue_length')).toBe(0);
    expect(figureOf(text, 'basecamp_workflows')).toBe(1);
    expect(text).not.toContain('secret');
  });

  it('do not take the turns of a backfill’s dates for delays', async () => {
    const api = new Api();
    await api.register(datedSpec(name));
    const range = { start_date: '2024-01-01', end_date: '2024-01-02' };
    await api.send('POST', `/workflows/${name}/backfill`, range);
    const waiting = await read(api);
    expect(figureOf(waiting, 'basecamp_runs{status="PENDING",run_type="backfill",source_type="manual"}')).toBe(2);
    expect(figureOf(waiting, 'basecamp_queue_length')).toBe(1);
    await api.engine.start();
    const { items } = (await api.send('GET', '/workflows/history')).body;
    for (const { run_uid } of items) await api.end({ runUid: run_uid });
    const text = await read(api);
    expect(
      figureOf(text, 'basecamp_runs_ended_total{status="COMPLETED",run_type="backfill",source_type="manual"}'),
    ).toBe(2);
    expect(figureOf(text, 'basecamp_run_start_delay_seconds_count{run_type="backfill"}')).toBeUndefined();
  });

  it('tell how late a tick had its run, and what became of the ticks without one', async () => {
    const api = new Api();
    await api.register(datedSpec(name, 'schedule: {cron: "* * * * *", catchup: latest}'));
    await api.scheduler.start();
    await api.engine.start();
    // The tick is due in 15 seconds; the server comes to it 2 seconds late.
    api.clock.jumpTo(api.clock.now() + 17_000);
    api.clock.advance(0);
    await api.quiet();
    const [run] = (await api.send('GET', '/workflows/history')).body.items;
    await api.end({ runUid: run?.run_uid ?? '' });
    const text = await read(api);
    expect(figureOf(text, 'basecamp_ticks_total{outcome="run"}')).toBe(1);
    expect(figureOf(text, 'basecamp_tick_delay_seconds_sum{until="recorded"}')).toBe(2);
    expect(figureOf(text, 'basecamp_tick_delay_seconds_sum{until="started"}')).toBe(2);
    expect(figureOf(text, 'basecamp_run_start_delay_seconds_sum{run_type="scheduled"}')).toBe(0);
    api.clock.jumpTo(api.clock.now() + 10 * 60_000);
    api.clock.advance(60_000);
    await api.quiet();
    expect(figureOf(await read(api), 'basecamp_ticks_total{outcome="missed"}')).toBeGreaterThan(0);
  });

  it('count the commits of the state, and the writes that shared them', async () => {
    const api = new Api();
    await Promise.all([1, 2, 3].map(() => api.database.write(() => undefined)));
    const text = await read(api);
    expect(figureOf(text, 'basecamp_store_commit_seconds_count')).toBe(1);
    expect(figureOf(text, 'basecamp_store_commit_writes_sum')).toBe(3);
  });

  it('follow a long log in pages, between which the server does other work', async () => {
    const api = new Api();
    const data = { run_type: 'adhoc', source_type: 'manual' };
    const rest = { at: 0, dataset: name, runId: 'r', backfillId: null, actor: 'x', reason: null, data } as const;
    await api.database.write((transaction) => {
      for (let n = 0; n < 5_000; n += 1) appendEvent(transaction, { ...rest, kind: 'run.completed' });
    });
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const [one, other] = await Promise.all([read(api), read(api)]);
    isOver = true;
    expect(turns).toBeGreaterThan(8);
    const ended = 'basecamp_runs_ended_total{status="COMPLETED",run_type="adhoc",source_type="manual"}';
    expect([one, other].map((text) => figureOf(text, ended))).toEqual([5_000, 5_000]);
  });
});
