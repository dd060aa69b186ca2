import { describe, expect, it } from 'vitest';
import { errorCatalogue, isErrorCode } from '../../src/contract/errors.ts';
import { type Answer, type AnswerBody, Api, datedSpec } from './api.ts';

const name = 'iceberg.analytics.daily';

/** Checks an error answer: its code, the status that hangs off the code, and the one shape of every error body. */
function expectError({ status, body }: Answer, code: string, text: string | RegExp = ''): void {
  expect(body).toEqual({
    code,
    message: expect.stringMatching(text),
    hints: expect.any(Array),
    problems: expect.any(Array),
  });
  expect(status).toBe(isErrorCode(code) ? errorCatalogue[code].status : 0);
  expect(JSON.stringify(body)).not.toMatch(/\.ts:\d|at Object\.|node_modules/);
}

describe('malformed requests', () => {
  const run = `/workflows/${name}/run`;

  it.each([
    ['malformed JSON', '{"params": '],
    ['JSON followed by more', '{} {}'],
    ['an array', '[]'],
    ['a number', '1'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['an unknown field', '{"parms": {}}'],
    ['a wrong type', '{"params": 1}'],
    ['a wrong type of a flag', '{"dry_run": "yes"}'],
    ['a field that the path already gives', '{"dataset": "other"}'],
  ])('%s is DLI-400', async (_name, body) => {
    const api = new Api();
    await api.register(datedSpec());
    expectError(await api.send('POST', run, body), 'DLI-400');
    expect(api.bugs).toEqual([]);
  });

  it('an unknown field is named', async () => {
    expectError(await new Api().send('POST', run, { parms: {} }), 'DLI-400', 'parms');
    expectError(await new Api().send('GET', '/workflows?nope=1'), 'DLI-400', 'nope');
  });

  it('a body without a JSON content type is DLI-400 and says what to send', async () => {
    const answer = await new Api().send('POST', run, '{}', { 'content-type': 'text/plain' });
    expectError(answer, 'DLI-400');
    expect(answer.body.hints).toEqual(['Send Content-Type: application/json']);
    expectError(
      await new Api().send('POST', run, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      'DLI-400',
    );
  });

  it('a body of 10 MB is DLI-413, with a length and without one', async () => {
    const api = new Api();
    const big = JSON.stringify({ params: { x: 'x'.repeat(10_000_000) } });
    expectError(await api.send('POST', run, big), 'DLI-413');
    const stream = new Blob([big]).stream();
    const response = await api.app.request(
      new Request(`http://x/api/v1${run}`, {
        method: 'POST',
        body: stream,
        headers: { 'content-type': 'application/json' },
        duplex: 'half',
      } as RequestInit),
    );
    expectError({ status: response.status, body: (await response.json()) as AnswerBody }, 'DLI-413');
  });

  it.each(['/nope', '/workflows/a/b/c', '/%E0%A4%A', '/workflows/%E0%A4%A'])(
    'GET %s is no internal error',
    async (path) => {
      const api = new Api();
      const { status, body } = await api.send('GET', path);
      expect([400, 404]).toContain(status);
      expect(isErrorCode(body.code)).toBe(true);
      expect(api.bugs).toEqual([]);
    },
  );

  it('an unknown route is DLI-404 and a wrong method DLI-405 with the ones that are allowed', async () => {
    const api = new Api();
    expectError(await api.send('GET', '/nope'), 'DLI-404');
    const answer = await api.send('PATCH', `/workflows/${name}`);
    expectError(answer, 'DLI-405');
    expect(answer.body.hints.join()).toMatch(/GET.*|DELETE/);
  });

  it('DLI-405 has the allowed methods in the Allow header, each once', async () => {
    const api = new Api();
    for (const [path, allowed] of [
      [`/workflows/${name}`, 'GET, PUT, DELETE'],
      ['/workflows/history', 'GET'],
      ['/workflows/register', 'POST'],
      ['/backfills/bf-1/stop', 'POST'],
    ] as const) {
      const response = await api.raw('PATCH', path);
      expect([response.status, response.headers.get('allow')]).toEqual([405, allowed]);
    }
  });

  it('a path of its own is no dataset: its methods are its only ones', async () => {
    const api = new Api();
    for (const path of ['/workflows/register', '/workflows/sync']) {
      expectError(await api.send('GET', path), 'DLI-405');
      expectError(await api.send('DELETE', path), 'DLI-405');
    }
    expectError(await api.send('PUT', '/workflows/history', { spec: datedSpec('history') }), 'DLI-405');
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=x',
    'cursor=abc',
    'cursor=W10',
    `cursor=${Buffer.from('["x"]').toString('base64url')}`,
  ])('a list with %s is DLI-400', async (query) => {
    const api = new Api();
    for (const path of ['/workflows', '/workflows/history', '/backfills'])
      expectError(await api.send('GET', `${path}?${query}`), 'DLI-400');
  });

  it.each(['0x10', '1e2', '5.0', '%205', '%2B5', '', 'null', '9007199254740993'])(
    'a number in a query has digits only: %s is DLI-400',
    async (text) => {
      const api = new Api();
      await api.trigger({ dataset: 'a.x' });
      const log = '/workflows/runs/a.x_20240115_093045/logs';
      for (const query of [`/workflows?limit=${text}`, `/workflows/a/preview?limit=${text}`, `${log}?attempt=${text}`])
        expectError(await api.send('GET', query), 'DLI-400');
    },
  );

  it.each(['limit[]=1', 'limit=1&limit=2', 'limit[a]=1', 'dataset[]=a', 'dataset=a&dataset=b', 'running[]=true'])(
    'a list where one value is meant is DLI-400: %s',
    async (query) => {
      expectError(await new Api().send('GET', `/workflows?${query}`), 'DLI-400');
    },
  );

  it('a NUL byte in a pattern is DLI-400: the store would read the pattern up to it only', async () => {
    const api = new Api();
    await api.register(datedSpec());
    expectError(await api.send('GET', '/workflows?dataset=%00'), 'DLI-400', 'dataset');
    for (const query of ['prefix=%00', 'owner=%00', 'prefix=%F0%9F%9A%80', 'prefix=%ED%A0%80', 'dataset=%EB%8D%B0'])
      expect((await api.send('GET', `/workflows?${query}`)).body.items).toEqual([]);
  });

  it.each(['%00', 'a%00b', encodeURIComponent('데이터 🚀'), '%E2%80%AE', 'a'.repeat(200)])(
    'an odd name is not found: %s',
    async (odd) => {
      const api = new Api();
      expectError(await api.send('GET', `/workflows/${odd}`), 'DLI-800');
      expectError(await api.send('GET', `/workflows/runs/${odd}`), 'DLI-809');
      expectError(await api.send('GET', `/workflows/runs/${odd}/logs`), 'DLI-809');
      expectError(await api.send('POST', `/workflows/${odd}/pause`), 'DLI-800');
      expect(api.bugs).toEqual([]);
    },
  );

  it('a name that is too long is DLI-400', async () => {
    const api = new Api();
    expectError(await api.send('GET', `/workflows/${'a'.repeat(201)}`), 'DLI-400', 'dataset');
    expectError(await api.send('GET', `/workflows/runs/${'a'.repeat(301)}`), 'DLI-400', 'run_id');
    expectError(await api.send('GET', `/backfills/${'a'.repeat(101)}`), 'DLI-400', 'backfill_id');
  });

  it('JSON that nests too deeply is DLI-400, in words of its own', async () => {
    const deep = `{"params": ${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`;
    const answer = await new Api().send('POST', run, deep);
    expectError(answer, 'DLI-400', /^The request body is not valid JSON: it nests too deeply$/);
  });

  it('a short body may nest as deeply as fits into it', async () => {
    const depth = 490;
    const deep = `{"params": {"a": ${'['.repeat(depth)}${']'.repeat(depth)}}}`;
    expect(deep.length).toBeLessThanOrEqual(1_000);
    const api = new Api();
    await api.register(datedSpec());
    expectError(await api.send('POST', run, deep), 'DLI-810', "'a'");
  });

  it('an idempotency key that is too long is DLI-400', async () => {
    expectError(await new Api().send('POST', run, {}, { 'idempotency-key': 'k'.repeat(201) }), 'DLI-400');
  });
});

describe('names that mean harm', () => {
  it.each(['../../etc/x', "a'b", 'a;b', '%', 'a/../b', '_dli.x'])('%s is nobody’s workflow', async (bad) => {
    const api = new Api();
    const path = `/workflows/${encodeURIComponent(bad)}`;
    expectError(await api.send('GET', path), 'DLI-800');
    expectError(await api.send('DELETE', path), 'DLI-800');
    expectError(await api.send('POST', `${path}/run`, {}), 'DLI-800');
    expectError(await api.register(datedSpec(JSON.stringify(bad))), 'DLI-813');
    expect(api.bugs).toEqual([]);
  });

  it('parameters called like parts of objects are no parameters', async () => {
    const api = new Api();
    await api.register(datedSpec());
    for (const [bad, code] of [
      ['__proto__', 'DLI-400'],
      ['constructor', 'DLI-810'],
      ['toString', 'DLI-810'],
    ] as const) {
      const body = `{"params": {"execution_date": "2024-01-01", "${bad}": {"polluted": 1}}}`;
      expectError(await api.send('POST', `/workflows/${name}/run`, body), code, bad);
    }
    // Also where it is written with an escape, anywhere in the body.
    const escaped = '{"params": {"execution_date": "2024-01-01", "a": {"\\u005f_proto__": {}}}}';
    expectError(await api.send('POST', `/workflows/${name}/run`, escaped), 'DLI-400', '__proto__');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('each code of a request', () => {
  it('DLI-800 suggests the nearest name', async () => {
    const api = new Api();
    await api.register(datedSpec());
    for (const [method, path] of [
      ['GET', '/workflows/iceberg.analytics.dayly'],
      ['GET', '/workflows/iceberg.analytics.dayly/preview'],
      ['DELETE', '/workflows/iceberg.analytics.dayly'],
    ] as const) {
      const answer = await api.send(method, path);
      expectError(answer, 'DLI-800', 'iceberg.analytics.dayly');
      expect(answer.body.hints).toContain(`Did you mean '${name}'?`);
    }
    const backfill = { start_date: '2024-01-01', end_date: '2024-01-02' };
    expectError(await api.send('POST', '/workflows/x/backfill', backfill), 'DLI-800');
    expectError(await api.send('PUT', '/workflows/x', { spec: datedSpec('x') }), 'DLI-800');
  });

  it('DLI-801: a warehouse that is not there, a name that is not the path’s', async () => {
    const api = new Api();
    expectError(await api.register(datedSpec('a', 'execution: {warehouse: nope}')), 'DLI-801', 'nope');
    await api.register(datedSpec('a'));
    expectError(await api.send('PUT', '/workflows/a', { spec: datedSpec('b') }), 'DLI-801', "'b'");
  });

  it('DLI-804: registered already, or in another case', async () => {
    const api = new Api();
    await api.register(datedSpec());
    expectError(await api.register(datedSpec()), 'DLI-804');
    expectError(await api.register(datedSpec(name.toUpperCase())), 'DLI-804', 'upper and lower case');
  });

  it('DLI-805, DLI-813 and DLI-815 have the place', async () => {
    const api = new Api();
    const cron = await api.register(datedSpec('a', 'schedule: {cron: "99 * * * *"}'));
    expectError(cron, 'DLI-805');
    const spec = await api.register('name: a\nowner: me\nteam: t\nnope: 1\nquery_statement: SELECT 1\n', {
      file_name: 'a.yaml',
    });
    expectError(spec, 'DLI-813');
    expect(spec.body.problems[0]).toMatchObject({ file: 'a.yaml', line: 4 });
    const sql = await api.register('name: a\nowner: me\nteam: t\nquery_statement: SELECT {{ nope }}\n', {
      file_name: 'a.yaml',
    });
    expectError(sql, 'DLI-815');
    expect(sql.body.problems[0]).toMatchObject({ file: 'a.yaml', line: 4 });
  });

  it('DLI-809: no such run, backfill, or more than one', async () => {
    const api = new Api();
    for (const [method, path] of [
      ['GET', '/workflows/runs/nope'],
      ['GET', '/workflows/runs/nope/logs'],
      ['POST', '/workflows/runs/nope/stop'],
      ['GET', '/backfills/bf-20240101-000000'],
      ['POST', '/backfills/bf-20240101-000000/stop'],
    ] as const)
      expectError(await api.send(method, path), 'DLI-809', /nope|bf-20240101-000000/);
    await api.trigger({ dataset: 'a.x' });
    await api.trigger({ dataset: 'b.x' });
    const answer = await api.send('GET', '/workflows/runs/x_20240115_093045');
    expectError(answer, 'DLI-809', '2 runs');
    expect(answer.body.hints).toContain('a.x_20240115_093045');
  });

  it('DLI-810, DLI-811 and DLI-812 list what is allowed', async () => {
    const api = new Api();
    await api.register(datedSpec());
    const run = (params: object) => api.send('POST', `/workflows/${name}/run`, { params });
    for (const [params, code] of [
      [{ execution_date: '2024-01-01', x: 1 }, 'DLI-810'],
      [{}, 'DLI-811'],
      [{ execution_date: 'yesterday' }, 'DLI-812'],
    ] as const) {
      const answer = await run(params);
      expectError(answer, code);
      expect(answer.body.hints.join()).toContain('execution_date (date, required)');
    }
    expect((await api.send('GET', '/workflows/history')).body.items).toEqual([]);
  });

  it('DLI-811 for a backfill of a dataset without execution_date, DLI-812 for one that sets it', async () => {
    const api = new Api();
    await api.register('name: a\nowner: me\nteam: t\nquery_statement: SELECT 1\n');
    await api.register(datedSpec());
    const range = { start_date: '2024-01-01', end_date: '2024-01-02' };
    expectError(await api.send('POST', '/workflows/a/backfill', range), 'DLI-811');
    const params = { execution_date: '2024-01-01' };
    expectError(await api.send('POST', `/workflows/${name}/backfill`, { ...range, params }), 'DLI-812');
  });

  it('DLI-814 for a bad range', async () => {
    const api = new Api();
    await api.register(datedSpec());
    for (const [start_date, end_date] of [
      ['2024-01-02', '2024-01-01'],
      ['x', '2024-01-01'],
      ['1990-01-01', '2024-01-01'],
    ])
      expectError(await api.send('POST', `/workflows/${name}/backfill`, { start_date, end_date }), 'DLI-814');
  });

  it('DLI-816 when the warehouse cannot be reached, or the server closes', async () => {
    const api = new Api();
    await api.register(datedSpec());
    api.warehouse.heldBy = 'held by pid 7';
    const body = { params: { execution_date: '2024-01-01' }, dry_run: true };
    expectError(await api.send('POST', `/workflows/${name}/run`, body), 'DLI-816', 'pid 7');
    api.closing.abort();
    expectError(await api.send('GET', '/ready'), 'DLI-816');
  });

  it('DLI-500 tells an id and nothing else, and reports the bug', async () => {
    const api = new Api();
    api.database.execute('DROP TABLE events');
    const answer = await api.register(datedSpec());
    expectError(answer, 'DLI-500', /^Internal error [0-9a-f-]{36}$/);
    expect(api.bugs).toHaveLength(1);
  });
});
