import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WorkflowDeploy } from '../../src/contract/deploys.ts';
import { DliError } from '../../src/contract/errors.ts';
import { deployWorkflows } from '../../src/services/deploy.ts';
import { syncSpecs } from '../../src/services/sync.ts';
import { readEvents } from '../../src/store/queries/events.ts';
import { registeredDatasets, registrationsOf } from '../../src/store/queries/registrations.ts';
import { specFilesOf } from '../../src/store/queries/spec-files.ts';
import type { Database } from '../../src/store/sqlite.ts';
import { Api, datedSpec } from './api.ts';

const commit = { sha: 'abc1234def', ref: 'main', dirty: false, url: null };
const cron = (text: string) => `schedule: {cron: "${text}", timezone: Asia/Seoul}\n`;

function sent(name: string, more = '') {
  return { file_name: `specs/${name}.yaml`, spec: datedSpec(name, more), files: {} };
}

/** Deploys and reads the answer, which is expected to be a deploy. */
async function deploy(api: Api, specs: readonly object[], rest: object = {}, headers: Record<string, string> = {}) {
  const response = await api.raw('POST', '/workflows/deploy', { specs, commit, ...rest }, headers);
  expect(response.status).toBe(200);
  // What came is compared field by field.
  return (await response.json()) as WorkflowDeploy;
}

const refused = (api: Api, specs: readonly object[], rest: object = {}, headers: Record<string, string> = {}) =>
  api.send('POST', '/workflows/deploy', { specs, ...rest }, headers);

const kinds = (answer: WorkflowDeploy) => answer.changes.map(({ dataset_name, change }) => [dataset_name, change]);
const codeDatasets = (api: Api) => [...registeredDatasets(api.database, 'code')].sort();
const eventsOf = (api: Api) => readEvents(api.database, { after: 0, filter: {}, limit: 1_000 });
const current = (api: Api) =>
  api.parts.specStore.code.mode === 'deploy' ? api.parts.specStore.code.releases.current() : null;
const releasesIn = (api: Api) => readdirSync(join(api.specsFolder, 'code', '.releases'));

