import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Compiler } from '../../src/compiler/compiler.ts';
import type { SyncResult, WorkflowDetail, WorkflowInfo } from '../../src/contract/workflows.ts';
import { syncSpecs } from '../../src/services/sync.ts';
import { SpecStore } from '../../src/spec-store/spec-store.ts';
import { Api, datedSpec } from './api.ts';

let api: Api;

beforeEach(() => {
  api = new Api({ codeMode: 'folder' });
});

const pathOf = (file: string) => join(api.specsFolder, 'code', file);

function put(file: string, text: string): void {
  mkdirSync(dirname(pathOf(file)), { recursive: true });
  writeFileSync(pathOf(file), text);
}

async function sync(more: object = {}): Promise<SyncResult> {
  const response = await api.raw('POST', '/workflows/sync', more);
  return response.json() as Promise<SyncResult>;
}

async function list(query = ''): Promise<readonly WorkflowInfo[]> {
  const response = await api.raw('GET', `/workflows${query}`);
  return ((await response.json()) as { items: WorkflowInfo[] }).items;
}

async function show(dataset: string): Promise<WorkflowDetail> {
  const response = await api.raw('GET', `/workflows/${dataset}`);
  return response.json() as Promise<WorkflowDetail>;
}

const events = () =>
  api.database
    .all<{ kind: string; dataset: string | null; reason: string | null }>(
      'SELECT kind, dataset, reason FROM events ORDER BY seq',
    )
    .map(({ kind, dataset }) => `${kind} ${dataset}`);

/** The server's parts with a compiler that waits until it is let go. */
const gated = () => {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const compiler: Pick<Compiler, 'check'> = {
    check: async (input) => {
      reached.resolve();
      await gate.promise;
      return api.parts.compiler.check(input);
    },
  };
  return {
    open: gate.resolve,
    reached: reached.promise,
    parts: { ...api.parts, compiler: Object.assign(Object.create(api.parts.compiler), compiler) },
  };
};

/** A spec store that trusts the looks of files, after they have settled. */
const settling = () =>
  new SpecStore({ root: api.specsFolder, mode: 'folder', maxDeletions: { kind: 'percent', value: 25 }, settleMs: 20 });

/** A compiler that nobody is to ask. */
function refusing(): Compiler {
  const check = () => Promise.reject(new Error('nothing is to be checked'));
  return Object.assign(Object.create(api.parts.compiler), { check });
}

const daily = (name: string, more = 'schedule: {cron: "0 9 * * *"}') => datedSpec(name, more);
const nonsense = (name: string) => datedSpec(name, 'nonsense: 1');

describe('a folder of code', () => {
  it('is taken over with its SQL files, in any of its folders, and other YAML is left alone', async () => {
    put('team/daily.yaml', daily('a').replace('query_statement: SELECT', 'type: Dataset\nquery_file: q.sql #'));
    put('team/q.sql', 'SELECT 1 AS n, {{ execution_date | sql_date }} AS dt');
    put('dataset.b.yaml', daily('b'));
    put('compose.yaml', 'services: {}\n');
    put('.github/dataset.c.yaml', daily('c'));
    expect(await sync()).toEqual({
      added: ['b', 'a'],
      updated: [],
      removed: [],
      unchanged: 0,
      broken: [],
      held: [],
      busy: [],
      troubles: [],
      notes: [],
    });
    expect(await list()).toMatchObject([
      { dataset_name: 'a', source_type: 'code', status: 'active', spec_error: null },
      { dataset_name: 'b', source_type: 'code', status: 'active' },
    ]);
    expect((await show('a')).registrations).toMatchObject([{ source_type: 'code', file: 'code/team/daily.yaml' }]);
    expect(await sync()).toMatchObject({ added: [], updated: [], unchanged: 2 });
  });

  it('takes over a change of a SQL file alone', async () => {
    put('dataset.a.yaml', daily('a').replace('query_statement: SELECT', 'query_file: q.sql #'));
    put('q.sql', 'SELECT 1 AS n, {{ execution_date | sql_date }} AS dt');
    await sync();
    const before = await show('a');
    put('q.sql', 'SELECT 2 AS n, {{ execution_date | sql_date }} AS dt');
    expect(await sync()).toMatchObject({ updated: ['a'] });
    expect((await show('a')).revision).not.toBe(before.revision);
  });

  it('changes nothing for a file that only looks different', async () => {
    put('dataset.a.yaml', daily('a'));
    await sync();
    const before = events();
    put('dataset.a.yaml', `# a comment\n${daily('a')}`);
    expect(await sync()).toMatchObject({ updated: [], unchanged: 1 });
    expect(events()).toEqual(before);
  });
});

