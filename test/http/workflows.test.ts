import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Compiler } from '../../src/compiler/compiler.ts';
import { SpecCache } from '../../src/services/spec-cache.ts';
import { syncSpecs } from '../../src/services/sync.ts';
import type { SyncReport } from '../../src/services/sync-source.ts';
import { SpecDirectory } from '../../src/spec-store/directory.ts';
import { SpecStore } from '../../src/spec-store/spec-store.ts';
import { eventKinds } from '../../src/store/store-fixture.suite.ts';
import { Api, datedSpec } from './api.ts';

const name = 'iceberg.analytics.daily';
const files = (api: Api) => readdirSync(join(api.specsFolder, 'manual'));
const textOf = (api: Api, dataset = name) => readFileSync(join(api.specsFolder, 'manual', `${dataset}.yaml`), 'utf8');
/** Looks at the manual files, as a start does. */
const look = async (api: Api): Promise<SyncReport> => {
  const { reports } = await syncSpecs(api.parts, { sources: ['manual'] });
  const [report] = reports;
  if (!report) throw new TypeError('manual/ was not looked at');
  return report;
};
const put = (api: Api, file: string, text: string) => writeFileSync(join(api.specsFolder, 'manual', file), text);

describe('registering', () => {
  it('stores the file with its SQL inlined, the registration and its event', async () => {
    const api = new Api();
    const spec = datedSpec().replace(
      'query_statement: SELECT 1 AS n, {{ execution_date | sql_date }} AS dt',
      'query_file: q.sql',
    );
    const answer = await api.register(spec, {
      files: { 'q.sql': 'SELECT 42 AS n, {{ execution_date | sql_date }} AS dt' },
    });
    expect(answer).toMatchObject({
      status: 201,
      body: { dataset_name: name, source_type: 'manual', status: 'active', schedule: null },
    });
    expect(files(api)).toEqual([`${name}.yaml`]);
    expect(textOf(api)).toContain('SELECT 42');
    expect(textOf(api)).not.toContain('query_file');
    expect(eventKinds(api.database)).toEqual(['workflow.registered']);
  });

  it('makes the warehouse ready for the first run, but not for a dataset that is refused', async () => {
    const api = new Api();
    await api.register(datedSpec());
    await api.register(datedSpec());
    await api.register('name: a\nowner: me\nteam: t\nquery_statement: SELECT {{ nope }}\n');
    expect(api.warehouse.prepared).toEqual([name]);
  });

  it('leaves nothing behind when it is refused', async () => {
    const api = new Api();
    await api.register('name: a\nowner: me\n');
    await api.register('name: a\nowner: me\nteam: t\nquery_statement: SELECT {{ nope }}\n');
    expect(files(api)).toEqual([]);
    expect(eventKinds(api.database)).toEqual([]);
  });

  it('two at once of one name: one wins, and its file is the one that is kept', async () => {
    const api = new Api();
    const specs = ['SELECT 1', 'SELECT 2'].map((sql) => `name: a\nowner: me\nteam: t\nquery_statement: ${sql}\n`);
    const answers = await Promise.all(specs.map((spec) => api.register(spec)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const winner = answers[0]?.status === 201 ? 'SELECT 1' : 'SELECT 2';
    expect(textOf(api, 'a')).toContain(winner);
    expect((await look(api)).broken).toEqual([]);
    expect(eventKinds(api.database)).toEqual(['workflow.registered']);
  });

  it('two at once that differ in case only: one wins, the other is DLI-804', async () => {
    const api = new Api();
    const answers = await Promise.all(['abc', 'ABC'].map((dataset) => api.register(datedSpec(dataset))));
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [201, undefined],
      [409, 'DLI-804'],
    ]);
    expect(files(api)).toEqual(['abc.yaml']);
  });

  it('sent twice at once with one key is one registration, and both are told the same', async () => {
    const api = new Api();
    const key = { 'idempotency-key': 'k' };
    const send = () => api.send('POST', '/workflows/register', { spec: datedSpec() }, key);
    const [first, second] = await Promise.all([send(), send()]);
    expect(first?.status).toBe(201);
    expect(second).toEqual(first);
    expect(eventKinds(api.database)).toEqual(['workflow.registered']);
  });

  it('in another case than one that is registered already is DLI-804', async () => {
    const api = new Api();
    await api.register(datedSpec('abc'));
    expect(await api.register(datedSpec('ABC'))).toMatchObject({ status: 409, body: { code: 'DLI-804' } });
    expect(files(api)).toEqual(['abc.yaml']);
  });

  it('updating what is unregistered meanwhile is DLI-800 and does not bring it back', async () => {
    const api = new Api();
    await api.register(datedSpec());
    const [update, removal] = await Promise.all([
      api.send('PUT', `/workflows/${name}`, { spec: datedSpec(name, 'tags: [x]') }),
      api.send('DELETE', `/workflows/${name}`),
    ]);
    expect(removal.status).toBe(200);
    expect(update).toMatchObject({ status: 404, body: { code: 'DLI-800' } });
    expect(files(api)).toEqual([]);
  });

  it('that cannot be stored leaves the file as it was', async () => {
    const api = new Api();
    await api.register(datedSpec());
    const before = textOf(api);
    api.database.execute(`CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END`);
    expect((await api.send('PUT', `/workflows/${name}`, { spec: datedSpec(name, 'tags: [x]') })).status).toBe(500);
    expect((await api.register(datedSpec('b'))).status).toBe(500);
    expect(textOf(api)).toBe(before);
    expect(files(api)).toEqual([`${name}.yaml`]);
  });

  it('updating keeps when it was registered, and tells both revisions', async () => {
    const api = new Api();
    const first = await api.register(datedSpec());
    api.clock.advance(60_000);
    const second = await api.send('PUT', `/workflows/${name}`, { spec: datedSpec(name, 'tags: [x]') });
    expect(second).toMatchObject({
      status: 200,
      body: { registered_at: '2024-01-15T09:30:45.000Z', updated_at: '2024-01-15T09:31:45.000Z' },
    });
    expect(second.body).not.toMatchObject({ revision: Reflect.get(first.body, 'revision') });
    expect(textOf(api)).toMatch(/tags: \[ ?x ?\]/);
  });

  it('updating tells how many waiting runs keep the spec that they were triggered with', async () => {
    const api = new Api();
    api.warehouse.manual = true;
    await api.register(datedSpec());
    const update = async (more: string) => {
      const { status, body } = await api.send('PUT', `/workflows/${name}`, { spec: datedSpec(name, more) });
      expect(status).toBe(200);
      const warnings: readonly string[] = Reflect.get(body, 'warnings');
      return warnings.filter((warning) => warning.includes('waiting run'));
    };
    const run = () => api.send('POST', `/workflows/${name}/run`, { params: { execution_date: '2024-01-01' } });
    await run();
    await api.warehouse.attempt();
    expect(await update('tags: [x]')).toEqual([]);
    const { body: second } = await run();
    expect(await update('tags: [y]')).toEqual([
      `1 waiting run, ${second.run_id}, keeps the spec that it was triggered with`,
    ]);
    await run();
    expect(await update('tags: [z]')).toEqual([
      `2 waiting runs, the first is ${second.run_id}, keep the spec that they were triggered with`,
    ]);
    // With the spec of the second run in force again only the third has another one.
    expect(await update('tags: [x]')).toEqual([
      expect.stringMatching(/^1 waiting run, \S+, keeps the spec that it was triggered with$/),
    ]);
  });
});