describe('a deploy', () => {
  it('registers all specs as code, with a release, an event of its own and one for each workflow', async () => {
    const api = new Api();
    const answer = await deploy(
      api,
      [sent('a.b.two', cron('0 9 * * *')), sent('a.b.one')],
      {},
      { 'x-dli-actor': 'ci' },
    );
    expect(answer).toMatchObject({ applied: true, dry_run: false, commit, unchanged: [], kept: 0, warnings: [] });
    expect(kinds(answer)).toEqual([
      ['a.b.one', 'new'],
      ['a.b.two', 'new'],
    ]);
    expect(codeDatasets(api)).toEqual(['a.b.one', 'a.b.two']);
    expect(releasesIn(api)).toEqual([answer.release]);
    expect(eventsOf(api).map(({ kind, dataset, actor, reason }) => [kind, dataset, actor, reason])).toEqual([
      ['workflow.registered', 'a.b.one', 'ci (unverified)', 'deployed from commit abc1234'],
      ['workflow.registered', 'a.b.two', 'ci (unverified)', 'deployed from commit abc1234'],
      ['code.deployed', null, 'ci (unverified)', null],
    ]);
    expect(eventsOf(api).at(-1)?.data).toEqual({
      deploy_id: answer.deploy_id,
      release: answer.release,
      commit,
      counts: { added: 2, updated: 0, removed: 0, unchanged: 0, broken: 0 },
    });
    expect((await api.send('GET', '/workflows/a.b.two')).body).toMatchObject({ source_type: 'code', status: 'active' });
    expect(api.warehouse.prepared.toSorted()).toEqual(['a.b.one', 'a.b.two']);
  });

  it('of the same specs changes nothing, writes no release and is no event', async () => {
    const api = new Api();
    const first = await deploy(api, [sent('a.b.one')]);
    const events = eventsOf(api).length;
    const again = await deploy(api, [sent('a.b.one')]);
    expect(again).toMatchObject({ applied: false, deploy_id: null, release: first.release, changes: [] });
    expect(again.unchanged).toEqual(['a.b.one']);
    expect(eventsOf(api)).toHaveLength(events);
  });

  it('does not check again what is in force just so', async () => {
    const api = new Api();
    await deploy(api, [sent('a.b.one')]);
    const checks: string[] = [];
    const { compiler } = api.parts;
    const check: typeof compiler.check = (input) => {
      checks.push(input.spec.name);
      return compiler.check(input);
    };
    const caller = { actor: 'ci', idempotencyKey: undefined };
    const input = { prune: false, dry_run: false, allow_empty: false, commit: null };
    const specs = [sent('a.b.one'), sent('a.b.two')];
    await deployWorkflows({ ...api.parts, compiler: { ...compiler, check } }, caller, { ...input, specs });
    expect(checks).toEqual(['a.b.two']);
  });

  it('tells which waiting runs keep the spec that they were triggered with', async () => {
    const api = new Api();
    await deploy(api, [sent('a.b.one'), sent('a.b.two')]);
    api.warehouse.manual = true;
    const run = () => api.send('POST', '/workflows/a.b.two/run', { params: { execution_date: '2024-01-01' } });
    await run();
    await api.warehouse.attempt();
    const { body } = await run();
    const changed = [sent('a.b.one', 'tags: [x]'), sent('a.b.two', 'tags: [x]')];
    const { changes } = await deploy(api, changed, { dry_run: true });
    const waiting = ({ warnings }: (typeof changes)[number]) => warnings.filter((one) => one.includes('waiting run'));
    expect(changes.map((change) => [change.dataset_name, waiting(change)])).toEqual([
      ['a.b.one', []],
      ['a.b.two', [`1 waiting run, ${body.run_id}, keeps the spec that it was triggered with`]],
    ]);
  });

  it('keeps datasets that it does not name, and removes them with prune', async () => {
    const api = new Api();
    await deploy(api, [sent('a.b.one'), sent('a.b.two')]);
    const kept = await deploy(api, [sent('a.b.three')]);
    expect([kinds(kept), kept.kept]).toEqual([[['a.b.three', 'new']], 2]);
    api.warehouse.manual = true;
    const { body } = await api.send('POST', '/workflows/a.b.two/run', { params: { execution_date: '2024-01-01' } });
    const pruned = await deploy(api, [sent('a.b.one')], { prune: true });
    expect(pruned.changes.flatMap(({ warnings }) => warnings)).toContain(
      `1 unfinished run of it, such as ${body.run_id}, goes on: to end it, dli workflow stop ${body.run_id}`,
    );
    expect(kinds(pruned)).toEqual([
      ['a.b.three', 'removed'],
      ['a.b.two', 'removed'],
    ]);
    expect([codeDatasets(api), pruned.unchanged, pruned.kept]).toEqual([['a.b.one'], ['a.b.one'], 0]);
    const last = eventsOf(api).filter(({ kind }) => kind === 'workflow.unregistered');
    expect(last.map(({ reason, data }) => [reason, data])).toEqual(
      Array(2).fill(['deployed from commit abc1234', { source_type: 'code' }]),
    );
  });

  it('tells how a spec changes, and what that makes of its ticks', async () => {
    const api = new Api();
    await deploy(api, [sent('a.b.one', cron('0 9 * * *'))]);
    const changed = sent('a.b.one', cron('0 7 * * *'));
    const answer = await deploy(api, [{ ...changed, spec: changed.spec.replace('SELECT 1 AS n', 'select 2 as n') }]);
    expect(answer.changes).toMatchObject([
      {
        change: 'changed',
        differences: [
          { path: 'schedule.cron', before: '0 9 * * *', after: '0 7 * * *', cosmetic: false },
          { path: 'query', kind: 'sql', cosmetic: false },
        ],
        ticks: { text: expect.stringMatching(/^next run moves from \S+ 09:00 to \S+ 07:00 \(Asia\/Seoul\)$/) },
      },
    ]);
    const cosmetic = await deploy(api, [{ ...changed, spec: changed.spec.replace('SELECT 1 AS n', 'SELECT 2 n') }]);
    expect(cosmetic.changes[0]?.differences).toMatchObject([{ path: 'query', cosmetic: true, lines: [] }]);
    expect(cosmetic.changes[0]?.ticks.text).toBeNull();
  });

  it('of a spec that is only written differently is a change without differences', async () => {
    const api = new Api();
    await deploy(api, [sent('a.b.one')]);
    const { changes } = await deploy(api, [{ ...sent('a.b.one'), spec: `# daily\n${datedSpec('a.b.one')}` }]);
    expect(changes).toMatchObject([{ change: 'changed', differences: [] }]);
    expect(changes[0]?.revision_after).toBe(changes[0]?.revision_before);
  });

  it('overrides a manual registration, whose file stays, and frees it when the code spec goes', async () => {
    const api = new Api();
    await api.register(datedSpec('a.b.one', cron('0 9 * * *')));
    const over = await deploy(api, [sent('a.b.one', cron('0 7 * * *'))]);
    expect(over.changes).toMatchObject([{ change: 'new', overrides_manual: true, frees_manual: false }]);
    expect(over.changes[0]?.ticks.text).toMatch(/^next run moves from /);
    expect(registrationsOf(api.database, 'a.b.one')).toHaveLength(2);
    expect(existsSync(join(api.specsFolder, 'manual', 'a.b.one.yaml'))).toBe(true);
    const freed = await deploy(api, [], { prune: true, allow_empty: true });
    expect(freed.changes).toMatchObject([{ change: 'removed', overrides_manual: false, frees_manual: true }]);
    expect(freed.changes[0]?.differences).toMatchObject([{ path: 'schedule.cron', after: '0 9 * * *' }]);
    expect((await api.send('GET', '/workflows/a.b.one')).body).toMatchObject({ source_type: 'manual' });
  });

  it('never changes a pause, and says that there is one', async () => {
    const api = new Api();
    await deploy(api, [sent('a.b.one', cron('0 9 * * *'))]);
    await api.send('POST', '/workflows/a.b.one/pause', { reason: 'checking' });
    const { changes } = await deploy(api, [sent('a.b.one', cron('0 7 * * *'))]);
    expect(changes).toMatchObject([
      { paused: { reason: 'checking' }, ticks: { text: expect.stringContaining('paused') } },
    ]);
    expect((await api.send('GET', '/workflows/a.b.one')).body.status).toBe('paused');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('may be of a dataset that is called %s', async (name) => {
    const api = new Api();
    await deploy(api, [sent(name), sent('a')]);
    expect(codeDatasets(api)).toEqual([name, 'a'].sort());
    expect(await deploy(api, [sent(name)])).toMatchObject({ applied: false, unchanged: [name], kept: 1, warnings: [] });
    expect(kinds(await deploy(api, [sent('a')], { prune: true }))).toEqual([[name, 'removed']]);
  });

  it('leaves the newest ten releases and removes older ones', async () => {
    const api = new Api();
    const releases: unknown[] = [];
    for (let hour = 1; hour <= 12; hour += 1) {
      api.clock.advance(1_000);
      releases.push((await deploy(api, [sent('a.b.one', cron(`0 ${hour} * * *`))])).release);
    }
    expect(releasesIn(api).sort()).toEqual(releases.slice(2).sort());
  });

  it('inlines the SQL files that specs name', async () => {
    const api = new Api();
    const spec = 'name: a.b.one\nowner: o\nteam: t\nquery_file: q.sql\n';
    const { release } = await deploy(api, [{ file_name: 'one.yaml', spec, files: { 'q.sql': 'SELECT 42' } }]);
    const file = join(api.specsFolder, 'code', '.releases', String(release), 'a.b.one.yaml');
    expect(readFileSync(file, 'utf8')).toMatch(/query_statement: \|\n {2}SELECT 42\n/);
  });
});

describe('a plan', () => {
  it('changes nothing', async () => {
    const api = new Api();
    const plan = await deploy(api, [sent('a.b.one')], { dry_run: true });
    expect(plan).toMatchObject({ dry_run: true, applied: false, deploy_id: null, release: null });
    expect(kinds(plan)).toEqual([['a.b.one', 'new']]);
    expect([codeDatasets(api), eventsOf(api)]).toEqual([[], []]);
    expect(existsSync(join(api.specsFolder, 'code'))).toBe(false);
  });

  it('says what the deploy then says', async () => {
    const api = new Api();
    await deploy(api, [sent('a.b.one'), sent('a.b.two')]);
    const next = [sent('a.b.one', cron('0 9 * * *')), sent('a.b.three')];
    const plan = await deploy(api, next, { dry_run: true, prune: true });
    const done = await deploy(api, next, { prune: true });
    expect(plan.changes).toEqual(done.changes);
  });
});

describe('a deploy with something wrong', () => {
  it('in one of twenty files deploys nothing, and tells all problems with their places', async () => {
    const api = new Api();
    const specs = Array.from({ length: 20 }, (_, index) => sent(`a.b.s${index}`));
    const broken = {
      ...sent('a.b.s7'),
      spec: 'name: a.b.s7\nowner: o\nteam: t\nquery_file: q.sql\n',
      files: { 'q.sql': 'SELECT\n  FROM WHERE' },
    };
    const bad = {
      ...sent('a.b.s9'),
      spec: 'name: a.b.s9\nowner: o\nteam: t\nquery_statement: SELECT 1\nschedule: {cron: "99 * * * *"}\n',
    };
    const answer = await refused(api, specs.with(7, broken).with(9, bad));
    expect(answer).toMatchObject({ status: 400, body: { code: 'DLI-813' } });
    expect(answer.body.message).toMatch(/^2 of 20 specs are wrong, so nothing was deployed: 2 problems$/);
    expect(answer.body.problems).toMatchObject([
      { file: 'specs/q.sql', line: 2 },
      { file: 'specs/a.b.s9.yaml', line: 5 },
    ]);
    expect([codeDatasets(api), eventsOf(api)]).toEqual([[], []]);
    expect(existsSync(join(api.specsFolder, 'code'))).toBe(false);
  });

  it('in one way only has the code of that', async () => {
    const api = new Api();
    const bad = {
      file_name: 'a.yaml',
      spec: 'name: a\nowner: o\nteam: t\nquery_statement: SELECT {{ nope }}\n',
      files: {},
    };
    expect(await refused(api, [bad])).toMatchObject({ status: 400, body: { code: 'DLI-815' } });
  });

  it('is refused for names that are there twice, also in another case', async () => {
    const api = new Api();
    await api.register(datedSpec('a.b.manual'));
    const answer = await refused(api, [
      sent('a.b.one'),
      { ...sent('a.b.one'), file_name: 'again.yaml' },
      { ...sent('a.b.ONE'), file_name: 'large.yaml' },
      sent('a.b.Manual'),
    ]);
    expect(answer).toMatchObject({ status: 409, body: { code: 'DLI-804' } });
    expect(answer.body.problems).toEqual([
      { file: 'again.yaml', message: "Dataset 'a.b.one' is defined in specs/a.b.one.yaml already" },
      {
        file: 'large.yaml',
        message: "'a.b.ONE' differs from 'a.b.one' in specs/a.b.one.yaml in upper and lower case only",
      },
      {
        file: 'specs/a.b.Manual.yaml',
        message: "'a.b.Manual' differs from the registered 'a.b.manual' in upper and lower case only",
      },
    ]);
  });

  it('tells at most 100 problems and counts the rest', async () => {
    const api = new Api();
    const specs = Array.from({ length: 120 }, (_, index) => ({
      file_name: `${index}.yaml`,
      spec: 'name: a\n',
      files: {},
    }));
    const { body } = await refused(api, specs);
    expect(body.problems).toHaveLength(100);
    expect(body.hints[0]).toMatch(/^\d+ more problems not shown$/);
  });

  it('without specs is refused, unless that is meant', async () => {
    const api = new Api();
    await deploy(api, [sent('a.b.one')]);
    expect(await refused(api, [], { prune: true })).toMatchObject({ status: 400, body: { code: 'DLI-801' } });
    expect(codeDatasets(api)).toEqual(['a.b.one']);
    await deploy(api, [], { prune: true, allow_empty: true });
    expect(codeDatasets(api)).toEqual([]);
  });

  it('is refused where people bring the files', async () => {
    const api = new Api({ codeMode: 'folder' });
    const answer = await refused(api, [sent('a.b.one')]);
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'DLI-807', message: expect.stringContaining('code.mode: folder') },
    });
  });

  it('is refused for viewers and operators before its body is read', async () => {
    const api = new Api();
    const token = async (role: string, headers: Record<string, string> = {}) => {
      const response = await api.raw('POST', '/tokens', { name: role, role }, headers);
      return { authorization: `Bearer ${Object(await response.json()).token}` };
    };
    const admin = await token('admin');
    for (const role of ['viewer', 'operator'])
      expect(await refused(api, [{ nothing: 'good' }], {}, await token(role, admin))).toMatchObject({
        status: 403,
        body: { code: 'DLI-403' },
      });
    await deploy(api, [sent('a.b.one')], {}, await token('deployer', admin));
  });

  it('may be larger than other requests, but not without end', async () => {
    const api = new Api();
    const filler = (megabytes: number) => ({
      file_name: 'large.yaml',
      spec: datedSpec('a.b.one'),
      files: Object.fromEntries(
        Array.from({ length: megabytes }, (_, index) => [`${index}.sql`, 'x'.repeat(1_048_576)]),
      ),
    });
    await deploy(api, [filler(10)], { dry_run: true });
    expect(await refused(api, [filler(65)])).toMatchObject({ status: 413, body: { code: 'DLI-413' } });
  });
});

