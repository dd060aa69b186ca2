import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { dli } from './dli.ts';

const daily = 'iceberg.analytics.daily';
const slow = 'iceberg.analytics.slow';
const whole = 'iceberg.analytics.whole';

const head = (name: string) => `name: ${name}\nowner: engineer@example.com\nteam: "@data"\n`;
const parameters = 'parameters: [{name: execution_date, type: date, required: true}]\n';
const specs: Readonly<Record<string, string>> = {
  [daily]: `${head(daily)}query_statement: |
  INSERT INTO ${daily} SELECT {{ execution_date | sql_date }}
  {% if ds == '2024-01-03' or ds == '2024-01-05' %}WHERE error('no flights that day') IS NULL{% endif %}
pre_statements:
  - {name: create, sql: "CREATE TABLE IF NOT EXISTS ${daily} (dt DATE)"}
  - {name: delete_day, sql: "DELETE FROM ${daily} WHERE dt = {{ execution_date | sql_date }}"}
${parameters}schedule: {cron: "0 */8 * * *"}
`,
  // Every date deletes what every other one has written.
  [whole]: `${head(whole)}query_statement: INSERT INTO ${whole} SELECT {{ execution_date | sql_date }}
pre_statements:
  - {name: create, sql: "CREATE TABLE IF NOT EXISTS ${whole} (dt DATE)"}
  - {name: delete_all, sql: "DELETE FROM ${whole}"}
${parameters}`,
  [slow]: `${head(slow)}query_statement: |
  CREATE OR REPLACE TABLE ${slow} AS
  SELECT count(*) AS n FROM range(3000000) a JOIN range(3000000) b ON (a.range * b.range) % 7 = 3
${parameters}`,
};

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-backfills-'));
  mkdirSync(join(folder, 'specs'));
  for (const [name, text] of Object.entries(specs)) writeFileSync(join(folder, 'specs', `dataset.${name}.yaml`), text);
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
  for (const name of Object.keys(specs)) expect(await run('register', name)).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (...argv: string[]) => dli(['workflow', ...argv], { cwd: folder, env: { DLI_SERVER_URL: server.url } });
const backfill = (dataset: string, start: string, end: string, ...more: string[]) =>
  run('backfill', dataset, '-s', `2024-${start}`, '-e', `2024-${end}`, ...more);
const idOf = (text: string) => /bf-\d+-\d+(?:-\d+)?/.exec(text)?.[0] ?? 'none';

describe('several dates at once in one table', () => {
  it('all complete, though the first ones create it at the same moment', async () => {
    const done = await backfill(daily, '02-01', '03-31', '--parallel', '4', '--wait');
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Backfill completed: 60 dates') });
    const { rows } = JSON.parse((await run('preview', daily, '-n', '1000', '-f', 'json')).stdout);
    expect(rows).toHaveLength(60);
  });

  it('all complete, though each deletes what the others write', async () => {
    const done = await backfill(whole, '02-01', '02-12', '--parallel', '4', '--wait');
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Backfill completed: 12 dates') });
    const { rows } = JSON.parse((await run('preview', whole, '-f', 'json')).stdout);
    expect(rows).toHaveLength(1);
  });
});

describe('a backfill that goes on after a failure', () => {
  it('names the failures at the end, in its status too, and is resumed by the command that it prints', async () => {
    const options = ['--continue-on-failure', '--parallel', '2', '--reverse'];
    const { exitCode, stdout, stderr } = await backfill(daily, '01-01', '01-07', ...options, '--wait');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^Backfill failed: 5 completed, 2 failed, of 7 dates in .*; failed: 2024-01-05, 2024-01-03$/m,
    );
    const id = idOf(stdout);
    const last = stderr.trimEnd().split('\n').at(-1);
    expect(last).toBe(`  dli workflow backfill ${daily} --resume ${id}`);
    const status = (await run('backfill-status', id)).stdout;
    expect(status).toContain('Manner: from the last to the first, 2 at once, going on after a failure\n');
    expect(status).toContain('Failed: 2024-01-05, 2024-01-03\n');
    expect(status).toMatch(/^Summary: Backfill failed: 5 completed, 2 failed, of 7 dates in /m);
    expect(status).toContain(`Resume: dli workflow backfill ${daily} --resume ${id}\n`);

    writeFileSync(join(folder, 'specs', `dataset.${daily}.yaml`), specs[daily]?.replace(/ {2}\{% if.*\n/, '') ?? '');
    expect(await run('register', daily, '--force')).toMatchObject({ exitCode: 0 });
    const resumed = await run('backfill', daily, '--resume', id, '--wait');
    expect(resumed).toMatchObject({ exitCode: 0 });
    expect(resumed.stdout).toMatch(
      new RegExp(
        `^Backfill resumed for 2 dates\nBackfill: ${id}\nThe spec has changed since: these dates run its present revision\nAbout .*: .* a date, 2 at once, median of the last 20 runs\n`,
      ),
    );
    expect(resumed.stdout).toMatch(/Backfill completed: 7 dates in /);
    expect((await run('backfill-status', id)).stdout).toMatch(/^Resumed: /m);
    const again = await run('backfill', daily, '--resume', id);
    expect(again).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('Error [DLI-807]') });
    expect(again.stderr).toContain(`dli workflow backfill ${daily} --start 2024-01-01 --end 2024-01-07\n`);
    const foreign = await run('backfill', slow, '--resume', id);
    expect(foreign).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('Error [DLI-809]') });
    expect(foreign.stderr).toContain(`dli workflow backfill ${daily} --resume ${id}\n`);
  });

  it('answers in JSON as the API does', async () => {
    const started = JSON.parse((await backfill(daily, '04-01', '04-02', '--reverse', '-f', 'json')).stdout);
    expect(started).toMatchObject({ reverse: true, total_runs: 2, estimate: { at_once: 1 } });
    const stopped = JSON.parse((await backfill(slow, '04-01', '04-02', '-f', 'json')).stdout);
    await run('stop', stopped.backfill_id);
    const resumed = await run('backfill', slow, '--resume', stopped.backfill_id, '-f', 'json');
    expect(JSON.parse(resumed.stdout)).toMatchObject({ resumed_runs: 2, backfill_id: stopped.backfill_id });
    await run('stop', stopped.backfill_id);
  });
});

