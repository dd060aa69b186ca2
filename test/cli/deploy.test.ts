import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BasecampClient } from '../../src/client/basecamp-client.ts';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { startCuttingProxy } from '../fakes/cutting-proxy.ts';
import { type CommandResult, dli, type RunOptions } from './dli.ts';

const sha = 'abcdef0123456789abcdef0123456789abcdef01';
const spec = (name: string, { cron = '0 9 * * *', n = '1', more = '' } = {}) => `name: lake.shop.${name}
type: Dataset
owner: me
team: t
query_statement: |
  CREATE OR REPLACE TABLE lake.shop.${name} AS
  SELECT ${n} AS n
schedule: {cron: "${cron}", timezone: Asia/Seoul}
${more}`;

let folder: string;
let server: RunningServer;
let client: BasecampClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-deploy-'));
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
  client = new BasecampClient({ url: server.url });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Makes a project with these files and takes everything off the server that earlier ones brought. */
async function project(files: Readonly<Record<string, string>>) {
  await client.workflow.deploy({ specs: [], prune: true, allow_empty: true });
  const root = mkdtempSync(join(folder, 'project-'));
  const put = (changed: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(changed)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
  };
  put(files);
  const deploy = (words: string, options: RunOptions = {}): Promise<CommandResult> =>
    dli(['workflow', 'deploy', ...words.split(' ').filter(Boolean)], {
      cwd: root,
      ...options,
      env: { DLI_SERVER_URL: server.url, GITHUB_SHA: sha, GITHUB_REF_NAME: 'main', ...options.env },
    });
  return { root, put, deploy };
}