describe('deploys that meet', () => {
  it('at the same time happen one after the other, and keep what the other brought', async () => {
    const api = new Api();
    const names = ['one', 'two', 'three', 'four'].map((name) => `a.b.${name}`);
    const answers = await Promise.all(names.map((name) => deploy(api, [sent(name)])));
    expect(answers.map(kinds)).toEqual(names.map((name) => [[name, 'new']]));
    expect(codeDatasets(api)).toEqual(names.toSorted());
    expect(current(api)?.files.size).toBe(4);
  });

  it('and looks at the same time leave no dataset between two deploys', async () => {
    const api = new Api();
    const round = (hour: number) => [1, 2, 3].map((index) => sent(`a.b.d${index}`, cron(`0 ${hour} * * *`)));
    await deploy(api, round(1));
    const looks = () => [1, 2].map(() => syncSpecs(api.parts));
    await Promise.all([...looks(), deploy(api, round(2)), ...looks(), deploy(api, round(3)), ...looks()]);
    const revisions = api.database.all<{ cron: string }>('SELECT DISTINCT cron FROM schedules');
    expect(revisions).toHaveLength(1);
    expect(eventsOf(api).filter(({ kind }) => kind === 'code.deployed')).toHaveLength(3);
    expect((await syncSpecs(api.parts)).reports).toMatchObject([
      {},
      { added: [], updated: [], removed: [], broken: [], busy: [] },
    ]);
  });

  it('of the same specs at the same time are one change', async () => {
    const api = new Api();
    const answers = await Promise.all([1, 2, 3].map(() => deploy(api, [sent('a.b.one')])));
    expect(answers.map(({ applied }) => applied)).toEqual([true, false, false]);
  });

  it('with the same key, the second while the first is at work, are one', async () => {
    const api = new Api();
    const key = { 'idempotency-key': 'k1' };
    const [first, second] = await Promise.all([1, 2].map(() => deploy(api, [sent('a.b.one')], {}, key)));
    expect(first).toMatchObject({ applied: true });
    expect(second).toEqual(first);
  });

  it('are planned upon what is in force in their turn: a spec that another deploy replaced meanwhile is checked', async () => {
    const api = new Api();
    await deploy(api, [sent('a.b.one')]);
    const [other, same] = await Promise.all([
      deploy(api, [sent('a.b.one', cron('0 9 * * *'))]),
      deploy(api, [sent('a.b.one')]),
    ]);
    const last = other.release === current(api)?.digest ? other : same;
    expect(current(api)?.digest).toBe(last.release);
    const stored = [...specFilesOf(api.database, 'code').values()];
    expect(stored.map(({ dataset, digest }) => [dataset, digest])).toEqual([...(current(api)?.files ?? [])]);
  });

  it('with the same key are one, and another request with it is refused', async () => {
    const api = new Api();
    const key = { 'idempotency-key': 'k1' };
    const first = await deploy(api, [sent('a.b.one')], {}, key);
    await deploy(api, [sent('a.b.one', cron('0 9 * * *'))]);
    expect(await deploy(api, [sent('a.b.one')], {}, key)).toEqual(first);
    expect(registrationsOf(api.database, 'a.b.one')[0]?.scheduleEnabled).toBe(true);
    expect(await refused(api, [sent('a.b.two')], {}, key)).toMatchObject({ status: 409, body: { code: 'DLI-807' } });
  });
});

