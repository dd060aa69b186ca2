import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/cli/registry.ts';
import { textWidth } from '../../src/cli/render/text-width.ts';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { dli, type RunOptions } from './dli.ts';

const dataset = 'iceberg.analytics.daily_clicks';

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-names-'));
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
  const parameters = 'parameters: [{name: execution_date, type: date, required: false}]\n';
  for (const [name, owner] of [
    [dataset, '데이터 엔지니어링 팀 🚀'],
    ['plain', 'x@example.com'],
  ]) {
    const text = `name: ${name}\nowner: "${owner}"\nteam: t\nquery_statement: SELECT 1\n${parameters}schedule: {cron: "0 9 * * *"}\n`;
    writeFileSync(join(folder, `dataset.${name}.yaml`), text);
    expect(await run('workflow', 'register', name ?? '')).toMatchObject({ exitCode: 0 });
  }
  expect(await run('workflow', 'run', dataset, '--wait')).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (...argv: string[]) => runWith({}, ...argv);

function runWith(options: RunOptions, ...argv: string[]) {
  return dli(argv, { cwd: folder, env: { DLI_SERVER_URL: server.url }, ...options });
}

describe('a name that is almost right', () => {
  it.each([
    ['a command', ['workflow', 'histroy'], 2, "Did you mean 'history'?"],
    ['a command of another group', ['backfill'], 2, "Did you mean 'dli workflow backfill'?"],
    ['an option', ['workflow', 'history', '--sicne', '2024-01-01'], 2, "Did you mean '--since'?"],
    ['a value of an option', ['workflow', 'list', '--status', 'pausd'], 2, "Did you mean 'paused'?"],
    [
      'a dataset',
      ['workflow', 'run', 'iceberg.analytics.daily_click'],
      3,
      "Did you mean 'iceberg.analytics.daily_clicks'?",
    ],
    [
      'a parameter',
      ['workflow', 'run', dataset, '-p', 'execution_dat=2024-01-01'],
      2,
      "did you mean 'execution_date'?",
    ],
    ['a dialect', ['workflow', 'validate', '--dialect', 'trinoo'], 2, 'trino'],
  ])('is suggested: %s', async (_, argv, exit, suggestion) => {
    const { exitCode, stdout, stderr } = await run(...argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: exit, stdout: '' });
    expect(stderr).toContain(suggestion);
  });

  it.each(['pause', 'unpause', 'show', 'preview', 'unregister', 'backfill'])(
    'is suggested for the dataset of %s too',
    async (command) => {
      const dates = command === 'backfill' ? ['-s', '2024-01-01', '-e', '2024-01-02'] : [];
      const { exitCode, stderr } = await run('workflow', command, 'iceberg.analytics.dayly_clicks', ...dates);
      expect(exitCode).toBe(3);
      expect(stderr).toContain("Did you mean 'iceberg.analytics.daily_clicks'?");
    },
  );
});

describe('--idempotency-key', () => {
  it.each(['register', 'unregister', 'run', 'backfill', 'stop', 'pause', 'unpause', 'sync', 'deploy'])(
    'is an option of %s, which changes something',
    async (name) => {
      const entry = registry.find(({ path }) => path[1] === name);
      expect((await entry?.load())?.command.options).toHaveProperty('idempotency-key');
    },
  );

  it('repeats the first answer', async () => {
    const again = () => run('workflow', 'run', 'plain', '--idempotency-key', 'once');
    expect((await again()).stdout).toBe((await again()).stdout);
  });
});

describe('filters', () => {
  it.each([
    [['workflow', 'history', '-s', 'success']],
    [['workflow', 'history', '-s', 'COMPLETED']],
    [['workflow', 'history', '-s', 'Completed', '--source', 'MANUAL']],
    [['workflow', 'list', '--source', 'Manual', '--status', 'ACTIVE']],
    [['workflow', 'list', '--status', 'Active', '--enabled-only']],
  ])('take either word in any case: %j', async (argv) => {
    expect((await run(...argv)).stdout).toContain(dataset);
  });
});