describe('a choice of dates', () => {
  it('is listed by --dry-run with what would happen to each, and why', async () => {
    const { stdout } = await backfill(daily, '03-30', '04-03', '--only', 'MISSING', '--dry-run');
    expect(stdout).toMatch(
      /^Dry run: would run \S+ for \d dates?, only missing dates, in order, stopping at the first failure\nAbout /,
    );
    expect(stdout).toMatch(/^2024-03-30 +skip +success +\S+ \S+ +it has succeeded$/m);
    expect(stdout).toMatch(/^2024-04-03 +run +- +- +it has no success: no run of it has started$/m);
  });

  it('that leaves nothing says so, and is done', async () => {
    const { exitCode, stdout } = await backfill(daily, '02-01', '02-03', '--only', 'missing', '--wait');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Backfill started for 0 dates\nBackfill: bf-\S+\nReason: nothing to do: all 3 dates have succeeded\nBackfill completed: 0 dates in /,
    );
  });

  it('has a run for each tick with --ticks', async () => {
    const dry = await backfill(daily, '05-01', '05-01', '--ticks', '--dry-run');
    expect(dry.stdout).toMatch(/^Dry run: would run \S+ for 3 ticks, /);
    expect(dry.stdout).toMatch(/^2024-05-01 +2024-05-01 08:00 +run /m);
    const { stdout } = await backfill(daily, '05-01', '05-01', '--ticks', '--wait');
    expect(stdout).toMatch(/^Backfill started for 3 ticks\n/);
    expect(stdout).toContain('Backfill completed: 3 ticks in ');
  });
});

describe('bad input', () => {
  const range = ['-s', '2024-01-01', '-e', '2024-01-02'];
  it.each([
    [[...range, '--parallel', '0'], 'DLI-400', "--parallel is '0'", 'Allowed: a whole number from 1 to 64'],
    [[...range, '--parallel', '65'], 'DLI-400', "--parallel is '65'", 'Allowed: a whole number from 1 to 64'],
    [[...range, '--only', 'faild'], 'DLI-400', "--only is 'faild'", 'Allowed: missing, failed'],
    [[...range, '--only', 'failed', '--ticks'], 'DLI-400', 'exclude each other', 'leave out one of them'],
    [
      ['-s', '2024-01-02', '-e', '2024-01-01'],
      'DLI-814',
      'is after the end date',
      '--start 2024-01-01 --end 2024-01-02?',
    ],
    [['-s', '2000-01-01', '-e', '2027-05-19'], 'DLI-814', '10001 dates', 'Split the range'],
    [['-e', '2024-01-01'], 'DLI-400', 'Missing option --start <YYYY-MM-DD>', '--resume'],
    [['--resume', 'bf-20240101-000000', ...range], 'DLI-400', '--start cannot be given with --resume', 'new backfill'],
    [
      ['--resume', 'bf-20240101-000000', '--reverse'],
      'DLI-400',
      '--reverse cannot be given with --resume',
      'new backfill',
    ],
    [['--resume', 'bf-20240101-000000', '--dry-run'], 'DLI-400', '--dry-run cannot be given', 'new backfill'],
  ] as const)('%j', async (argv, code, message, hint) => {
    const { exitCode, stdout, stderr } = await run('backfill', daily, ...argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`Error [${code}]: `);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });

  it('the id of a run, or of no backfill, is no backfill to resume', async () => {
    expect(await run('backfill', daily, '--resume', `${daily}_20240101_000000`)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('is the id of a run'),
    });
    expect(await run('backfill', daily, '--resume', 'bf-20200101-000000')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Error [DLI-809]'),
    });
  });
});