describe('two owners', () => {
  it('code wins, the manual one keeps its file, never runs and takes over when the code goes away', async () => {
    await api.register(daily('a', 'schedule: {cron: "0 1 * * *"}'));
    put('dataset.a.yaml', daily('a', 'schedule: {cron: "0 9 * * *"}'));
    put('dataset.b.yaml', daily('b'));
    await sync();
    expect(await list('?dataset=a')).toMatchObject([
      { source_type: 'code', status: 'active', next_run_at: '2024-01-16T09:00:00.000Z' },
      { source_type: 'manual', status: 'overridden', next_run_at: null },
    ]);
    expect(await list('?status=overridden')).toMatchObject([{ dataset_name: 'a', source_type: 'manual' }]);
    expect(await list('?status=active')).toHaveLength(2);
    const run = await api.send('POST', '/workflows/a/run', { params: { execution_date: '2024-01-01' } });
    expect(run.body).toMatchObject({ source_type: 'code', revision: (await show('a')).revision });
    await api.end({ runUid: run.body.run_uid });
    rmSync(pathOf('dataset.a.yaml'));
    expect(await sync({ accept_deletions: true })).toMatchObject({ removed: ['a'], held: [] });
    expect(await list('?dataset=a')).toMatchObject([
      { source_type: 'manual', status: 'active', next_run_at: '2024-01-16T01:00:00.000Z' },
    ]);
    // The run keeps what it was made of.
    expect((await api.send('GET', `/workflows/runs/${run.body.run_id}`)).body).toMatchObject({ source_type: 'code' });
  });

  it('refuses what only Git may change, and lets the manual registration go', async () => {
    await api.register(daily('a'));
    put('dataset.a.yaml', daily('a'));
    put('dataset.b.yaml', daily('b'));
    await sync();
    expect((await api.register(daily('b'))).body).toMatchObject({ code: 'DLI-803' });
    expect((await api.register(daily('a'))).body).toMatchObject({ code: 'DLI-803' });
    const update = (dataset: string) => api.send('PUT', `/workflows/${dataset}`, { spec: daily(dataset) });
    expect(await update('a')).toMatchObject({ status: 409, body: { code: 'DLI-806' } });
    expect(await update('b')).toMatchObject({ status: 403, body: { code: 'DLI-803' } });
    expect(await api.send('DELETE', '/workflows/b')).toMatchObject({ status: 403, body: { code: 'DLI-803' } });
    api.warehouse.manual = true;
    await api.send('POST', '/workflows/a/run', { params: { execution_date: '2024-01-01' } });
    // The run at work is code's.
    expect(await api.send('DELETE', '/workflows/a')).toMatchObject({ status: 200, body: { stopped_runs: [] } });
    expect(await list('?dataset=a')).toMatchObject([{ source_type: 'code', status: 'active' }]);
  });

  it('a pause outlives every change of owner', async () => {
    await api.register(daily('a'));
    await api.send('POST', '/workflows/a/pause', { reason: 'looking' });
    const paused = { at: '2024-01-15T09:30:45.000Z', by: expect.any(String), reason: 'looking' };
    put('dataset.a.yaml', daily('a'));
    await sync();
    expect(await show('a')).toMatchObject({ source_type: 'code', status: 'paused', paused, next_run_at: null });
    rmSync(pathOf('dataset.a.yaml'));
    await sync({ accept_deletions: true });
    expect(await show('a')).toMatchObject({ source_type: 'manual', status: 'paused', paused });
    expect(await list('?status=paused')).toHaveLength(1);
  });

  it('a change of owner never fires a tick again', async () => {
    await api.scheduler.start();
    await api.register(daily('a', 'schedule: {cron: "0 * * * *"}'));
    api.clock.advance(40 * 60_000);
    await api.quiet();
    put('dataset.a.yaml', daily('a', 'schedule: {cron: "*/30 * * * *"}'));
    await sync();
    rmSync(pathOf('dataset.a.yaml'));
    await sync({ accept_deletions: true });
    await api.quiet();
    const ticks = api.database.all<{ scheduled_at: number }>('SELECT scheduled_at FROM ticks');
    expect(ticks).toEqual([{ scheduled_at: Date.UTC(2024, 0, 15, 10) }]);
    await api.scheduler.close();
  });
});