it('a database that lost what the release has follows again, with the next deploy', async () => {
  const api = new Api();
  await deploy(api, [sent('a.b.one'), sent('a.b.two')]);
  await api.database.write((transaction) => transaction.run("DELETE FROM registrations WHERE dataset = 'a.b.one'"));
  expect(await deploy(api, [sent('a.b.two')])).toMatchObject({ applied: false });
  expect(codeDatasets(api)).toEqual(['a.b.one', 'a.b.two']);
});

describe('without current.json, what is registered as code', () => {
  async function lose(names: readonly string[]) {
    const api = new Api();
    await deploy(
      api,
      names.map((name) => sent(name)),
    );
    rmSync(join(api.specsFolder, 'code', 'current.json'));
    return api;
  }

  it('stays, written anew from the state, unless it is sent', async () => {
    const api = await lose(['a', 'b', 'c']);
    const { troubles } = await syncSpecs(api.parts);
    expect(troubles).toEqual([expect.stringContaining('what that does not name stays')]);
    const plan = await deploy(api, [sent('a', cron('0 9 * * *')), sent('b')], { dry_run: true });
    const done = await deploy(api, [sent('a', cron('0 9 * * *')), sent('b')]);
    expect([kinds(done), done.unchanged, done.kept]).toEqual([[['a', 'changed']], ['b'], 1]);
    expect(done.warnings).toEqual([expect.stringMatching(/^1 code spec that is not sent \(c\) had no good file/)]);
    expect([plan.changes, plan.warnings]).toEqual([done.changes, done.warnings]);
    expect(codeDatasets(api)).toEqual(['a', 'b', 'c']);
    expect([...(current(api)?.files.keys() ?? [])].sort()).toEqual(['a', 'b', 'c']);
    expect((await syncSpecs(api.parts)).reports.flatMap(({ broken }) => broken)).toEqual([]);
  });

  it('is put back by a deploy of just that, which then has a release', async () => {
    const api = await lose(['a', 'b']);
    const answer = await deploy(api, [sent('a'), sent('b')]);
    expect(answer).toMatchObject({ applied: true, changes: [], unchanged: ['a', 'b'], warnings: [] });
    expect(current(api)).toMatchObject({ digest: answer.release, deployId: answer.deploy_id });
  });

  it('is removed with prune, and the plan says so', async () => {
    const api = await lose(['a', 'b']);
    const removed = [['b', 'removed']];
    expect(kinds(await deploy(api, [sent('a')], { prune: true, dry_run: true }))).toEqual(removed);
    expect(kinds(await deploy(api, [sent('a')], { prune: true }))).toEqual(removed);
    expect(codeDatasets(api)).toEqual(['a']);
  });

  it('and has no text in the state is DLI-505 before anything is changed, unless it is sent or removed', async () => {
    const api = await lose(['a', 'b']);
    await api.database.write((transaction) => transaction.run('UPDATE revisions SET text = NULL'));
    for (const rest of [{ dry_run: true }, {}])
      expect(await refused(api, [sent('a')], rest)).toMatchObject({
        status: 500,
        body: { code: 'DLI-505', message: expect.stringContaining('(b)') },
      });
    expect([current(api), codeDatasets(api)]).toEqual([null, ['a', 'b']]);
    await deploy(api, [sent('a'), sent('b')]);
    expect(codeDatasets(api)).toEqual(['a', 'b']);
  });

  it('stays when a server whose specs people brought is deployed to', async () => {
    const folder = new Api({ codeMode: 'folder' });
    mkdirSync(join(folder.specsFolder, 'code'));
    for (const name of ['a', 'b'])
      writeFileSync(join(folder.specsFolder, 'code', `dataset.${name}.yaml`), datedSpec(name));
    await syncSpecs(folder.parts);
    const api = new Api({ file: folder.file, database: folder.database, specsFolder: folder.specsFolder });
    expect(kinds(await deploy(api, [sent('a', 'tags: [x]\n')]))).toEqual([['a', 'changed']]);
    expect(codeDatasets(api)).toEqual(['a', 'b']);
  });
});

