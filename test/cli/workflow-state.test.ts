import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { dli } from './dli.ts';

const dataset = 'lake.shop.orders';
const spec = `name: ${dataset}
type: Dataset
owner: ann@example.com
team: "@data"
description: Orders a day
pre_statements:
  - {name: create, sql: "CREATE TABLE IF NOT EXISTS ${dataset} (dt DATE)"}
query_statement: INSERT INTO ${dataset} VALUES ({{ execution_date | sql_date }})
parameters: [{name: execution_date, type: date, required: true}]
schedule: {cron: "0 9 * * *", timezone: Asia/Seoul}
`;

const failing = "query_statement: SELECT error('no such day')";

let folder: string;
let server: RunningServer;
const run = (...argv: string[]) => dli(['workflow', ...argv], { cwd: folder, env: { DLI_SERVER_URL: server.url } });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-state-'));
  writeFileSync(join(folder, 'orders.yaml'), spec);
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
  expect(await run('register', 'orders.yaml')).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('a dataset that is not registered any more', () => {
  const gone = 'lake.shop.gone';

  it('is told with its old runs and backfills, and what is advised of them works', async () => {
    // Its name begins another one's, and the other one stays.
    for (const name of [gone, `${gone}_too`]) {
      writeFileSync(join(folder, 'gone.yaml'), spec.replaceAll(dataset, name).replace(/query_statement.*/, failing));
      expect(await run('register', 'gone.yaml')).toMatchObject({ exitCode: 0 });
    }
    const failed = await run('backfill', gone, '-s', '2024-01-01', '-e', '2024-01-03', '--wait');
    const backfillId = /bf-\d+-\d+/.exec(failed.stdout)?.[0] ?? 'none';
    const status = async () => (await run('backfill-status', backfillId)).stdout;
    expect(await status()).toMatch(/\nResume: dli workflow backfill lake\.shop\.gone --resume bf-/);
    await run('unregister', gone);

    const { stdout } = await run('history', '-d', gone, '-n', '1', '-f', 'json');
    const [{ run_id: runId }] = JSON.parse(stdout).items;
    expect((await run('explain', runId)).stdout).toContain(`; ${gone} is not registered any more.\n`);
    const resume = /\nResume: (.*)\n/.exec(await status())?.[1] ?? '';
    expect(resume).toMatch(
      /^lake\.shop\.gone is not registered any more; what the dates were made of: dli workflow show lake\.shop\.gone --revision [\da-f]{16}$/,
    );
    const words = resume.split('dli workflow ')[1]?.split(' ') ?? [];
    expect(await run(...words)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('no such day') });
    await run('unregister', `${gone}_too`);
  });

  it('is told where a run of it is stopped, which a deploy that removes it lets go on', async () => {
    mkdirSync(join(folder, 'code'));
    const endless =
      'query_statement: SELECT count(*) FROM range(3000000) a JOIN range(3000000) b ON a.range < b.range * 2';
    const text = spec.replaceAll(dataset, gone).replace(/query_statement.*/, endless);
    writeFileSync(join(folder, 'code', 'gone.yaml'), text);
    expect(await run('deploy', 'code')).toMatchObject({ exitCode: 0 });
    const started = await run('run', gone, '-p', 'execution_date=2024-01-15');
    const runId = /^Run started: (\S+)/.exec(started.stdout)?.[1] ?? 'none';
    rmSync(join(folder, 'code', 'gone.yaml'));
    expect(await run('deploy', 'code', '--prune', '--allow-empty')).toMatchObject({ exitCode: 0 });
    expect((await run('stop', runId)).stdout).toBe(
      `Run stopped: ${runId}\nNothing of it is published: the table is as it was.\n${gone} is not registered any more; what the run was made of: dli workflow show ${gone} --revision ${runId}\n`,
    );
    expect(await run('show', gone, '--revision', runId)).toMatchObject({ exitCode: 0 });
    expect((await run('status', runId)).stdout).toMatch(
      new RegExp(`; ${gone} is not registered any more\\.\\nNext: dli workflow show ${gone} --revision ${runId}\\n$`),
    );
  });
});

describe('pause and unpause', () => {
  it('say what they did in the words that scripts rely on, and refuse a second time', async () => {
    expect((await run('pause', dataset, '--reason', 'late source')).stdout).toMatch(
      new RegExp(`^Workflow paused: ${dataset}\nTo end it: dli workflow unpause ${dataset} `),
    );
    expect(await run('pause', dataset)).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('[DLI-807]') });
    expect((await run('list', '--status', 'paused')).stdout).toMatch(/orders +Manual +paused/);
    expect((await run('unpause', dataset)).stdout).toMatch(
      new RegExp(`^Workflow unpaused: ${dataset}\nNext run: \\S+ 09:00 \\+09:00\n$`),
    );
    expect(await run('unpause', dataset)).toMatchObject({ exitCode: 5 });
  });

  it('give the workflow as the API does', async () => {
    const paused = JSON.parse((await run('pause', dataset, '--format', 'json')).stdout);
    expect(paused).toMatchObject({ dataset_name: dataset, status: 'paused', paused: { reason: null } });
    expect(JSON.parse((await run('unpause', dataset, '-f', 'json')).stdout)).toMatchObject({ paused: null });
  });

  it('are told with every registration, which never changes them', async () => {
    await run('pause', dataset, '--reason', 'late source');
    const still = new RegExp(
      `\\nStill paused since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d by tester \\(unverified\\): late source\\. To end the pause: dli workflow unpause ${dataset}\\n$`,
    );
    const updated = await run('register', 'orders.yaml', '--force');
    expect(updated.stdout).toMatch(/^Workflow updated: /);
    expect(updated.stdout).toMatch(still);
    await run('unregister', dataset);
    const registered = await run('register', 'orders.yaml');
    expect(registered.stdout).toMatch(/^Workflow registered: /);
    expect(registered.stdout).toMatch(still);
    expect((await run('explain', dataset)).stdout).toMatch(
      / is paused since \S+Z by tester \(unverified\): late source\.\n/,
    );
    await run('unpause', dataset);
    expect((await run('register', 'orders.yaml', '--force')).stdout).not.toContain('Still paused');
  });

  it('need a workflow', async () => {
    expect(await run('pause', 'lake.shop.order')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`Did you mean '${dataset}'?`),
    });
  });
});

