import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dli } from './dli.ts';

const clicks = `name: iceberg.analytics.daily_clicks
owner: engineer@example.com
team: "@data"
query_file: daily_clicks.sql
parameters:
  - {name: execution_date, type: date, required: true}
execution: {dialect: trino}
`;
const clicksSql = `INSERT INTO iceberg.analytics.daily_clicks
SELECT user_id, count(*) AS clicks
FROM iceberg.raw.user_events
WHERE dt = {{ execution_date | sql_date }}
GROUP BY user_id
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dli-local-'));
  mkdirSync(join(folder, 'specs'));
  put('specs/dataset.iceberg.analytics.daily_clicks.yaml', clicks);
  put('specs/daily_clicks.sql', clicksSql);
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, text: string): void {
  writeFileSync(join(folder, path), text);
}

const run = (...argv: string[]) => dli(argv, { cwd: folder });

describe('dli and its words', () => {
  it('prints help for itself, its groups and each command', async () => {
    expect((await run()).stdout).toContain('workflow run ');
    expect((await run('workflow', '--help')).stdout).toContain('Usage: dli workflow <command>');
    expect((await run('server', 'start', '--help')).stdout).toContain('--port <PORT>');
  });

  it('prints the help of a group on stderr when its command is missing, and exits 2', async () => {
    const { exitCode, stdout, stderr } = await run('workflow');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: dli workflow <command>');
  });

  it('prints its version for people and for programs', async () => {
    expect((await run('version')).stdout).toMatch(/^dli \d+\.\d+\.\d+ /);
    expect(JSON.parse((await run('version', '-f', 'json')).stdout)).toMatchObject({ version: expect.any(String) });
  });

  it.each([
    [['workflow', 'rnu'], "Error [DLI-400]: Unknown command 'dli workflow rnu'\n  Did you mean 'run'?"],
    [['wrkflow'], "Error [DLI-400]: Unknown command 'dli wrkflow'\n  Did you mean 'workflow'?"],
    [['workflow', 'list', '--wdie'], "Error [DLI-400]: Unknown option '--wdie'\n  Did you mean '--wide'?"],
    [['workflow', 'run'], "Error [DLI-400]: Missing required argument 'dataset'"],
    [['workflow', 'run', 'd', '-p', 'novalue'], "Error [DLI-400]: Parameter 'novalue' is not name=value"],
    [['workflow', 'backfill', 'd', '-s', '2024-01-01'], 'Error [DLI-400]: Missing option --end <YYYY-MM-DD>'],
    [['workflow', 'list', '--server', 'nonsense'], "Error [DLI-400]: 'nonsense' is not a server address"],
    [['server', 'start', '--port', '70000'], "Error [DLI-400]: --port is '70000'"],
  ])('answers %j with what is wrong, and exits 2', async (argv, message) => {
    const { exitCode, stdout, stderr } = await run(...argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('says with exit 6 that no server listens, in words that never change', async () => {
    const { exitCode, stderr } = await run('workflow', 'list', '--server', 'http://127.0.0.1:1');
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(
      /^Error \[DLI-501\]: Cannot connect to server\. Check your connection settings\.\n {2}tried http:\/\/127\.0\.0\.1:1 /,
    );
  });

  it('says with exit 2 where dli.yaml is wrong', async () => {
    put('dli.yaml', 'server:\n  ulr: http://x\n');
    const { exitCode, stderr } = await run('workflow', 'list');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `Error [DLI-504]: dli.yaml is not valid\n  ${join(folder, 'dli.yaml')}:2:3: unknown key 'ulr'`,
    );
  });
});

describe('validate', () => {
  it('finds the specs below a folder and says that each is good', async () => {
    const { exitCode, stdout } = await run('workflow', 'validate');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('ok  specs/dataset.iceberg.analytics.daily_clicks.yaml  iceberg.analytics.daily_clicks');
    expect(stdout).toContain('1 spec: 1 valid, 0 invalid');
  });

  it('reports every problem of every file with its place, and exits 2', async () => {
    put('specs/dataset.bad.yaml', 'name: bad\nownr: x\nteam: t\nquery_statement: SELECT 1\n');
    put('specs/dataset.worse.yaml', 'name: worse\nowner: x\nteam: t\nquery_file: worse.sql\n');
    put('specs/worse.sql', 'SELECT 1;\nSELECT * FRM x WHERE ((\n');
    const { exitCode, stdout, stderr } = await run('workflow', 'validate', 'specs');
    expect(exitCode).toBe(2);
    expect(stderr).toContain("specs/dataset.bad.yaml:2:1: Unknown key 'ownr'");
    expect(stderr).toContain('Missing owner');
    expect(stderr).toMatch(/specs\/worse\.sql:2:\d+\n/);
    expect(stdout).toContain('3 specs: 1 valid, 2 invalid');
  });

  it('gives programs one list with the error of each spec', async () => {
    put('specs/dataset.bad.yaml', 'name: bad\nowner: x\nteam: t\n');
    const { exitCode, stdout } = await run('workflow', 'validate', '--format', 'json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout).specs).toMatchObject([
      { file: 'specs/dataset.bad.yaml', valid: false, error: { code: 'DLI-813' } },
      { dataset_name: 'iceberg.analytics.daily_clicks', valid: true, error: null, reads: ['iceberg.raw.user_events'] },
    ]);
  });

  it('refuses a dataset that two files define', async () => {
    put('specs/again.yaml', `type: Dataset\n${clicks}`);
    const { exitCode, stderr } = await run('workflow', 'validate');
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Dataset 'iceberg.analytics.daily_clicks' is defined in specs/again.yaml already");
  });

  it('exits 2 for a bad cron, with its own code', async () => {
    put(
      'specs/daily.yaml',
      'type: Dataset\nname: d\nowner: x\nteam: t\nquery_statement: SELECT 1\nschedule: {cron: "61 * * * *"}\n',
    );
    const { exitCode, stderr } = await run('workflow', 'validate', 'specs/daily.yaml');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Error [DLI-805]:');
  });

  it('exits 3 where there is nothing to validate', async () => {
    mkdirSync(join(folder, 'empty'));
    expect((await run('workflow', 'validate', 'empty')).exitCode).toBe(3);
    expect((await run('workflow', 'validate', 'nope.yaml')).stderr).toContain('There is no file nope.yaml\n');
    expect((await run('workflow', 'validate', 'nowhere')).stderr).toContain(
      'Error [DLI-101]: There is no folder nowhere',
    );
  });
});

describe('render', () => {
  it('prints the SQL of a dataset with its values, in the dialect of the warehouse', async () => {
    const { exitCode, stdout } = await run(
      'workflow',
      'render',
      'iceberg.analytics.daily_clicks',
      '-p',
      'execution_date=2024-01-15',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^-- query\nINSERT INTO iceberg\.analytics\.daily_clicks/);
    expect(stdout).toContain("'2024-01-15'");
    expect(stdout.endsWith(';\n')).toBe(true);
  });

  it('takes a file, and gives programs the statements', async () => {
    const argv = [
      'workflow',
      'render',
      'specs/dataset.iceberg.analytics.daily_clicks.yaml',
      '-p',
      'execution_date=2024-01-15',
    ];
    const { stdout } = await run(...argv, '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      dataset_name: 'iceberg.analytics.daily_clicks',
      execution_date: '2024-01-15',
      statements: [{ label: 'query', phase: 'transaction' }],
    });
  });

  it.each([
    [['-p', 'execution_dat=2024-01-15'], 'DLI-810', 2],
    [[], 'DLI-811', 2],
    [['-p', 'execution_date=yesterday'], 'DLI-812', 2],
    [['-p', 'execution_date=2024-01-15', '--dialect', 'trinno'], 'DLI-400', 2],
  ])('refuses %j with %s', async (argv, code, exit) => {
    const { exitCode, stdout, stderr } = await run('workflow', 'render', 'iceberg.analytics.daily_clicks', ...argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: exit, stdout: '' });
    expect(stderr).toContain(`Error [${code}]:`);
  });

  it('suggests the dataset that was probably meant, and exits 3', async () => {
    const { exitCode, stderr } = await run('workflow', 'render', 'iceberg.analytics.daily_click');
    expect(exitCode).toBe(3);
    expect(stderr).toContain("Did you mean 'iceberg.analytics.daily_clicks'?");
  });

  it('places an undefined name in the SQL file, and exits 2', async () => {
    put('specs/daily_clicks.sql', 'SELECT 1;\nSELECT {{ execution_dte }}\n');
    const { exitCode, stderr } = await run(
      'workflow',
      'render',
      'iceberg.analytics.daily_clicks',
      '-p',
      'execution_date=2024-01-15',
    );
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/specs\/daily_clicks\.sql:2:\d+\n/);
  });
});

describe('register, before anything is sent', () => {
  it('reports local problems with the paths of the user', async () => {
    put('specs/dataset.bad.yaml', 'name: bad\nowner: x\nteam: t\nquery_file: missing.sql\n');
    const { exitCode, stderr } = await run(
      'workflow',
      'register',
      'specs/dataset.bad.yaml',
      '--server',
      'http://127.0.0.1:1',
    );
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/specs\/dataset\.bad\.yaml:4:\d+: .*missing\.sql/);
  });

  it.each([['nowhere.yaml'], ['no.such.dataset']])('exits 3 for %s', async (spec) => {
    expect(await run('workflow', 'register', spec)).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('Error [DLI-101]'),
    });
  });
});