describe('dli workflow deploy', () => {
  it('shows the plan, deploys it, and then has nothing to do', async () => {
    const { deploy } = await project({ 'specs/one.yaml': spec('one'), 'specs/two.yaml': spec('two') });
    const plan = await deploy('specs --dry-run');
    expect(plan).toMatchObject({ exitCode: 0, stderr: '' });
    expect(plan.stdout).toMatch(
      /^Plan: 2 new, 0 unchanged\nCommit: abcdef012345 \(main\)\n\n\+ lake\.shop\.one\n {4}runs by itself: the first run is \S+ 09:00 \(Asia\/Seoul\), 1 run within 24 hours\n\+ lake\.shop\.two\n/,
    );
    expect(plan.stdout).toMatch(/\n\nNothing was changed\.\nTo deploy it: dli workflow deploy specs\n$/);
    const done = await deploy('specs');
    expect(done.stdout).toMatch(
      /^Deployed: 2 new, 0 unchanged\nCommit: abcdef012345 \(main\)\nRelease: [0-9a-f]{12}\n/,
    );
    expect((await deploy('specs')).stdout).toBe('Nothing to do: 2 unchanged\n');
    const { items } = await client.workflow.list({ source_type: 'code' });
    expect(items.map(({ dataset_name }) => dataset_name)).toEqual(['lake.shop.one', 'lake.shop.two']);
  });

  it('exits with 10 when there are changes and that is asked for, with errors as ever', async () => {
    const { deploy, put } = await project({ 'specs/one.yaml': spec('one') });
    const codes = async (...lines: string[]) => {
      const found: number[] = [];
      for (const line of lines) found.push((await deploy(line)).exitCode);
      return found;
    };
    expect(await codes('specs --dry-run --exit-code', 'specs --exit-code', 'specs --exit-code')).toEqual([10, 10, 0]);
    put({ 'specs/one.yaml': spec('one', { n: '2' }) });
    expect(await codes('specs --dry-run', 'specs', 'specs --dry-run --exit-code')).toEqual([0, 0, 0]);
    put({ 'specs/one.yaml': 'type: Dataset\nname: lake.shop.one\n' });
    expect(await codes('specs --exit-code', 'nothing --exit-code')).toEqual([2, 3]);
  });

  it('answers programs with what the API says', async () => {
    const { deploy } = await project({ 'one.yaml': spec('one') });
    const { stdout, stderr } = await deploy('--dry-run --format json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      dry_run: true,
      applied: false,
      commit: { sha, ref: 'main', dirty: null, url: null },
      changes: [{ dataset_name: 'lake.shop.one', file_name: 'one.yaml', change: 'new' }],
    });
  });

  it('tells what changes in meaning, what is only written differently, and the next run', async () => {
    const { deploy, put } = await project({
      'one.yaml': spec('one'),
      'two.yaml': spec('two'),
      'three.yaml': spec('three'),
    });
    await deploy('');
    put({
      'one.yaml': spec('one', { cron: '0 7 * * *', n: '2' }),
      'two.yaml': spec('two', { n: '/* one */ 1' }),
      'three.yaml': `# three\n${spec('three')}`,
    });
    const { stdout } = await deploy('--dry-run', { isTty: true, columns: 80, env: { NO_COLOR: '1' } });
    const lines = stdout.split('\n').map((line) => line.replaceAll(/\d{4}-\d\d-\d\d/g, 'DATE'));
    expect(lines).toEqual([
      'Plan: 3 changed, 0 unchanged',
      'Commit: abcdef012345 (main)',
      '',
      '~ lake.shop.one',
      '    schedule.cron: "0 9 * * *" → "0 7 * * *"',
      '    SQL of query is changed: 1 line added, 1 removed',
      '      @@ -1,2 +1,2 @@',
      '       CREATE OR REPLACE TABLE lake.shop.one AS',
      '      -SELECT 1 AS n',
      '      +SELECT 2 AS n',
      expect.stringMatching(/^ {4}next run moves from DATE 09:00 to DATE 07:00 \(Asia\/Seoul\)/),
      '~ lake.shop.three',
      '    is written differently and means the same',
      '~ lake.shop.two',
      '    SQL of query is written differently and means the same',
      '',
      'Nothing was changed.',
      'To deploy it: dli workflow deploy',
      '',
    ]);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('has colours on a terminal', async () => {
    const { deploy } = await project({ 'one.yaml': spec('one') });
    const { stdout } = await deploy('--dry-run', { isTty: true, columns: 80 });
    expect(stdout).toContain('\u001b[32m+ lake.shop.one\u001b[0m');
  });

  it('keeps what others deployed, and removes it with --prune', async () => {
    const { deploy } = await project({ 'a/one.yaml': spec('one'), 'b/two.yaml': spec('two') });
    await deploy('a');
    expect((await deploy('b')).stdout).toMatch(/\n1 code spec of other deploys stays \(--prune removes them\)\n$/);
    const pruned = await deploy('b --prune --dry-run');
    expect(pruned.stdout).toMatch(/\n- lake\.shop\.one\n {4}no longer runs by itself; the next run would have been /);
    expect(pruned.stdout).toMatch(/\nTo deploy it: dli workflow deploy b --prune\n$/);
    expect((await deploy('b --prune')).stdout).toMatch(/^Deployed: 1 removed, 1 unchanged\n/);
  });

  it('says what it overrides, what it frees, and what is paused', async () => {
    const { root, deploy, put } = await project({ 'one.yaml': spec('one') });
    await client.workflow.register({ spec: spec('one', { cron: '0 5 * * *' }) });
    const over = await deploy('');
    expect(over.stdout).toContain(
      '\n+ lake.shop.one\n    overrides the manual registration, which stays and does not run\n',
    );
    await client.workflow.pause({ dataset: 'lake.shop.one', reason: 'checking' });
    put({ 'one.yaml': spec('one', { cron: '0 8 * * *' }) });
    expect((await deploy('')).stdout).toMatch(
      /; paused: none of them runs until it is unpaused\n {4}Still paused since .*: checking\. To end it: dli workflow unpause lake\.shop\.one\n/,
    );
    rmSync(join(root, 'one.yaml'));
    const freed = await deploy('--prune --allow-empty');
    expect(freed.stdout).toContain('\n- lake.shop.one\n    the manual registration takes over\n');
    await client.workflow.unpause({ dataset: 'lake.shop.one' });
    await client.workflow.unregister({ params: { dataset: 'lake.shop.one' } });
  });
});

describe('dli workflow deploy with something wrong', () => {
  it('tells the problems of all files before it asks the server', async () => {
    const { deploy } = await project({
      'one.yaml': spec('one'),
      'specs/two.yaml': spec('two', { cron: '99 * * * *' }),
      'three.yaml': spec('three', { more: 'nonsense: 1\n' }),
    });
    const { exitCode, stdout, stderr } = await deploy('', { env: { DLI_SERVER_URL: 'http://127.0.0.1:9' } });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^Error \[DLI-813\]: 2 of 3 specs are wrong, so nothing was deployed: 2 problems\n/);
    expect(stderr).toMatch(/\n {2}specs\/two\.yaml:8:\d+: /);
    expect(stderr).toMatch(/\n {2}three\.yaml:9:\d+: .*nonsense/);
  });

  it('tells what only the server finds, at its place in the user’s own file', async () => {
    const query = /query_statement: [^:]*/;
    const { deploy } = await project({
      'specs/one.yaml': spec('one').replace(query, 'query_file: sql/one.sql\nschedule'),
      'specs/sql/one.sql': 'SELECT 1\nFROM WHERE\n',
      'specs/two.yaml': spec('two'),
    });
    const { exitCode, stderr } = await deploy('specs');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^Error \[DLI-815\]: 1 of 2 specs is wrong, so nothing was deployed: 1 problem\n {2}specs\/sql\/one\.sql:2:\d+: /,
    );
    expect((await client.workflow.list({ source_type: 'code' })).items).toEqual([]);
  });

  it('is refused without specs, so that an empty checkout removes nothing', async () => {
    const { deploy, root } = await project({ 'one.yaml': spec('one') });
    await deploy('');
    rmSync(join(root, 'one.yaml'));
    expect(await deploy('--prune')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/There are no specs below[\s\S]*dli workflow deploy --prune --allow-empty/),
    });
    expect((await deploy('--prune --allow-empty')).stdout).toMatch(/^Deployed: 1 removed, 0 unchanged\n/);
  });

  it('is refused when a spec cannot be read, so that --prune does not take it for gone', async () => {
    const { root, deploy, put } = await project({ 'one.yaml': spec('one'), 'two.yaml': spec('two') });
    await deploy('');
    put({ 'two.yaml': `${spec('two')}parameters: [` });
    expect(await deploy('--prune')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('two.yaml:') });
    writeFileSync(join(root, 'two.yaml'), new Uint8Array([0xff, 0xfe]));
    expect(await deploy('--prune')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('two.yaml: cannot be read'),
    });
    expect((await client.workflow.list({ source_type: 'code' })).items).toHaveLength(2);
  });

  it('whose server goes away says that it may be in force, and the commands that it prints find out', async () => {
    const { deploy } = await project({ 'specs/one.yaml': spec('one') });
    // Each answer breaks off at its first byte: the server has done it, and the command does not know.
    const proxy = await startCuttingProxy(server.url, (cuts) => (cuts < 4 ? 1 : undefined));
    // Another than the settings name, so the printed commands have to name it, too.
    const env = { DLI_SERVER_URL: 'http://127.0.0.1:1' };
    const { exitCode, stdout, stderr } = await deploy(`specs --prune --commit v1 --server ${proxy.url}`, { env });
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
    expect(stderr).toMatch(
      /^Error \[DLI-501\]: The server went away before it answered: the deploy may or may not be in force\n/,
    );
    const printed = [...stderr.matchAll(/dli workflow deploy (.*)$/gm)].map(([, words = '']) => words);
    expect(printed).toEqual([
      expect.stringMatching(/^specs --prune --commit v1 --server \S+ --idempotency-key [0-9a-f]{32}$/),
      `specs --prune --commit v1 --server ${proxy.url} --dry-run`,
    ]);
    const [again = '', plan = ''] = printed;
    expect((await deploy(plan, { env })).stdout).toBe('Nothing to do: 1 unchanged\n');
    expect((await deploy(again, { env })).stdout).toMatch(/^Deployed: 1 new, 0 unchanged\nCommit: v1\n/);
    await proxy.close();
  });

  it('is refused by a server that takes its specs from a folder', async () => {
    const { deploy } = await project({ 'one.yaml': spec('one') });
    const config = join(folder, 'folder-mode.yaml');
    writeFileSync(config, 'data_dir: folder-mode\ncode: {mode: folder}\n');
    const other = await startServer({ configFile: config, port: 0, cwd: folder, env: {} });
    const refused = await deploy('', { env: { DLI_SERVER_URL: other.url } });
    await other.close();
    expect(refused).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('Error [DLI-807]: ') });
  });
});

describe('the commit of a deploy', () => {
  it('is the one that is given, or what Git says where no CI does', async () => {
    const { root, deploy, put } = await project({ 'one.yaml': spec('one') });
    const commitOf = async (words: string, env: Record<string, string>) =>
      JSON.parse((await deploy(`${words} --dry-run -f json`, { env })).stdout).commit;
    const own = { GITHUB_SHA: '', PATH: process.env.PATH ?? '', HOME: root, GIT_CEILING_DIRECTORIES: folder };
    expect(await commitOf('--commit v1.2', own)).toEqual({ sha: 'v1.2', ref: null, dirty: null, url: null });
    expect(await commitOf('', own)).toBeNull();
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        cwd: root,
        env: own,
        encoding: 'utf8',
      });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    const head = git('rev-parse', 'HEAD').trim();
    expect(await commitOf('', own)).toEqual({ sha: head, ref: 'main', dirty: false, url: null });
    put({ 'one.yaml': spec('one', { n: '2' }) });
    expect(await commitOf('', own)).toMatchObject({ sha: head, dirty: true });
    expect(await commitOf('', { ...own, PATH: '' })).toBeNull();
  });
});
