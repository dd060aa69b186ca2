import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { dli, type RunOptions } from './dli.ts';

const daily = 'iceberg.analytics.daily';
const slow = 'iceberg.analytics.slow';

const head = (name: string) => `name: ${name}\nowner: engineer@example.com\nteam: "@data"\n`;
const specs: Readonly<Record<string, string>> = {
  'dataset.daily.yaml': `${head(daily)}query_statement: |
  CREATE OR REPLACE TABLE ${daily} AS SELECT {{ execution_date | sql_date }} AS dt
parameters: [{name: execution_date, type: date, required: true}]
`,
  'dataset.slow.yaml': `${head(slow)}query_statement: |
  CREATE OR REPLACE TABLE ${slow} AS
  SELECT count(*) AS n FROM range(3000000) a JOIN range(3000000) b ON (a.range * b.range) % 7 = 3
`,
};

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-hints-'));
  for (const [name, text] of Object.entries(specs)) writeFileSync(join(folder, name), text);
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
  for (const name of [daily, slow]) expect(await run('register', name)).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (...argv: string[]) => runWith({}, ...argv);

function runWith(options: RunOptions, ...argv: string[]) {
  return dli(['workflow', ...argv], { cwd: folder, env: { DLI_SERVER_URL: server.url }, ...options });
}

const runIdOf = (stdout: string) => /^Run started: (\S+)/.exec(stdout)?.[1] ?? '';