describe('a release with files that are lost or were changed', () => {
  const fileOf = (api: Api, { release }: WorkflowDeploy, dataset: string) =>
    join(api.specsFolder, 'code', '.releases', String(release), `${dataset}.yaml`);
  const damages: readonly (readonly [string, (path: string) => void])[] = [
    ['lost', (path) => rmSync(path)],
    ['changed', (path) => writeFileSync(path, 'garbage')],
  ];
  const good = async (api: Api, answer: WorkflowDeploy) => {
    const { reports } = await syncSpecs(api.parts);
    expect(reports.flatMap(({ broken }) => broken)).toEqual([]);
    expect(readFileSync(fileOf(api, answer, 'a'), 'utf8')).toContain('name: a\n');
    expect(codeDatasets(api)).toEqual(['a', 'b']);
  };

  it.each(damages)('is mended by the same deploy: %s', async (_, damage) => {
    const api = new Api();
    const first = await deploy(api, [sent('a'), sent('b')]);
    damage(fileOf(api, first, 'a'));
    await syncSpecs(api.parts);
    const again = await deploy(api, [sent('a'), sent('b')]);
    expect(again).toMatchObject({ applied: false, release: first.release, changes: [], unchanged: ['a', 'b'] });
    expect(again.warnings).toEqual([expect.stringMatching(/written anew as they were sent: a$/)]);
    expect(current(api)?.deployId).toBe(first.deploy_id);
    await good(api, again);
  });

  it.each(damages)(
    'is not carried on into the next one, whether that names the dataset or not: %s',
    async (_, damage) => {
      for (const also of [[sent('a')], []]) {
        const api = new Api();
        damage(fileOf(api, await deploy(api, [sent('a'), sent('b')]), 'a'));
        const answer = await deploy(api, [sent('b', cron('0 9 * * *')), ...also]);
        expect(kinds(answer)).toEqual([['b', 'changed']]);
        expect(answer.warnings).toEqual([expect.stringMatching(/written anew/)]);
        await good(api, answer);
      }
    },
  );

  it('of which nobody keeps the text is DLI-505 for a deploy that does not send it', async () => {
    const api = new Api();
    rmSync(fileOf(api, await deploy(api, [sent('a'), sent('b')]), 'a'));
    await api.database.write((transaction) => transaction.run('UPDATE revisions SET text = NULL'));
    expect(await refused(api, [sent('b', cron('0 9 * * *'))])).toMatchObject({ body: { code: 'DLI-505' } });
    await good(api, await deploy(api, [sent('a'), sent('b')]));
  });
});