describe('a bad commit', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b', 'c', 'd']) put(`dataset.${name}.yaml`, daily(name));
    await sync();
  });

  it.each([
    ['broken', () => put('dataset.a.yaml', nonsense('a')), "code/dataset.a.yaml:8:1: Unknown key 'nonsense'"],
    ['empty', () => put('dataset.a.yaml', ''), 'dataset.a.yaml'],
    ['half a file', () => put('dataset.a.yaml', daily('a').slice(0, 60)), 'dataset.a.yaml'],
    ['no YAML', () => put('dataset.a.yaml', 'name: a\nteam: ["'), 'dataset.a.yaml:2'],
    [
      'SQL that does not parse',
      () => put('dataset.a.yaml', daily('a').replace('SELECT 1', 'SELEC 1')),
      'dataset.a.yaml:4',
    ],
    [
      'a SQL file that is not there',
      () => put('dataset.a.yaml', daily('a').replace('query_statement: SELECT', 'query_file: nope.sql #')),
      'nope.sql',
    ],
    ['bytes that are no text', () => writeFileSync(pathOf('dataset.a.yaml'), Buffer.from([0xff, 0xfe, 0x00])), 'UTF-8'],
    [
      'a link that leads nowhere',
      () => {
        rmSync(pathOf('dataset.a.yaml'));
        symlinkSync('/nowhere/at/all', pathOf('dataset.a.yaml'));
      },
      'code/dataset.a.yaml: not a file that can be read',
    ],
    ['a second file of its name', () => put('copies/dataset.a.yaml', daily('a')), 'is defined in code/'],
    [
      'a second file whose name differs in case',
      () => put('dataset.A.yaml', daily('A')),
      "'a' is defined in code/dataset.A.yaml (as 'A'",
    ],
    ['another name, and an error besides', () => put('dataset.a.yaml', nonsense('zz')), "Unknown key 'nonsense'"],
  ])('%s leaves the last good revision in force and says why', async (_what, make, expected) => {
    const before = await show('a');
    make();
    const found = await sync();
    expect(found.broken.map(({ dataset_name }) => dataset_name)).toContain('a');
    expect(found).toMatchObject({ removed: [], held: [] });
    const after = await show('a');
    expect(after).toMatchObject({ revision: before.revision, next_run_at: before.next_run_at });
    expect(after.spec_error).toContain(expected);
    expect((await list('?dataset=b'))[0]?.spec_error).toBeNull();
    expect(events().at(-1)).toMatch(/^workflow.spec_broken [aA]$/);
    // The same again is no news.
    const told = events().length;
    await sync();
    expect(events()).toHaveLength(told);
    rmSync(pathOf('dataset.a.yaml'));
    rmSync(pathOf('copies'), { recursive: true, force: true });
    rmSync(pathOf('dataset.A.yaml'), { force: true });
    put('dataset.a.yaml', daily('a'));
    expect(await sync()).toMatchObject({ broken: [] });
    expect((await show('a')).spec_error).toBeNull();
    expect(events().at(-1)).toBe('workflow.spec_mended a');
  });

  it('never affects another file', async () => {
    put('dataset.a.yaml', nonsense('a'));
    put('dataset.b.yaml', daily('b', 'schedule: {cron: "0 5 * * *"}'));
    put('dataset.e.yaml', daily('e'));
    expect(await sync()).toMatchObject({ added: ['e'], updated: ['b'], broken: [{ dataset_name: 'a' }] });
  });

  it('that was never good shows with the manual registration that runs, and is told when nobody has the dataset', async () => {
    await api.register(daily('m'));
    put('dataset.m.yaml', nonsense('m'));
    put('dataset.n.yaml', nonsense('n'));
    expect(await sync()).toMatchObject({
      broken: [{ dataset_name: 'm' }, { dataset_name: 'n', file: 'code/dataset.n.yaml' }],
    });
    expect(await list('?dataset=m')).toMatchObject([
      { source_type: 'manual', status: 'active', spec_error: expect.stringContaining('code/dataset.m.yaml:') },
    ]);
    const answer = await api.send('GET', '/workflows/n');
    expect(answer).toMatchObject({ status: 404, body: { code: 'DLI-800' } });
    expect(answer.body.hints.join(' ')).toContain(
      "code/dataset.n.yaml is not in force: code/dataset.n.yaml:8:1: Unknown key 'nonsense'",
    );
    rmSync(pathOf('dataset.n.yaml'));
    expect((await sync()).broken).toHaveLength(1);
    expect(events().at(-1)).toBe('workflow.spec_mended n');
  });

  it('a file that moves and breaks on the way keeps its dataset, whatever it is called', async () => {
    renameSync(pathOf('dataset.a.yaml'), pathOf('moved.yaml'));
    put('moved.yaml', 'type: Dataset\nteam: ["');
    const found = await sync();
    expect(found).toMatchObject({
      removed: [],
      held: [{ dataset_name: 'a' }],
      broken: [{ dataset_name: null, file: 'code/moved.yaml' }],
    });
    expect((await show('a')).spec_error).toBe(
      'code/dataset.a.yaml is gone, and its last spec stays in force: code/moved.yaml is not in force, and may be it',
    );
    put('moved.yaml', `type: Dataset\n${daily('a')}`);
    expect(await sync()).toMatchObject({ removed: [], held: [], broken: [], updated: [] });
    expect(await show('a')).toMatchObject({ spec_error: null, registrations: [{ file: 'code/moved.yaml' }] });
  });
});

