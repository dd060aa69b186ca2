import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startTestBasecamp, type TestBasecampOptions } from '../../src/testing/start-test-basecamp.ts';
import { childPidOf } from '../crash/child-pids.ts';

async function start(options?: TestBasecampOptions) {
  const basecamp = await startTestBasecamp(options);
  onTestFinished(() => basecamp.close());
  return basecamp;
}

/** A folder of specs; temporary folders are made in it too, so that a test sees what is left. */
function specFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'dli-specs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const spec = (name: string, sql: string) => `name: ${name}
type: Dataset
owner: me
team: us
query_statement: CREATE OR REPLACE TABLE ${name} AS ${sql}
`;

const leftIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('dli-test-'));

it('is a real server on a free port of this machine, which is ready', async () => {
  const { url, client, dataDir } = await start();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await client.system.ready()).toEqual({ ready: true });
  expect(await client.system.health()).toMatchObject({ workflows: 0, data_dir: dataDir });
});

it('has the specs of folders and files, with the SQL files that they name', async () => {
  const folder = specFolder({
    'one.yaml': spec('lake.a.one', 'SELECT 1 AS n'),
    'two.yaml': 'name: lake.a.two\ntype: Dataset\nowner: me\nteam: us\nquery_file: two.sql\n',
    'two.sql': 'CREATE OR REPLACE TABLE lake.a.two AS SELECT n + 1 AS n FROM lake.a.one',
    'other.yaml': 'not: a spec',
  });
  const basecamp = await start({ specs: [folder] });
  expect(await basecamp.run('lake.a.one')).toMatchObject({ status: 'COMPLETED', error: null });
  expect(await basecamp.run('lake.a.two')).toMatchObject({
    status: 'COMPLETED',
    error: null,
    triggered_by: 'test (unverified)',
  });
  const { rows } = await basecamp.client.workflow.preview({ dataset: 'lake.a.two' });
  expect(rows).toEqual([{ n: 2 }]);
});

it('has the files, the tables and the settings that a test gives it', async () => {
  const folder = specFolder({
    'one.yaml': spec('lake.a.one', "SELECT '{{ var('stage') }}' AS stage, * FROM lake.raw.people"),
  });
  const basecamp = await start({
    specs: [join(folder, 'one.yaml')],
    files: { 'data/people.csv': 'name,age\nMin,31\n' },
    initSql:
      "CREATE SCHEMA IF NOT EXISTS lake.raw; CREATE OR REPLACE VIEW lake.raw.people AS SELECT * FROM 'data/people.csv'",
    catalogs: { lake: 'lake.duckdb' },
    config: { vars: { stage: 'try' } },
    actor: 'Min',
  });
  expect(await basecamp.run('lake.a.one')).toMatchObject({
    status: 'COMPLETED',
    error: null,
    triggered_by: 'Min (unverified)',
  });
  const { rows } = await basecamp.client.workflow.preview({ dataset: 'lake.a.one' });
  expect(rows).toEqual([{ stage: 'try', name: 'Min', age: 31 }]);
  expect(existsSync(join(basecamp.dataDir, '..', 'lake.duckdb'))).toBe(true);
});

it('gives a run that failed, with its error', async () => {
  const folder = specFolder({ 'one.yaml': spec('lake.a.one', "SELECT CAST('x' AS int) AS n") });
  const basecamp = await start({ specs: [folder] });
  expect(await basecamp.run('lake.a.one')).toMatchObject({ status: 'FAILED', error: { code: 'DLI-802' } });
});

it('sees nothing of the environment that it is started in', async () => {
  vi.stubEnv('BASECAMP_MAX_CONCURRENT_RUNS', '1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { client } = await start();
  expect(await client.system.health()).toMatchObject({ max_concurrent_runs: 4 });
});

it('leaves neither a process nor a folder behind, however often it is closed', async () => {
  const folder = specFolder({ 'one.yaml': spec('lake.a.one', 'SELECT 1 AS n') });
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  {
    await using basecamp = await startTestBasecamp({ specs: [folder] });
    await basecamp.run('lake.a.one');
    expect(await childPidOf(process.pid, 'warehouse')).toBeDefined();
    expect(leftIn(folder)).toHaveLength(1);
    await basecamp.close();
  }
  expect(await childPidOf(process.pid, 'warehouse')).toBeUndefined();
  expect(await childPidOf(process.pid, 'compiler')).toBeUndefined();
  expect(leftIn(folder)).toEqual([]);
});

it.each([
  ['a path where nothing is', () => ({ specs: ['nothing.yaml'] }), 'DLI-101'],
  ['a folder without specs', () => ({ specs: [specFolder({})] }), 'DLI-101'],
  ['a spec that is wrong', () => ({ specs: [specFolder({ 'dataset.a.yaml': 'name: a' })] }), 'DLI-813'],
  ['a setting that is wrong', () => ({ config: { max_concurrent_runs: 0 } }), 'DLI-504'],
])('says what is wrong with %s, and leaves nothing behind', async (_, options, code) => {
  const folder = specFolder({});
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(startTestBasecamp(options())).rejects.toMatchObject({ code });
  expect(leftIn(folder)).toEqual([]);
});