it('a deploy of which a spec does not come into force says so', async () => {
  const api = new Api();
  const { compiler } = api.parts;
  let checks = 0;
  const check: typeof compiler.check = (input) => {
    checks += 1;
    return checks > 1 ? Promise.reject(new DliError('DLI-816', 'The warehouse is away')) : compiler.check(input);
  };
  await deploy(api, [sent('a')]);
  await api.database.write((transaction) => transaction.run('DELETE FROM registrations'));
  const answer = await deployWorkflows(
    { ...api.parts, compiler: { ...compiler, check } },
    { actor: 'ci', idempotencyKey: undefined },
    { specs: [sent('b')], prune: false, dry_run: false, allow_empty: false, commit: null },
  );
  expect(kinds(answer)).toEqual([['b', 'new']]);
  expect(answer.warnings).toEqual(['code/a.yaml is not in force: The warehouse is away']);
});

describe('an older current.json that somebody put back', () => {
  async function putBack() {
    const api = new Api();
    const manifest = join(api.specsFolder, 'code', 'current.json');
    await deploy(api, [sent('a')]);
    const old = readFileSync(manifest);
    await deploy(api, [sent('b'), sent('c')]);
    writeFileSync(manifest, old);
    return api;
  }
  const sync = async (api: Api, rest: object) =>
    Object((await api.send('POST', '/workflows/sync', { accept_deletions: false, ...rest })).body);

  it('removes no more than may be gone at once, until that is accepted', async () => {
    const api = await putBack();
    for (let look = 0; look < 2; look += 1) expect((await sync(api, {})).removed).toEqual([]);
    expect(codeDatasets(api)).toEqual(['a', 'b', 'c']);
    await sync(api, { accept_deletions: true });
    expect(codeDatasets(api)).toEqual(['a']);
  });

  it.each([true, false])('makes no deploy remove what its plan does not name, looked at before: %s', async (isSeen) => {
    const api = await putBack();
    if (isSeen) await sync(api, {});
    const answer = await deploy(api, [sent('a', cron('0 9 * * *'))]);
    expect([kinds(answer), answer.kept]).toEqual([[['a', 'changed']], 2]);
    expect(codeDatasets(api)).toEqual(['a', 'b', 'c']);
    const pruned = await deploy(api, [sent('a', cron('0 9 * * *'))], { prune: true });
    expect(kinds(pruned)).toEqual([
      ['b', 'removed'],
      ['c', 'removed'],
    ]);
    expect(codeDatasets(api)).toEqual(['a']);
  });
});

