import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { dli, type RunOptions, untilAborted } from './dli.ts';

const daily = 'iceberg.analytics.daily';
const slow = 'iceberg.analytics.slow';

const head = (name: string) => `name: ${name}\nowner: engineer@example.com\nteam: "@data"\n`;
const specs: Readonly<Record<string, string>> = {
  'dataset.daily.yaml': `${head(daily)}query_file: daily.sql
pre_statements:
  - {name: create, sql: "CREATE TABLE IF NOT EXISTS ${daily} (dt DATE, n BIGINT, note VARCHAR)"}
parameters:
  - {name: execution_date, type: date, required: true}
  - {name: note, type: string, required: false, default: none}
  - {name: city, type: string, required: false}
schedule: {cron: "0 9 * * *", timezone: Asia/Seoul}
`,
  'daily.sql': `INSERT INTO ${daily}
SELECT {{ execution_date | sql_date }}, count(*), {{ note | sql_string }} FROM range(10)
{% if ds == '2024-01-05' %}WHERE error('no flights that day') IS NULL{% endif %}
`,
  'dataset.slow.yaml': `${head(slow)}query_statement: |
  CREATE OR REPLACE TABLE ${slow} AS
  SELECT count(*) AS n FROM range(3000000) a JOIN range(3000000) b ON (a.range * b.range) % 7 = 3
parameters:
  - {name: execution_date, type: date, required: false}
`,
};

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-cli-'));
  mkdirSync(join(folder, 'specs'));
  for (const [name, text] of Object.entries(specs)) writeFileSync(join(folder, 'specs', name), text);
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

describe('register and unregister', () => {
  it('registers, refuses a second time, and updates with --force', async () => {
    writeFileSync(
      join(folder, 'specs', 'extra.yaml'),
      `${head('main_table')}type: Dataset\nquery_statement: CREATE OR REPLACE TABLE main_table AS SELECT 1 AS n\n`,
    );
    const first = await run('register', 'specs/extra.yaml');
    expect(first.stdout).toMatch(/^Workflow registered: main_table\nSchedule: none; it runs on demand\n/);
    expect(await run('register', 'specs/extra.yaml')).toMatchObject({
      exitCode: 5,
      // By the name of the dataset no file is found here.
      stderr: expect.stringMatching(/Error \[DLI-804\][^\n]*\n {2}Replace it: the same command with --force/),
    });
    const update = await run(
      'register',
      'specs/extra.yaml',
      '--force',
      '--cron',
      '0 1 * * *',
      '--disabled',
      '--retry-attempts',
      '3',
    );
    expect(update.stdout).toMatch(/^Workflow updated: main_table\nSchedule: 0 1 \* \* \* \(UTC\), disabled\n/);
    const scheduled = await run('register', daily, '--force');
    expect(scheduled.stdout).toMatch(/\nNext run: \S+ 09:00 \+09:00\n/);
    expect((await run('unregister', 'main_table')).stdout).toBe('Workflow unregistered: main_table\n');
    expect(await run('unregister', 'main_table')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Error [DLI-800]'),
    });
  });

  it('says which waiting runs an update does not reach', async () => {
    const ids = [runIdOf((await run('run', slow)).stdout), runIdOf((await run('run', slow)).stdout)];
    const updated = await run('register', slow, '--force', '--cron', '0 1 * * *', '--disabled');
    expect(updated).toMatchObject({
      exitCode: 0,
      // The first of them may have begun, and is then not concerned.
      stderr: expect.stringMatching(
        /^Warning: [12] waiting runs?, .* the spec that (it was|they were) triggered with$/m,
      ),
    });
    for (const id of ids.reverse()) expect(await run('stop', id)).toMatchObject({ exitCode: 0 });
    expect(await run('register', slow, '--force')).toMatchObject({ exitCode: 0 });
  });

  it('exits 2 for a cron that is not valid, with its own code', async () => {
    expect(await run('register', daily, '--force', '--cron', '61 * * * *')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Error [DLI-805]'),
    });
  });

  it('places SQL that does not parse in the file of the user', async () => {
    writeFileSync(join(folder, 'specs', 'wrong.yaml'), `${head('wrong')}type: Dataset\nquery_file: wrong.sql\n`);
    writeFileSync(join(folder, 'specs', 'wrong.sql'), 'SELECT 1\nFRM x WHERE ((\n');
    const { exitCode, stderr } = await run('register', 'specs/wrong.yaml');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/Error \[DLI-815\].*\n {2}specs\/wrong\.sql:\d+:\d+\n/);
  });
});