describe('show', () => {
  it('has a section for everything', async () => {
    await run('run', dataset, '-p', 'execution_date=2024-01-15', '--wait');
    const { stdout } = await run('show', dataset);
    expect(stdout).toMatch(/^Workflow: lake\.shop\.orders\nStatus: active\n/);
    for (const text of [
      'Schedule: 0 9 * * * (Asia/Seoul)',
      '\nParameters:\n',
      '\nSQL:\n',
      '-- create',
      '\nLast runs:\n',
      '\nNow:\n',
    ])
      expect(stdout).toContain(text);
    expect(JSON.parse((await run('show', dataset, '-f', 'json')).stdout)).toMatchObject({
      dataset_name: dataset,
      last_runs: [{ status: 'COMPLETED' }],
    });
  });
});

describe('explain', () => {
  it('says why, for a workflow and for a run, with the command that helps', async () => {
    const workflow = await run('explain', dataset);
    expect(workflow.stdout).toMatch(
      /^Workflow lake\.shop\.orders runs next at its tick .*\n {2}schedule +0 9 \* \* \* \(Asia\/Seoul\)\n/,
    );
    expect(workflow.stdout).toMatch(/\nNext: dli workflow run lake\.shop\.orders -p execution_date=\d{4}-\d\d-\d\d\n$/);
    const { stdout } = await run('run', dataset, '-p', 'execution_date=2024-01-16', '--wait');
    const runId = /^Run started: (\S+)/.exec(stdout)?.[1] ?? '';
    expect((await run('explain', runId)).stdout).toMatch(/^Run \S+ completed and is published\.\n/);
    expect(JSON.parse((await run('explain', runId, '-f', 'json')).stdout)).toMatchObject({ command: null });
  });

  it('says that there is neither', async () => {
    expect(await run('explain', 'nope')).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('[DLI-800]') });
    expect(await run('explain', 'nope_20240115_093045')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('[DLI-809]'),
    });
  });
});

describe('sync', () => {
  it('says what the server found, and fails when a file is broken', async () => {
    expect((await run('sync')).stdout).toBe('Synced: 0 added, 0 updated, 0 removed, 1 unchanged\n');
    writeFileSync(join(folder, 'data', 'specs', 'manual', 'lake.shop.broken.yaml'), 'nope: 1\n');
    const broken = await run('sync');
    expect(broken.exitCode).toBe(1);
    expect(broken.stdout).toContain('Not in force: manual/lake.shop.broken.yaml:1:1: ');
    rmSync(join(folder, 'data', 'specs', 'manual', 'lake.shop.broken.yaml'));
    expect(JSON.parse((await run('sync', '-f', 'json')).stdout)).toMatchObject({ unchanged: 1, broken: [] });
  });
});

describe('a dataset that two own', () => {
  it('shows what is wrong with the file of each, also of the one that is overridden', async () => {
    const shared = 'lake.shop.shared';
    const text = spec.replaceAll(dataset, shared);
    mkdirSync(join(folder, 'shared'));
    writeFileSync(join(folder, 'shared.yaml'), text);
    writeFileSync(join(folder, 'shared', 'shared.yaml'), text.replace('0 9', '0 8'));
    expect(await run('register', 'shared.yaml')).toMatchObject({ exitCode: 0 });
    expect(await run('deploy', 'shared')).toMatchObject({ exitCode: 0 });
    const manual = join(folder, 'data', 'specs', 'manual', `${shared}.yaml`);
    expect((await run('show', shared)).stdout).not.toContain('Spec error');
    writeFileSync(manual, `${text}nonsense: 1\n`);
    await run('sync');
    const { stdout } = await run('show', shared);
    expect(stdout).toContain(`\nSpec error: manual/${shared}.yaml:11:1: Unknown key 'nonsense'`);
    expect(stdout).toContain('overridden by code');
    rmSync(join(folder, 'shared', 'shared.yaml'));
    expect(await run('deploy', 'shared', '--prune', '--allow-empty')).toMatchObject({ exitCode: 0 });
    expect(await run('unregister', shared)).toMatchObject({ exitCode: 0 });
  });
});
