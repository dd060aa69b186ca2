import { describe, expect, it } from 'vitest';
import { Api, datedSpec } from './api.ts';

const dataset = 'iceberg.analytics.daily';
const schedule = 'schedule: {cron: "0 9 * * *", timezone: Asia/Seoul}';

describe('a pause', () => {
  it('says since when, by whom and why, and ends with unpause alone', async () => {
    const api = new Api();
    await api.register(datedSpec(dataset, schedule));
    const paused = await api.send(
      'POST',
      `/workflows/${dataset}/pause`,
      { reason: 'bad source' },
      { 'x-dli-actor': 'ann' },
    );
    expect(paused.body).toMatchObject({
      status: 'paused',
      paused: { by: 'ann (unverified)', reason: 'bad source' },
      next_run_at: null,
    });
    const again = await api.send('POST', `/workflows/${dataset}/pause`, {});
    expect([again.status, again.body.code]).toEqual([409, 'DLI-807']);
    await api.send('PUT', `/workflows/${dataset}`, { spec: datedSpec(dataset) });
    await api.send('DELETE', `/workflows/${dataset}`);
    const registered = await api.register(datedSpec(dataset, schedule));
    expect(registered.body).toMatchObject({ status: 'paused', paused: { by: 'ann (unverified)' } });
    const unpaused = await api.send('POST', `/workflows/${dataset}/unpause`, {});
    expect(unpaused.body).toMatchObject({ status: 'active', paused: null, next_run_at: expect.any(String) });
    expect((await api.send('POST', `/workflows/${dataset}/unpause`, {})).body.code).toBe('DLI-807');
  });

  it('is found by its filter, and needs a workflow', async () => {
    const api = new Api();
    for (const name of ['a', 'b']) await api.register(datedSpec(name));
    await api.send('POST', '/workflows/b/pause', {});
    const names = async (status: string) =>
      (await api.send('GET', `/workflows?status=${status}`)).body.items.map((item) => item.dataset_name);
    expect([await names('paused'), await names('active'), await names('overridden')]).toEqual([['b'], ['a'], []]);
    expect((await api.send('POST', '/workflows/nope/pause', {})).body.code).toBe('DLI-800');
  });

  it('with one key is one pause', async () => {
    const api = new Api();
    await api.register(datedSpec('a'));
    const key = { 'idempotency-key': 'k' };
    const [first, second] = [
      await api.send('POST', '/workflows/a/pause', {}, key),
      await api.send('POST', '/workflows/a/pause', {}, key),
    ];
    expect(second).toEqual(first);
  });
});

describe('a workflow in full', () => {
  it('has its registrations, parameters, statements, lineage, runs and how it stands', async () => {
    const api = new Api();
    await api.register(datedSpec('a'));
    await api.register('name: b\nowner: me\nteam: t\nquery_statement: CREATE TABLE b AS SELECT * FROM a\n');
    await api.send('POST', '/workflows/a/run', { params: { execution_date: '2024-01-01' } });
    const { body } = await api.send('GET', '/workflows/a');
    expect(body).toMatchObject({
      dataset_name: 'a',
      registrations: [{ source_type: 'manual', effective: true }],
      parameters: [
        { name: 'execution_date', type: 'date', required: true },
        { name: 'lookback_days', default: 7 },
      ],
      statements: [{ label: 'query', phase: 'transaction' }],
      read_by: ['b'],
      last_runs: [{ dataset_name: 'a' }],
      explanation: { sentence: expect.stringContaining('has no schedule: it runs on demand') },
    });
  });
});

describe('a prefix', () => {
  it('finds the names that begin with it, in their order', async () => {
    const api = new Api();
    for (const name of ['lake.a', 'lake.b', 'lakes', 'b.lake']) await api.register(datedSpec(name));
    const { body } = await api.send('GET', '/workflows?prefix=lake.');
    expect(body.items.map((item) => item.dataset_name)).toEqual(['lake.a', 'lake.b']);
  });
});

describe('sync', () => {
  it('says what it found', async () => {
    const api = new Api();
    await api.register(datedSpec('a'));
    const nothing = {
      added: [],
      updated: [],
      removed: [],
      unchanged: 1,
      broken: [],
      held: [],
      busy: [],
      troubles: [],
      notes: [],
    };
    expect((await api.send('POST', '/workflows/sync', {})).body).toEqual(nothing);
    api.parts.specStore.manual.removeManual('a').keep();
    api.parts.specStore.manual.writeManual('b', datedSpec('b')).keep();
    expect((await api.send('POST', '/workflows/sync', {})).body).toEqual({
      ...nothing,
      unchanged: 0,
      added: ['b'],
      removed: ['a'],
    });
  });
});