describe('run', () => {
  it('starts, waits, and gives status, logs, history and preview', async () => {
    const { exitCode, stdout } = await run('run', daily, '-p', 'execution_date=2024-02-01', '--wait');
    expect(exitCode).toBe(0);
    const runId = runIdOf(stdout);
    expect(stdout).toMatch(/^Run started: \S+\nRun completed: \S+ in [\d.]+ s\n$/);
    expect((await run('status', runId)).stdout).toMatch(/^Status: COMPLETED\n/);
    expect((await run('status', runId.replace('iceberg.analytics.', ''))).stdout).toContain(`Run: ${runId}\n`);
    expect((await run('logs', runId)).stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[attempt 1\] /);
    const history = await run('history', '-d', daily, '-n', '5', '-s', 'success');
    expect(history.stdout).toMatch(/^RUN ID {36}STATUS {5}TYPE {6}STARTED\n/);
    expect(history.stdout).toMatch(new RegExp(`^${runId.replace('iceberg.analytics.', '')} +success +adhoc +2`, 'm'));
    expect((await run('preview', daily, '-n', '1')).stdout).toMatch(/^dt +n +note\n2024-02-01 +10 +none\n$/);
  });

  it('gives programs the run as the API has it', async () => {
    const { stdout, stderr } = await run('run', daily, '-p', 'execution_date=2024-02-02', '--wait', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'COMPLETED',
      dataset_name: daily,
      published: true,
      triggered_by: 'tester (unverified)',
    });
    expect(stderr).toMatch(/^Run started: /);
  });

  it('exits 1 with the error of the run and where its log is', async () => {
    const { exitCode, stdout, stderr } = await run('run', daily, '-p', 'execution_date=2024-01-05', '--wait');
    const runId = runIdOf(stdout);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`Error [DLI-802]: Run ${runId} did not complete\n`);
    expect(stderr).toContain('no flights that day');
    expect(stderr).toContain(`dli workflow logs ${runId}`);
    expect(await run('status', runId, '--exit-code')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^Status: FAILED\n/),
    });
    expect(await run('status', runId)).toMatchObject({ exitCode: 0 });
  });

  it('tells with --dry-run what would run', async () => {
    const { exitCode, stdout } = await run(
      'run',
      daily,
      '-p',
      'execution_date=2024-02-03',
      '-p',
      "note=it's",
      '--dry-run',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Dry run: iceberg\.analytics\.daily\nNothing was stored or executed\.\n/);
    expect(stdout).toContain("'it''s'");
  });

  it('gives the first answer again for the same idempotency key, and refuses it for another request', async () => {
    const again = () => run('run', daily, '-p', 'execution_date=2024-02-04', '--idempotency-key', 'key-1');
    expect((await again()).stdout).toBe((await again()).stdout);
    expect(await run('run', daily, '-p', 'execution_date=2024-02-05', '--idempotency-key', 'key-1')).toMatchObject({
      exitCode: 5,
    });
  });

  it.each([
    [['run', daily, '-p', 'execution_dat=2024-01-01'], 'DLI-810', 2],
    [['run', daily], 'DLI-811', 2],
    [['run', daily, '-p', 'execution_date=soon'], 'DLI-812', 2],
    [['run', 'iceberg.analytics.dail'], 'DLI-800', 3],
    [['status', 'nothing_20240101_000000'], 'DLI-809', 3],
    [['logs', 'nothing_20240101_000000'], 'DLI-809', 3],
    [['stop', 'nothing_20240101_000000'], 'DLI-809', 3],
    [['stop', 'bf-20200101-000000'], 'DLI-809', 3],
    [['stop', 'bf-nothing'], 'DLI-809', 3],
    [['backfill-status', 'bf-20200101-000000'], 'DLI-809', 3],
    [['backfill', daily, '-s', '2024-01-07', '-e', '2024-01-01'], 'DLI-814', 2],
    [['preview', slow], 'DLI-815', 2],
    [['history', '--since', 'yesterday'], 'DLI-400', 2],
  ])('%j ends with %s and exit %i', async (argv, code, exit) => {
    const { exitCode, stdout, stderr } = await run(...argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: exit, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^Error \\[${code}\\]: `));
  });
});

describe('list', () => {
  it('writes the header that scripts rely on, and times with their offset', async () => {
    const { stdout } = await run('list', '-d', 'daily');
    const [header, row] = stdout.split('\n');
    expect(header).toBe('DATASET                              SOURCE   STATUS   CRON         NEXT RUN');
    expect(row).toMatch(
      /^iceberg\.analytics\.daily {14}Manual {3}active {3}0 9 \* \* \* {4}\d{4}-\d\d-\d\d 09:00 \+09:00$/,
    );
  });

  it('filters in any case and by either word', async () => {
    expect((await run('list', '--source', 'CODE')).stdout.split('\n')).toHaveLength(2);
    expect((await run('list', '--source', 'Manual', '--status', 'ACTIVE', '--enabled-only')).stdout).toContain(daily);
    expect((await run('history', '-s', 'COMPLETED')).exitCode).toBe(0);
    expect((await run('history', '--type', 'ADHOC', '-n', '1')).stdout).toContain(' adhoc ');
    expect(await run('history', '--type', 'scheduled')).toMatchObject({ stderr: 'No such runs\n', exitCode: 0 });
    expect(JSON.parse((await run('list', '-f', 'json', '-w')).stdout)).toMatchObject({ next_cursor: null });
  });
});

describe('backfill', () => {
  it('runs each date and says how it ended', async () => {
    const { exitCode, stdout } = await run('backfill', daily, '--start', '2024-03-01', '--end', '2024-03-07', '--wait');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Backfill started for 7 dates\nBackfill: bf-/);
    expect(stdout).toMatch(/Backfill completed: 7 dates in .*; slowest 2024-03-0\d \([\d.]+ s\)\n$/);
    const id = /bf-\S+/.exec(stdout)?.[0] ?? '';
    expect((await run('backfill-status', id)).stdout).toMatch(/^Status: COMPLETED\n/);
  });

  it('draws a bar on a terminal and leaves the line clean', async () => {
    const { stdout } = await runWith(
      { isTty: true, columns: 80 },
      'backfill',
      daily,
      '-s',
      '2024-03-01',
      '-e',
      '2024-03-03',
      '--wait',
    );
    expect(stdout).toContain('3/3 dates');
    expect(stdout).toContain('\r\u001b[2KBackfill completed: 3 dates');
  });

  it('stops at the first failure and ends with the command that goes on', async () => {
    const { exitCode, stderr } = await run(
      'backfill',
      daily,
      '-s',
      '2024-01-04',
      '-e',
      '2024-01-07',
      '-p',
      'note=a b',
      '--wait',
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^Error \[DLI-802\]: Backfill bf-\S+ did not complete\n {2}2024-01-05: /);
    const last = stderr.trimEnd().split('\n').at(-1) ?? '';
    expect(last).toMatch(/^ {2}dli workflow backfill iceberg\.analytics\.daily --resume bf-\S+$/);
    const id = /bf-\S+/.exec(last)?.[0] ?? '';
    const { params } = JSON.parse((await run('backfill-status', id, '-f', 'json')).stdout);
    expect(params).toEqual({ note: 'a b', city: null });
  });

  it('names the command that resumes it, and the bar counts no killed date', async () => {
    const { stdout, stderr } = await runWith(
      { isTty: true, columns: 80 },
      'backfill',
      daily,
      '-s',
      '2024-01-05',
      '-e',
      '2024-01-07',
      '--wait',
    );
    const id = /bf-\S+/.exec(stdout)?.[0] ?? '';
    const resume = `dli workflow backfill iceberg.analytics.daily --resume ${id}`;
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`  ${resume}`);
    expect(stdout).not.toContain('3/3');
    const status = (await run('backfill-status', id)).stdout;
    expect(status).toContain('Done: 0 of 3: 0 completed, 1 failed, 2 killed\n');
    expect(status).toContain(`Resume: ${resume}\n`);
  });

  it('is found in the list of backfills, of one dataset and status if asked', async () => {
    const done = await run('backfill', daily, '-s', '2024-04-01', '-e', '2024-04-02', '--wait');
    const id = /bf-\S+/.exec(done.stdout)?.[0] ?? '';
    const { stdout } = await run('backfill-status');
    expect(stdout).toMatch(/^BACKFILL +STATUS +DONE +FROM +TO +DATASET\n/);
    expect(stdout).toMatch(new RegExp(`^${id} +success +2/2 +2024-04-01 +2024-04-02 +${daily}$`, 'm'));
    const listed = async (...filters: string[]) => {
      const page = JSON.parse((await run('backfill-status', ...filters, '-f', 'json')).stdout);
      return page.items.map(({ backfill_id }: { readonly backfill_id: string }) => backfill_id);
    };
    expect(await listed('-n', '1')).toEqual([id]);
    expect(await listed('-d', daily, '-s', 'success', '-n', '1', '--since', '2024-01-01')).toEqual([id]);
    expect(await listed('-s', 'failed')).not.toContain(id);
    expect(await listed('--until', '2024-01-01')).toEqual([]);
    expect(await run('backfill-status', '-d', 'nothing')).toMatchObject({ stderr: 'No such backfills\n', exitCode: 0 });
    expect(await run('backfill-status', id, '-s', 'failed')).toMatchObject({
      stderr: expect.stringMatching(/^Error \[DLI-400\]: Both a backfill \('bf-.*'\) and --status are given\n/),
      exitCode: 2,
    });
  });

  it('lists the dates with --dry-run', async () => {
    const { stdout } = await run('backfill', daily, '-s', '2024-01-05', '-e', '2024-01-06', '--dry-run');
    expect(stdout).toMatch(/^Dry run: would run iceberg\.analytics\.daily for 2 dates/);
    expect(stdout).toMatch(/^2024-01-05 +run +failed +-$/m);
  });
});

describe('stop and Ctrl-C', () => {
  it('leaves the run going when waiting is interrupted, and says how to stop it', async () => {
    const interrupt = new AbortController();
    const onOutput = (output: string) => {
      if (output.includes('Run started')) interrupt.abort();
    };
    const waited = await runWith({ signal: interrupt.signal, onOutput }, 'run', slow, '--wait');
    const runId = runIdOf(waited.stdout);
    expect(waited).toMatchObject({ exitCode: 130, stderr: expect.stringContaining(`dli workflow stop ${runId}`) });
    expect((await run('status', runId)).stdout).toMatch(/^Status: (PENDING|RUNNING)\n/);
    expect(await run('unregister', slow)).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('Error [DLI-808]'),
    });
    expect((await run('stop', runId, '--reason', 'test')).stdout).toBe(
      `Run stopped: ${runId}\nNothing of it is published: the table is as it was.\nTo run it again: dli workflow run ${slow}\n`,
    );
    const reason = 'stopped by tester (unverified): test';
    const inPattern = reason.replace(/[()]/g, '\\$&');
    const { stdout } = await run('status', runId);
    expect(stdout).toMatch(new RegExp(`^Status: KILLED\n(.*\n)*Reason: ${inPattern}\n`));
    expect(stdout).toContain(`\nWhy: Run ${runId} was killed: ${reason}.\nNext: dli workflow run ${slow}\n`);
    expect((await run('history', '-d', slow, '--wide', '-n', '1')).stdout).toMatch(
      new RegExp(`REASON\n.* ${inPattern}\n$`),
    );
    expect((await run('explain', runId)).stdout).toContain(reason);
    expect(await run('stop', runId)).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('Error [DLI-807]') });
  });

  it.each([[['run', slow]], [['backfill', slow, '-s', '2024-01-01', '-e', '2024-01-02']]])(
    'says with --wait why nothing happens: %j',
    async (argv) => {
      const atWork = runIdOf((await run('run', slow)).stdout);
      const interrupt = new AbortController();
      const reason = `waits for run ${atWork}: a dataset has one run at a time.\n`;
      const onOutput = (output: string) => {
        if (output.includes(reason)) interrupt.abort();
      };
      const pause = (ms: number, signal: AbortSignal) => (ms === 2000 ? Promise.resolve() : untilAborted(ms, signal));
      const waited = await runWith({ signal: interrupt.signal, onOutput, pause }, ...argv, '--wait');
      expect(waited).toMatchObject({ exitCode: 130, stdout: expect.stringContaining(reason) });
      const waiting = /bf-\S+/.exec(waited.stdout)?.[0] ?? runIdOf(waited.stdout);
      await run('stop', waiting);
      await run('stop', atWork);
    },
  );

  it('says run or backfill where it is not known which was meant', async () => {
    const { stderr } = await run('stop', 'bf-nothing');
    expect(stderr).toMatch(
      /^Error \[DLI-809\]: There is no run or backfill 'bf-nothing'\n {2}A backfill prints its id /,
    );
  });

  it('list --running shows what is at work and nothing else', async () => {
    const runId = runIdOf((await run('run', slow)).stdout);
    while (!(await run('status', runId)).stdout.startsWith('Status: RUNNING\n'));
    const rows = (await run('list', '--running')).stdout.trimEnd().split('\n').slice(1);
    expect(rows).toEqual([expect.stringMatching(/^iceberg\.analytics\.slow /)]);
    await run('stop', runId);
    expect(JSON.parse((await run('list', '--running', '-f', 'json')).stdout)).toEqual({ items: [], next_cursor: null });
  });

  it('stops a whole backfill and says when all of it has stopped', async () => {
    const started = await run('backfill', slow, '-s', '2024-01-01', '-e', '2024-01-03');
    const id = /bf-\S+/.exec(started.stdout)?.[0] ?? '';
    const { exitCode, stdout } = await run('stop', id);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Backfill stopped: ${id} (0 completed, 3 killed)\n`);
  });
});