describe('--wide', () => {
  it('adds the columns of history', async () => {
    const [header, row] = (await run('workflow', 'history', '-w', '-d', dataset)).stdout.split('\n');
    expect(header).toMatch(/^RUN ID +STATUS +TYPE +STARTED +DATE +DURATION +ATTEMPTS +TRIGGER +REASON$/);
    expect(row).toMatch(/^daily_clicks_\S+ +success +adhoc +\S+ \S+ +- +[\d.]+ s +1\/1 +tester \(unverified\) +-$/);
  });

  it('adds the columns of list', async () => {
    const { stdout } = await run('workflow', 'list', '--wide');
    expect(stdout.split('\n')[0]).toMatch(/^DATASET +SOURCE +STATUS +CRON +NEXT RUN +OWNER +LAST RUN$/);
    expect(stdout).toContain('데이터 엔지니어링 팀 🚀  success, ');
  });

  const onTerminal = (columns: number) => ({
    isTty: true,
    columns,
    env: { DLI_SERVER_URL: server.url, NO_COLOR: '1' },
  });

  it.each(['list', 'history'])('is not needed for %s to fit 80 columns', async (command) => {
    const { stdout } = await runWith(onTerminal(80), 'workflow', command);
    expect(stdout).not.toContain('…');
    for (const line of stdout.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  it('fits a narrow terminal: names and ids have a line of their own, and nothing is lost', async () => {
    const list = (await runWith(onTerminal(80), 'workflow', 'list', '--wide')).stdout;
    expect(list).toContain(`\n${dataset}\n  Manual   active  `);
    expect(list).toContain('  데이터 엔지니어링 팀 🚀\n  success, ');
    const lines = list.trimEnd().split('\n');
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
    const ofRows = lines.filter((line) => line.includes(' 09:00'));
    expect(new Set(ofRows.map((row) => textWidth(row.slice(0, row.indexOf(' 09:00'))))).size).toBe(1);
    const history = (await runWith(onTerminal(60), 'workflow', 'history', '--wide')).stdout;
    expect(history).toMatch(/^iceberg\.analytics\.daily_clicks_\d{8}_\d{6}\n {2}success {2}/m);
  });

  it('fits 80 columns where times have an offset too', async () => {
    for (const argv of [['history'], ['history', '--wide'], ['show', dataset]]) {
      const options = { ...onTerminal(80), timeZone: 'Asia/Seoul' };
      const { stdout } = await runWith(options, 'workflow', ...argv);
      expect(stdout).toMatch(/\d\d:\d\d \+09:00/);
      for (const line of stdout.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(80);
    }
  });

  it('is plain and whole when piped', async () => {
    const { stdout } = await run('workflow', 'list', '--wide');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('…');
    expect(stdout).toContain(dataset);
  });

  it('is coloured on a terminal, unless NO_COLOR says no', async () => {
    const onTerminal = { isTty: true, columns: 80 };
    expect((await runWith(onTerminal, 'workflow', 'history')).stdout).toContain('\u001b[32msuccess');
    const env = { DLI_SERVER_URL: server.url, NO_COLOR: '1' };
    expect((await runWith({ ...onTerminal, env }, 'workflow', 'history')).stdout).not.toContain('\u001b');
  });
});

describe('every help text', () => {
  it.each(registry.map(({ path }) => [path.join(' ')]))('of dli %s fits 80 columns', async (name) => {
    const { exitCode, stdout } = await run(...name.split(' '), '--help');
    expect(exitCode).toBe(0);
    for (const line of stdout.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  it.each([[[]], [['workflow']], [['server']]])('of the commands of dli %j fits 80 columns', async (group) => {
    const { exitCode, stdout } = await run(...group, '--help');
    expect(exitCode).toBe(0);
    for (const line of stdout.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  it('breaks a long example as a shell reads on, never inside quotes or between an option and its value', async () => {
    const register = (await run('workflow', 'register', '--help')).stdout;
    expect(register).toContain("daily_clicks --cron '0 9 * * *' \\\n      --timezone Asia/Seoul --retry-attempts 3\n");
    const backfill = (await run('workflow', 'backfill', '--help')).stdout;
    expect(backfill).toContain('--start 2024-01-01 \\\n      --end 2024-01-07\n');
  });

  it('begins with what the words mean and names every command', async () => {
    const { stdout } = await run('--help');
    expect(stdout).toContain('A dataset is a table that a spec produces');
    expect(stdout).toContain('dli init my_project');
    for (const { path } of registry) expect(stdout).toContain(`  ${path.join(' ')} `);
  });
});