describe('a deploy that was interrupted when its release was in force', () => {
  /** The state does not follow: nothing can be read of it any more when the manifest is in place. */
  async function interrupted(key: string | undefined) {
    const api = new Api();
    await deploy(api, [sent('a'), sent('b'), sent('c')]);
    const before = current(api)?.deployId;
    const dying: ProxyHandler<Database> = {
      get: (database, name) => {
        const member: unknown = Reflect.get(database, name, database);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => {
          if (current(api)?.deployId !== before) throw new Error('the process is dead');
          return Reflect.apply(member, database, given);
        };
      },
    };
    const caller = { actor: 'ci', idempotencyKey: key };
    const input = { specs: [sent('d')], prune: true, dry_run: false, allow_empty: false, commit };
    const parts = { ...api.parts, database: new Proxy(api.database, dying) };
    await expect(deployWorkflows(parts, caller, input)).rejects.toThrow('the process is dead');
    return { api, again: () => deployWorkflows(api.parts, caller, input) };
  }

  it.each([true, false])('is answered as itself when its key comes again, looked at before: %s', async (isSeen) => {
    const { api, again } = await interrupted('k1');
    if (isSeen) await syncSpecs(api.parts);
    const answer = await again();
    expect(answer).toMatchObject({ applied: true, deploy_id: current(api)?.deployId, release: current(api)?.digest });
    expect(kinds(answer)).toEqual([
      ['a', 'removed'],
      ['b', 'removed'],
      ['c', 'removed'],
      ['d', 'new'],
    ]);
    expect([codeDatasets(api), await again()]).toEqual([['d'], answer]);
    expect(eventsOf(api).filter(({ kind }) => kind === 'code.deployed')).toHaveLength(2);
  });

  it('is followed before the next one is planned', async () => {
    const { api } = await interrupted(undefined);
    const plan = await deploy(api, [sent('e')], { dry_run: true });
    const next = await deploy(api, [sent('e')]);
    expect([kinds(next), next.kept, plan.kept]).toEqual([[['e', 'new']], 1, 1]);
    expect(codeDatasets(api)).toEqual(['d', 'e']);
  });
});