describe('a server that goes away', () => {
  it('ends --wait with exit 6 and where to look again, and status works after the restart', async () => {
    const started = await startServer({ dataDir: join(folder, 'other'), port: 0, cwd: folder, env: {} });
    const options: RunOptions = { env: { DLI_SERVER_URL: started.url } };
    await runWith(options, 'register', slow);
    let closing: Promise<void> | undefined;
    const onOutput = (output: string) => {
      if (output.includes('Run started')) closing ??= started.close();
    };
    const waited = await runWith({ ...options, onOutput }, 'run', slow, '--wait');
    await closing;
    const runId = runIdOf(waited.stdout);
    expect(waited).toMatchObject({ exitCode: 6, stderr: expect.stringContaining(`dli workflow status ${runId}`) });
    const again = await startServer({ dataDir: join(folder, 'other'), port: 0, cwd: folder, env: {} });
    try {
      const status = await runWith({ env: { DLI_SERVER_URL: again.url } }, 'status', runId);
      expect(status.stdout).toMatch(/^Status: (PENDING|RUNNING)\n/);
    } finally {
      await again.close();
    }
  });
});

describe('dli server', () => {
  const serve = (...argv: string[]) => dli(['server', 'start', ...argv], { cwd: folder });

  it('tells how the server is', async () => {
    const { stdout } = await dli(['server', 'status', '--server', server.url], { cwd: folder });
    expect(stdout).toMatch(/^Server: http:\S+ is up\nVersion: /);
  });

  it.each([
    ['a data folder in use', () => ['--data', 'data', '--port', '0'], 'DLI-502', 5],
    ['a port that is taken', () => ['--data', 'third', '--port', new URL(server.url).port], 'DLI-503', 5],
    ['a configuration file that is not there', () => ['--config', 'nowhere.yaml'], 'DLI-504', 2],
  ])('refuses to start with %s', async (_, argv, code, exit) => {
    const { exitCode, stderr } = await serve(...argv());
    expect(exitCode).toBe(exit);
    expect(stderr).toMatch(new RegExp(`^Error \\[${code}\\]: `));
  });

  it('prints where it is and how to stop it, and stops when asked', async () => {
    const interrupt = new AbortController();
    const onOutput = (output: string) => {
      if (output.includes('Stop with Ctrl-C')) interrupt.abort();
    };
    const options = { cwd: folder, signal: interrupt.signal, onOutput };
    const { exitCode, stdout, stderr } = await dli(['server', 'start', '--port', '0', '--data', 'fourth'], options);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Basecamp is ready: http:\/\/127\.0\.0\.1:\d+\nData folder: .*fourth\nWarehouse: default \(duckdb\) in /,
    );
    expect(stdout).toContain('Schedules: 0 in force');
    expect(stdout).toMatch(/Stopped\.\n$/);
    expect(stderr).toMatch(/^Stopping/);
  });
});