describe('a file that changes while it is looked at', () => {
  it('is left for the next look when it was replaced after it was read', async () => {
    put('dataset.a.yaml', daily('a'));
    const { open, reached, parts } = gated();
    const looking = syncSpecs(parts, { sources: ['code'] });
    await reached;
    put('dataset.a.yaml', daily('a', 'tags: [newer]'));
    open();
    expect((await looking).reports).toMatchObject([{ added: [], busy: ['code/dataset.a.yaml'] }]);
    expect(await list()).toEqual([]);
    expect(await sync()).toMatchObject({ added: ['a'], busy: [] });
    expect((await show('a')).tags).toEqual(['newer']);
  });

  it('is left for the next look when its SQL file was replaced after it was read', async () => {
    put('dataset.a.yaml', daily('a').replace('query_statement: SELECT', 'query_file: q.sql #'));
    put('q.sql', 'SELECT 1 AS n, {{ execution_date | sql_date }} AS dt');
    const { open, reached, parts } = gated();
    const looking = syncSpecs(parts, { sources: ['code'] });
    await reached;
    put('q.sql', 'SELECT 2 AS n, {{ execution_date | sql_date }} AS dt');
    open();
    expect((await looking).reports).toMatchObject([{ added: [], busy: ['code/dataset.a.yaml'] }]);
    expect(await sync()).toMatchObject({ added: ['a'] });
    expect((await show('a')).statements).toMatchObject([{ sql: expect.stringContaining('SELECT 2') }]);
  });

  it('is not read while somebody writes it, and never taken for half of what it is to be', async () => {
    put('dataset.a.yaml', daily('a'));
    await sync();
    const parts = { ...api.parts, specStore: settling() };
    // A valid spec by itself: the schedule is still to be written.
    put('dataset.a.yaml', datedSpec('a'));
    const looking = syncSpecs(parts, { sources: ['code'] });
    // The look has begun, and waits whether the file stays as it is.
    await setImmediate();
    put('dataset.a.yaml', daily('a', 'schedule: {cron: "0 8 * * *"}'));
    expect((await looking).reports).toMatchObject([{ updated: [], removed: [], busy: ['code/dataset.a.yaml'] }]);
    expect((await show('a')).schedule).toMatchObject({ cron: '0 9 * * *' });
    expect((await syncSpecs(parts, { sources: ['code'] })).reports).toMatchObject([{ updated: ['a'], busy: [] }]);
    expect((await show('a')).schedule).toMatchObject({ cron: '0 8 * * *' });
    // Its look is known from now on, so that it is not read again.
    expect(api.database.get('SELECT signature FROM spec_files')).not.toEqual({ signature: '' });
    expect((await syncSpecs(parts, { sources: ['code'] })).reports).toMatchObject([{ updated: [], unchanged: 1 }]);
  });
});