describe('a stop of what is no run', () => {
  it.each([
    ['2024-01-15', "'2024-01-15' is a date, not a run", 'dli workflow history -d <dataset> --wide'],
    ['2024-01-15T09:00Z', "'2024-01-15T09:00Z' is a time, not a run", 'dli workflow ticks <dataset>'],
    [daily, `'${daily}' is a dataset, not a run`, `dli workflow history -d ${daily}`],
    ['nothing', "There is no run 'nothing'", 'dli workflow history'],
  ])('%s ends with exit 3 and says what to type', async (id, message, hint) => {
    const { exitCode, stdout, stderr } = await run('stop', id);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^Error \\[DLI-809\\]: ${message}\\n`));
    expect(stderr).toContain(hint);
  });

  it("another dataset's run names the one that there is", async () => {
    const { stdout } = await run('run', daily, '-p', 'execution_date=2024-02-01', '--wait');
    const short = runIdOf(stdout).replace('iceberg.analytics.', '');
    const { exitCode, stderr } = await run('stop', `sales.${short}`);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`Other datasets have: ${runIdOf(stdout)}\n`),
    });
  });
});

describe('a blank value', () => {
  it.each([
    [['show', daily, '--revision', ''], "--revision is ''"],
    [['show', ' '], "Argument 'dataset' is ' '"],
    [['stop', 'x', '--reason', ' '], "--reason is ' '"],
    [['list', '--server='], "--server is ''"],
  ])('is refused as wrong usage, not sent: %j', async (argv, message) => {
    const { exitCode, stderr } = await run(...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(`Error [DLI-400]: ${message}\n  Allowed: text that is not blank`);
  });
});

describe('a schedule that cannot be', () => {
  it.each([
    ['0 0 30 2 *', 'never fires'],
    ['0 0 9 * * *', 'has 6 fields where 5 are needed'],
    ['0 0 9 * * * 2024', 'has 7 fields where 5 are needed'],
    ['@reboot', 'is not a known name'],
  ])('the cron %s is DLI-805 in a spec, as an option and in simulate', async (cron, message) => {
    writeFileSync(
      join(folder, 'bad-cron.yaml'),
      `${head('a.b.c')}query_statement: SELECT 1\nschedule:\n  cron: "${cron}"\n`,
    );
    for (const argv of [
      ['register', 'bad-cron.yaml'],
      ['validate', 'bad-cron.yaml'],
      ['register', slow, '--force', '--cron', cron],
      ['simulate', '--cron', cron],
    ]) {
      const { exitCode, stdout, stderr } = await run(...argv);
      expect({ argv, exitCode }).toEqual({ argv, exitCode: 2 });
      const told = stdout + stderr;
      expect(told).toContain(message);
      expect(told).toMatch(/five fields "minute hour day-of-month/);
      if (argv[1] === 'bad-cron.yaml') expect(told).toContain('bad-cron.yaml:6:9');
    }
  });

  it('the timezone KST is refused with its place, as an option and in simulate', async () => {
    writeFileSync(
      join(folder, 'bad-zone.yaml'),
      `${head('a.b.c')}query_statement: SELECT 1\nschedule:\n  cron: "@daily"\n  timezone: KST\n`,
    );
    for (const argv of [
      ['register', 'bad-zone.yaml'],
      ['validate', 'bad-zone.yaml'],
      ['register', slow, '--force', '--cron', '@daily', '--timezone', 'KST'],
      ['simulate', '--cron', '@daily', '--timezone', 'KST'],
    ]) {
      const { exitCode, stdout, stderr } = await run(...argv);
      expect({ argv, exitCode }).toEqual({ argv, exitCode: 2 });
      expect(stdout + stderr).toContain("Timezone 'KST' is not an IANA name such as Asia/Seoul or UTC");
      if (argv[1] === 'bad-zone.yaml') expect(stdout + stderr).toContain('bad-zone.yaml:7:13');
    }
  });
});

describe('what was probably meant', () => {
  it('shows the right command for the id of the other kind', async () => {
    const backfillId = 'bf-20240115-093045';
    for (const command of ['status', 'logs', 'explain']) {
      const { exitCode, stderr } = await run(command, backfillId);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 3,
        stderr: expect.stringContaining(`dli workflow backfill-status ${backfillId}\n`),
      });
    }
    expect(await run('backfill-status', `${daily}_20240115_093045`)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`dli workflow status ${daily}_20240115_093045\n`),
    });
  });

  it('says why a log is empty', async () => {
    const done = runIdOf((await run('run', daily, '-p', 'execution_date=2024-02-08', '--wait')).stdout);
    for (const follow of [[], ['--follow']]) {
      expect(await run('logs', done, '--attempt', '9', ...follow)).toMatchObject({
        stdout: '',
        stderr: `Run ${done} has no attempt 9: it is COMPLETED at attempt 1 of 1\n`,
      });
    }
    const atWork = runIdOf((await run('run', slow)).stdout);
    const waiting = runIdOf((await run('run', slow)).stdout);
    expect((await run('logs', waiting)).stderr).toBe(
      `Run ${waiting} has not started yet; see why: dli workflow explain ${waiting}\n`,
    );
    await run('stop', waiting);
    expect((await run('logs', waiting)).stderr).toMatch(/^Run \S+ never started: it is KILLED \(/);
    await run('stop', atWork);
  });

  it('names the option that is wrong, once', async () => {
    expect((await run('history', '--since', 'tomorrow')).stderr).toMatch(
      /^Error \[DLI-400\]: --since is 'tomorrow'\n {2}Allowed: a calendar date like 2024-01-15\n/,
    );
    expect(await run('preview', daily, '-n', '100000')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--limit is '100000'\n  Allowed: a whole number from 1 to 1000\n"),
    });
  });

  it('tells that a list is empty, and of a dataset that is not there', async () => {
    const meant = await run('history', '-d', 'iceberg.analytics.daly');
    expect(meant).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^RUN ID .*\n$/) });
    expect(meant.stderr).toBe(
      `No runs of iceberg.analytics.daly, and no workflow of that name. Did you mean '${daily}'?\n`,
    );
    expect((await run('history', '--until', '2001-01-01')).stderr).toBe('No such runs\n');
    expect((await run('history', '-d', daily, '--until', '2001-01-01')).stderr).toBe(`No such runs of ${daily}\n`);
    expect((await run('list', '-d', 'nope')).stderr).toBe('No such workflows\n');
    expect((await run('list', '-d', 'nope', '-f', 'json')).stderr).toBe('');
  });

  it('names the parameters in the hint of a preview without a table', async () => {
    const spec = `${head('iceberg.analytics.never')}type: Dataset
query_statement: CREATE TABLE iceberg.analytics.never AS SELECT {{ execution_date | sql_date }} AS dt
parameters: [{name: execution_date, type: date, required: true}, {name: n, type: integer, required: false, default: 1}]
`;
    writeFileSync(join(folder, 'never.yaml'), spec);
    await run('register', 'never.yaml');
    expect((await run('preview', 'iceberg.analytics.never')).stderr).toContain(
      'dli workflow run iceberg.analytics.never -p execution_date=…\n',
    );
  });
});

describe('a narrow terminal', () => {
  const narrow = (...argv: string[]) => runWith({ isTty: true, columns: 40, timeZone: 'Asia/Seoul' }, ...argv);

  it('leaves run ids and datasets whole, so that they can be typed', async () => {
    const runId = runIdOf((await run('run', daily, '-p', 'execution_date=2024-02-07', '--wait')).stdout);
    for (const wide of [[], ['--wide'], ['--show-dataset-info']]) {
      expect((await narrow('history', '-n', '1', ...wide)).stdout).toContain(`\n${runId}\n  \u001b[32msuccess`);
    }
    expect((await narrow('history', '-n', '1', '--show-dataset-info')).stdout).toContain(`  ${daily}  `);
    expect((await narrow('list', '--wide')).stdout).toContain(`\n${daily}\n  Manual  active  `);
  });
});