describe('unregistering', () => {
  it('removes file and registration, keeps the history', async () => {
    const api = new Api();
    await api.register(datedSpec());
    const run = await api.send('POST', `/workflows/${name}/run`, { params: { execution_date: '2024-01-01' } });
    await api.end({ runUid: run.body.run_uid });
    expect(await api.send('DELETE', `/workflows/${name}`)).toMatchObject({ status: 200, body: { stopped_runs: [] } });
    expect(files(api)).toEqual([]);
    expect((await api.send('GET', `/workflows/${name}`)).body.code).toBe('DLI-800');
    expect((await api.send('GET', '/workflows/history')).body.items).toHaveLength(1);
  });

  it('is refused while runs are unfinished, and with force stops them all first', async () => {
    const api = new Api();
    api.warehouse.manual = true;
    await api.register(datedSpec());
    await api.send('POST', `/workflows/${name}/run`, { params: { execution_date: '2024-01-01' } });
    await api.send('POST', `/workflows/${name}/backfill`, { start_date: '2024-01-01', end_date: '2024-01-03' });
    expect(await api.send('DELETE', `/workflows/${name}`)).toMatchObject({ status: 409, body: { code: 'DLI-808' } });
    expect(files(api)).toHaveLength(1);
    const forced = await api.send('DELETE', `/workflows/${name}?force=true`);
    expect(forced).toMatchObject({ status: 200, body: { stopped_runs: expect.any(Array) } });
    const history = await api.send('GET', '/workflows/history');
    expect(history.body.items.map(({ status }) => status)).toEqual(['KILLED', 'KILLED', 'KILLED', 'KILLED']);
    expect(api.warehouse.disk.rows).toEqual([]);
    expect(files(api)).toEqual([]);
  });

  it('with force while a backfill is being stored is done, and the backfill is refused with DLI-800', async () => {
    const api = new Api();
    api.warehouse.manual = true;
    await api.register(datedSpec());
    const range = { start_date: '2020-01-01', end_date: '2023-04-14' };
    const batch = new Promise<void>((resolve) => {
      const leave = api.database.onCommit(() => {
        if (api.database.get('SELECT 1 FROM runs') === undefined) return;
        leave();
        resolve();
      });
    });
    const backfill = api.send('POST', `/workflows/${name}/backfill`, range);
    await batch;
    expect(await api.send('DELETE', `/workflows/${name}?force=true`)).toMatchObject({
      status: 200,
      body: { stopped_runs: [] },
    });
    expect(await backfill).toMatchObject({ status: 404, body: { code: 'DLI-800' } });
    expect(api.database.all('SELECT 1 FROM runs UNION ALL SELECT 1 FROM backfills')).toEqual([]);
    expect(eventKinds(api.database)).toEqual(['workflow.registered', 'workflow.unregistered']);
  });

  it('with force does not mind a backfill that has ended meanwhile', async () => {
    const api = new Api();
    api.warehouse.manual = true;
    await api.register(datedSpec());
    await api.send('POST', `/workflows/${name}/run`, { params: { execution_date: '2024-01-01' } });
    await api.send('POST', `/workflows/${name}/backfill`, { start_date: '2024-01-01', end_date: '2024-01-03' });
    const answers = await Promise.all([1, 2].map(() => api.send('DELETE', `/workflows/${name}?force=true`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('answers a repeat with the same key as it answered first', async () => {
    const api = new Api();
    await api.register(datedSpec());
    const key = { 'idempotency-key': 'k' };
    const first = await api.send('DELETE', `/workflows/${name}`, undefined, key);
    expect(await api.send('DELETE', `/workflows/${name}`, undefined, key)).toEqual(first);
    expect(first.status).toBe(200);
  });
});

describe('the list', () => {
  it('shows every registration once over its pages, while others are registered', async () => {
    const api = new Api();
    for (const letter of 'abcdefg') await api.register(datedSpec(`x.${letter}`));
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await api.send('GET', `/workflows?limit=2${cursor}`);
      seen.push(...body.items.map(({ dataset_name }) => dataset_name));
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
      if (seen.length === 2) await api.register(datedSpec('x.aa'));
    }
    expect(seen).toEqual([...'abcdefg'].map((letter) => `x.${letter}`));
  });

  it('obeys its filters', async () => {
    const api = new Api();
    await api.register(datedSpec('x.a', 'schedule: {cron: "0 9 * * *"}'));
    await api.register(datedSpec('x.b', 'schedule: {cron: "0 9 * * *", enabled: false}'));
    await api.register(datedSpec('y.c'));
    const found = async (query: string) =>
      (await api.send('GET', `/workflows?${query}`)).body.items.map(({ dataset_name }) => dataset_name);
    expect(await found('dataset=X.')).toEqual(['x.a', 'x.b']);
    expect(await found('dataset=x*b')).toEqual(['x.b']);
    expect(await found(`dataset=${encodeURIComponent('[xy]')}`)).toEqual([]);
    expect(await found('enabled_only=true')).toEqual(['x.a']);
    expect(await found('source_type=code')).toEqual([]);
    expect(await found('status=paused')).toEqual([]);
    expect(await found('owner=me@example.com')).toHaveLength(3);
    api.warehouse.manual = true;
    await api.send('POST', '/workflows/y.c/run', { params: { execution_date: '2024-01-01' } });
    await api.quiet();
    expect(await found('running=true')).toEqual(['y.c']);
  });
});

describe('a start', () => {
  it('takes over files that the database does not know, and forgets those that are gone', async () => {
    const api = new Api();
    await api.register(datedSpec('a'));
    put(api, 'b.yaml', datedSpec('b'));
    api.parts.specStore.manual.removeManual('a');
    expect((await look(api)).broken).toEqual([]);
    const { body } = await api.send('GET', '/workflows');
    expect(body.items.map(({ dataset_name }) => dataset_name)).toEqual(['b']);
    expect(eventKinds(api.database)).toEqual(['workflow.registered', 'workflow.unregistered', 'workflow.registered']);
    expect((await look(api)).broken).toEqual([]);
    expect(eventKinds(api.database)).toHaveLength(3);
  });

  it('keeps in force what seems to be removed all at once, until the files are back or it is accepted', async () => {
    const api = new Api();
    for (const dataset of ['a', 'b', 'c']) await api.register(datedSpec(dataset));
    const manual = join(api.specsFolder, 'manual');
    renameSync(manual, `${manual}.off`);
    expect(await syncSpecs(api.parts, { sources: ['manual'] })).toMatchObject({ reports: [], troubles: { length: 1 } });
    new SpecDirectory(api.specsFolder);
    expect(await look(api)).toMatchObject({ removed: [], held: { length: 3 } });
    expect((await api.send('GET', '/workflows')).body.items).toHaveLength(3);
    rmSync(manual, { recursive: true });
    renameSync(`${manual}.off`, manual);
    expect(await look(api)).toMatchObject({ removed: [], held: [], broken: [], unchanged: 3 });
    for (const dataset of ['a', 'b']) api.parts.specStore.manual.removeManual(dataset).keep();
    expect(await look(api)).toMatchObject({ removed: [], held: { length: 2 } });
    const accepted = await api.send('POST', '/workflows/sync', { accept_deletions: true });
    expect(accepted.body).toMatchObject({ removed: ['a', 'b'], held: [] });
  });

  it('takes no empty folder for the removal of a single workflow, but believes it of one beside others', async () => {
    const api = new Api();
    await api.register(datedSpec('a'));
    api.parts.specStore.manual.removeManual('a').keep();
    expect(await look(api)).toMatchObject({ removed: [], held: { length: 1 } });
    await api.send('PUT', '/workflows/a', { spec: datedSpec('a', 'tags: [back]') });
    await api.register(datedSpec('b'));
    expect(await look(api)).toMatchObject({ held: [], broken: [], unchanged: 2 });
    api.parts.specStore.manual.removeManual('b').keep();
    expect(await look(api)).toMatchObject({ removed: ['b'], held: [] });
  });

  it('finishes what the server was unregistering when it died, also the last one', async () => {
    const api = new Api();
    await api.register(datedSpec('a'));
    api.parts.specStore.manual.removeManual('a');
    const { maxDeletions } = api.parts.specStore;
    const specStore = new SpecStore({ root: api.specsFolder, mode: 'deploy', maxDeletions, settleMs: 0 });
    const { reports } = await syncSpecs({ ...api.parts, specStore }, { sources: ['manual'] });
    expect(reports).toMatchObject([{ removed: ['a'], held: [] }]);
  });

  it('leaves alone what is registered while it looks', async () => {
    const api = new Api();
    put(api, 'b.yaml', datedSpec('b'));
    const registered = Promise.withResolvers<void>();
    const compiler: Pick<Compiler, 'check'> = {
      check: async (input) => {
        await registered.promise;
        return api.parts.compiler.check(input);
      },
    };
    const looking = syncSpecs({ ...api.parts, compiler: Object.assign(Object.create(api.parts.compiler), compiler) });
    await api.register(datedSpec('a'));
    registered.resolve();
    expect((await looking).reports).toMatchObject([{ added: ['b'], removed: [] }]);
    expect((await api.send('GET', '/workflows')).body.items).toHaveLength(2);
  });

  it('keeps the last good revision of a file that is broken, and says so each time', async () => {
    const api = new Api();
    await api.register(datedSpec('a'));
    put(api, 'a.yaml', 'name: a\nnonsense: [');
    for (let start = 0; start < 2; start += 1) {
      const { broken } = await look(api);
      expect(broken).toMatchObject([
        { dataset: 'a', file: 'manual/a.yaml', error: expect.stringContaining('a.yaml:') },
      ]);
    }
    const run = await api.send('POST', '/workflows/a/run', { params: { execution_date: '2024-01-01' } });
    expect((await api.end({ runUid: run.body.run_uid })).status).toBe('COMPLETED');
  });

  it('takes a file for a warehouse that the server does not have for a broken one', async () => {
    const api = new Api();
    put(api, 'a.yaml', datedSpec('a', 'execution: {warehouse: nope}'));
    const { broken, added } = await look(api);
    expect(added).toEqual([]);
    expect(broken).toEqual([{ dataset: 'a', file: 'manual/a.yaml', error: "The server has no warehouse 'nope'" }]);
  });

  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link that leads nowhere', (path: string) => symlinkSync('/nowhere/at/all', path)],
  ])('takes %s for a broken file: its workflow stays, and all others are taken over', async (_name, make) => {
    const api = new Api();
    await api.register(datedSpec('a'));
    api.parts.specStore.manual.removeManual('a').keep();
    make(join(api.specsFolder, 'manual', 'a.yaml'));
    mkdirSync(join(api.specsFolder, 'manual', 'c.yaml.tmp'));
    put(api, 'b.yaml', datedSpec('b'));
    new SpecDirectory(api.specsFolder);
    expect(await look(api)).toMatchObject({
      added: ['b'],
      removed: [],
      broken: [{ dataset: 'a', file: 'manual/a.yaml', error: expect.stringContaining('manual/a.yaml') }],
    });
    expect((await api.send('GET', '/workflows')).body.items).toHaveLength(2);
  });

  it('does not take a file for another dataset than its name says, nor what a crash left half written', async () => {
    const api = new Api();
    put(api, 'a.yaml', datedSpec('b'));
    put(api, 'c.yaml.tmp', 'half');
    for (let start = 0; start < 2; start += 1) expect((await look(api)).broken).toMatchObject([{ dataset: 'a' }]);
    expect((await api.send('GET', '/workflows')).body.items).toEqual([]);
    expect(eventKinds(api.database)).toEqual(['workflow.spec_broken']);
  });
});

it('the cache of specs gives what was stored, and says when the state lacks it', async () => {
  const api = new Api();
  const { body } = await api.register(datedSpec('a'));
  const cache = new SpecCache(api.database);
  const revision = String(Reflect.get(body, 'revision'));
  expect(cache.get(revision)).toMatchObject({ name: 'a' });
  expect(cache.get(revision)).toBe(cache.get(revision));
  expect(() => cache.get('nope')).toThrow(expect.objectContaining({ code: 'DLI-500' }));
});