describe('what looks gone and is not', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) put(`${name}.yaml`, `${daily(name)}\ntype: Dataset\n`);
    await sync();
  });
  const registrations = () => api.database.all('SELECT dataset, revision FROM registrations ORDER BY dataset');

  it.each([
    ['a slip of the pen in its type', () => put('a.yaml', `${daily('a')}\ntype: dataset\n`)],
    [
      'a file that is cut before it says its type',
      () => put('a.yaml', 'name: a\nowner: me@example.com\nteam: "@data"\n'),
    ],
    [
      'a file that moved and is cut so that it shows another name',
      () => {
        rmSync(pathOf('a.yaml'));
        put('team/dataset.a.yaml', 'name: iceb');
      },
    ],
    [
      'a file that moved under a name of its own and is cut',
      () => {
        rmSync(pathOf('a.yaml'));
        put('team/renamed.yaml', 'type: Dataset\nname: iceb');
      },
    ],
    [
      'a rename to a name that is taken in other upper and lower case',
      () => {
        rmSync(pathOf('a.yaml'));
        put('dataset.B.yaml', daily('B'));
      },
    ],
    ['a file that defines another dataset, which is broken', () => put('a.yaml', `${nonsense('zz')}\ntype: Dataset\n`)],
    [
      'a second file of its name, while the first is broken',
      () => {
        put('a.yaml', 'type: Dataset\nname: a');
        put('copy/dataset.a.yaml', daily('a', 'tags: [copy]'));
      },
    ],
  ])('%s', async (_what, make) => {
    const registered = registrations();
    make();
    const found = await sync();
    expect(found.removed).toEqual([]);
    expect(registrations()).toEqual(registered);
    expect((await show('a')).spec_error).not.toBeNull();
  });

  it('a link out of the folder, or to what never ends, is refused and read by nobody', async () => {
    const outside = join(api.specsFolder, 'secret.yaml');
    writeFileSync(outside, daily('secret'));
    symlinkSync(outside, pathOf('dataset.secret.yaml'));
    symlinkSync('/dev/zero', pathOf('dataset.zero.yaml'));
    put('dataset.linked.yaml', daily('linked').replace('query_statement: SELECT', 'query_file: q.sql #'));
    symlinkSync('/dev/zero', pathOf('q.sql'));
    const found = await sync();
    expect(found.added).toEqual([]);
    expect(found.busy).toEqual([]);
    expect(found.broken.map(({ dataset_name }) => dataset_name).sort()).toEqual(['linked', 'secret']);
  });

  it('what a file defined before goes only when what it defines now comes', async () => {
    const { open, reached, parts } = gated();
    put('a.yaml', `${daily('zz')}\ntype: Dataset\n`);
    const looking = syncSpecs(parts, { sources: ['code'] });
    await reached;
    put('a.yaml', `${daily('a')}\ntype: Dataset\n`);
    open();
    expect((await looking).reports).toMatchObject([{ removed: [], added: [], busy: ['code/a.yaml'] }]);
    expect(await sync()).toMatchObject({ removed: [], added: [], unchanged: 5 });
    put('a.yaml', `${daily('zz')}\ntype: Dataset\n`);
    expect(await sync()).toMatchObject({ removed: ['a'], added: ['zz'], held: [] });
    expect(events().slice(-2)).toEqual(['workflow.unregistered a', 'workflow.registered zz']);
  });

  it('a file that is put back while others are checked keeps its dataset', async () => {
    put('b.yaml', `${daily('b', 'tags: [newer]')}\ntype: Dataset\n`);
    const text = readFileSync(pathOf('a.yaml'));
    rmSync(pathOf('a.yaml'));
    const { open, reached, parts } = gated();
    const looking = syncSpecs(parts, { sources: ['code'] });
    await reached;
    writeFileSync(pathOf('a.yaml'), text);
    open();
    expect((await looking).reports).toMatchObject([{ removed: [], held: [], updated: ['b'] }]);
    expect((await show('a')).spec_error).toBeNull();
  });

  it('a file that is mended while it is checked is not called broken', async () => {
    put('a.yaml', `${daily('a').replace('SELECT 1', 'SELEC 1')}\ntype: Dataset\n`);
    const { open, reached, parts } = gated();
    const looking = syncSpecs(parts, { sources: ['code'] });
    await reached;
    put('a.yaml', `${daily('a')}\ntype: Dataset\n`);
    open();
    expect((await looking).reports).toMatchObject([{ broken: [], busy: ['code/a.yaml'] }]);
    expect((await show('a')).spec_error).toBeNull();
    expect(events().filter((event) => event.startsWith('workflow.spec_broken'))).toEqual([]);
  });

  it('what is moved while it is looked for stays', async () => {
    const parts = { ...api.parts, specStore: settling() };
    rmSync(pathOf('a.yaml'));
    const looking = syncSpecs(parts, { sources: ['code'] });
    await setImmediate();
    put('team/dataset.a.yaml', daily('a'));
    expect((await looking).reports).toMatchObject([{ removed: [], held: [], busy: ['the code file of a'] }]);
    expect((await syncSpecs(parts, { sources: ['code'] })).reports).toMatchObject([
      { removed: [], added: [], updated: [] },
    ]);
    expect(await show('a')).toMatchObject({ spec_error: null, registrations: [{ file: 'code/team/dataset.a.yaml' }] });
  });

  it('one that cannot be taken over keeps no other', async () => {
    put('b.yaml', `${daily('b', 'tags: [newer]')}\ntype: Dataset\n`);
    put('a.yaml', `${daily('a', 'tags: [newer]')}\ntype: Dataset\n`);
    const { prepare } = api.warehouse;
    api.warehouse.prepare = async (dataset) => {
      if (dataset === 'a') throw new Error('the disk is on fire');
      return prepare.call(api.warehouse, dataset);
    };
    expect(await sync()).toMatchObject({
      updated: ['b'],
      broken: [{ dataset_name: 'a', error: 'the disk is on fire' }],
    });
  });

  it('a broken file is not checked again while nothing changes, and is as soon as something does', async () => {
    put('copy/dataset.a.yaml', daily('a'));
    await syncSpecs({ ...api.parts, specStore: settling() }, { sources: ['code'] });
    const checks = () => ({ ...api.parts, specStore: settling(), compiler: refusing() });
    const quiet = await syncSpecs(checks(), { sources: ['code'], rechecks: false });
    expect(quiet.reports).toMatchObject([{ broken: [{ dataset: 'a' }, { dataset: 'a' }] }]);
    rmSync(pathOf('copy/dataset.a.yaml'));
    const after = await syncSpecs({ ...api.parts, specStore: settling() }, { sources: ['code'], rechecks: false });
    expect(after.reports).toMatchObject([{ broken: [], removed: [] }]);
  });
});

describe('a change of owner', () => {
  const told = () =>
    api.database
      .all<{ channel: string; title: string }>(
        `SELECT channel, title FROM outbox WHERE kind = 'source_change' ORDER BY seq`,
      )
      .map(({ channel, title }) => `${channel}: ${title}`);
  const telling = (channel: string) =>
    `schedule: {cron: "0 9 * * *", notifications: {on_source_change: [{type: slack, channel: "${channel}"}]}}`;

  it('is told to the channels of the old and the new spec', async () => {
    await api.register(daily('a', telling('#hand')));
    put('dataset.a.yaml', daily('a', telling('#git')));
    await sync();
    expect(told().slice(-2)).toEqual([
      expect.stringMatching(/^#hand: a .*manual.*code/i),
      expect.stringMatching(/^#git: a .*manual.*code/i),
    ]);
    put('dataset.a.yaml', daily('a', telling('#git').replace('0 9', '0 8')));
    await sync();
    expect(told().slice(-1)).toEqual([expect.stringContaining('#git: a ')]);
    rmSync(pathOf('dataset.a.yaml'));
    await sync({ accept_deletions: true });
    expect(told().slice(-2)).toEqual([
      expect.stringMatching(/^#git: a .*code.*manual/i),
      expect.stringMatching(/^#hand: a .*code.*manual/i),
    ]);
  });
});

describe('a revision', () => {
  const revisionOf = (revision: string, dataset = 'a') =>
    api.send('GET', `/workflows/${dataset}/revisions/${revision}`);

  it('of a past run is the exact spec and SQL that it was made of', async () => {
    put('dataset.a.yaml', daily('a').replace('query_statement: SELECT', 'query_file: q.sql # kept\n# was: SELECT'));
    put('q.sql', '-- the first way\nSELECT 1 AS n, {{ execution_date | sql_date }} AS dt');
    await sync();
    const run = await api.send('POST', '/workflows/a/run', { params: { execution_date: '2024-01-01' } });
    put('q.sql', 'SELECT 2 AS n, {{ execution_date | sql_date }} AS dt');
    await sync();
    const past = await revisionOf(run.body.run_id);
    expect(past.body).toMatchObject({
      spec: expect.stringMatching(/# kept[\s\S]*-- the first way\n {2}SELECT 1 AS n/),
      statements: [{ label: 'query', sql: expect.stringContaining('SELECT 1 AS n') }],
      effective: false,
      sources: [],
    });
    const { revision } = await show('a');
    expect((await revisionOf(revision.slice(0, 10))).body).toMatchObject({
      revision,
      effective: true,
      sources: ['code'],
    });
  });

  it('that was stored before texts were kept has the text of its file, as long as that is its own', async () => {
    await api.register(daily('m'));
    await api.database.write((transaction) => transaction.run('UPDATE revisions SET text = NULL'));
    const { revision } = await show('m');
    expect((await revisionOf(revision, 'm')).body).toMatchObject({ spec: expect.stringContaining('name: m\n') });
    await api.send('PUT', '/workflows/m', { spec: daily('m', 'tags: [newer]') });
    expect((await revisionOf(revision, 'm')).body).toMatchObject({ spec: null, statements: [{ label: 'query' }] });
  });

  it.each([
    ['ffffffffff', 'DLI-818', "'a' has no revision that begins with 'ffffffffff'"],
    ['nothing_20240101_000000', 'DLI-809', "'nothing_20240101_000000'"],
  ])('%s is not there', async (typed, code, message) => {
    put('dataset.a.yaml', daily('a'));
    await sync();
    const { status, body } = await revisionOf(typed);
    expect([status, body.code]).toEqual([404, code]);
    expect(body.message).toContain(message);
  });

  it('of another dataset is refused, with the command that finds it', async () => {
    for (const name of ['a', 'b']) put(`dataset.${name}.yaml`, daily(name));
    await sync();
    const run = await api.send('POST', '/workflows/b/run', { params: { execution_date: '2024-01-01' } });
    const { body } = await revisionOf(run.body.run_id);
    expect(body).toMatchObject({ code: 'DLI-818', hints: [expect.stringContaining('dli workflow show b --revision')] });
    expect((await revisionOf((await show('b')).revision)).body.code).toBe('DLI-818');
  });
});

describe('what is gone', () => {
  beforeEach(async () => {
    for (let index = 0; index < 8; index += 1) put(`dataset.d${index}.yaml`, daily(`d${index}`));
    await sync();
  });

  const remove = (count: number) => {
    for (let index = 0; index < count; index += 1) rmSync(pathOf(`dataset.d${index}.yaml`));
  };

  it('up to a quarter is removed', async () => {
    remove(2);
    expect(await sync()).toMatchObject({ removed: ['d0', 'd1'], held: [] });
  });

  it('more than a quarter asks first, while everything else goes on', async () => {
    remove(3);
    put('dataset.e.yaml', daily('e'));
    const found = await sync();
    expect(found).toMatchObject({
      added: ['e'],
      removed: [],
      held: [{ dataset_name: 'd0' }, { dataset_name: 'd1' }, { dataset_name: 'd2' }],
    });
    expect((await show('d0')).spec_error).toBe(
      'code/dataset.d0.yaml is gone, and its last spec stays in force: more than 25 % of all went at once; if that is meant: dli workflow sync --accept-deletions',
    );
    expect((await show('d0')).next_run_at).not.toBeNull();
    // One of them comes back. The others stay until somebody says that they are to go, whatever share they are by then.
    put('dataset.d0.yaml', daily('d0'));
    for (let index = 0; index < 6; index += 1) put(`dataset.n${index}.yaml`, daily(`n${index}`));
    const told = events().length;
    expect(await sync()).toMatchObject({ removed: [], held: [{ dataset_name: 'd1' }, { dataset_name: 'd2' }] });
    expect((await show('d0')).spec_error).toBeNull();
    expect(
      events()
        .slice(told)
        .filter((event) => event.startsWith('workflow.spec_broken')),
    ).toEqual([]);
    expect(await sync({ accept_deletions: true })).toMatchObject({ removed: ['d1', 'd2'], held: [] });
  });

  it('is removed when that is meant', async () => {
    remove(8);
    expect(await sync()).toMatchObject({
      removed: [],
      held: expect.arrayContaining([expect.objectContaining({ dataset_name: 'd0' })]),
    });
    expect(await sync({ accept_deletions: true })).toMatchObject({
      held: [],
      removed: expect.arrayContaining(['d0', 'd7']),
    });
    expect(await list()).toEqual([]);
    expect(api.database.all('SELECT * FROM spec_files')).toEqual([]);
  });

  it('the folder itself, or one in it that cannot be read, removes nothing, whatever is accepted', async () => {
    renameSync(pathOf(''), join(api.specsFolder, 'code.off'));
    expect(await sync({ accept_deletions: true })).toMatchObject({
      removed: [],
      troubles: [expect.stringContaining('cannot be read, so nothing was changed: ENOENT')],
    });
    expect(await list()).toHaveLength(8);
    await sync();
    expect(events().slice(-1)).toEqual(['spec_store.unreadable null']);
    renameSync(join(api.specsFolder, 'code.off'), pathOf(''));
    expect(await sync()).toMatchObject({ troubles: [], unchanged: 8 });
    expect(events().slice(-2)).toEqual(['spec_store.unreadable null', 'spec_store.readable null']);
  });
});
