import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { startCuttingProxy } from '../fakes/cutting-proxy.ts';
import { dli, type RunOptions } from './dli.ts';

const head = (name: string) => `name: ${name}\ntype: Dataset\nowner: x\nteam: t\n`;
const specs: Readonly<Record<string, string>> = {
  'quick.yaml': `${head('quick')}query_statement: CREATE OR REPLACE TABLE quick AS SELECT 1 AS n\n`,
  'talkative.yaml': `${head('talkative')}pre_statements:
${Array.from({ length: 100 }, (_, n) => `  - {name: statement_${n}, sql: "SELECT ${n}"}\n`).join('')}query_statement: SELECT 1
`,
  'failing.yaml': `${head('failing')}query_statement: SELECT error('no flights that day')\n`,
  'slow.yaml': `${head('slow')}pre_statements: [{name: first, sql: "CREATE TABLE IF NOT EXISTS begun (n INTEGER)"}]
query_statement: |
  CREATE OR REPLACE TABLE slow AS
  SELECT count(*) AS n FROM range(3000000) a JOIN range(3000000) b ON (a.range * b.range) % 7 = 3
`,
};

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-follow-'));
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
  for (const [name, text] of Object.entries(specs)) {
    writeFileSync(join(folder, name), text);
    expect(await run('register', name)).toMatchObject({ exitCode: 0 });
  }
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (...argv: string[]) => runWith({}, ...argv);

function runWith(options: RunOptions, ...argv: string[]) {
  return dli(['workflow', ...argv], { cwd: folder, env: { DLI_SERVER_URL: server.url }, ...options });
}

async function start(dataset: string): Promise<string> {
  const { stdout } = await run('run', dataset);
  return /^Run started: (\S+)/.exec(stdout)?.[1] ?? '';
}

describe('status --follow', () => {
  it('tells each change and then how the run ended', async () => {
    const runId = await start('quick');
    const { exitCode, stdout } = await run('status', runId, '--follow');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (PENDING|RUNNING|COMPLETED).*\n)+Status: COMPLETED\n/);
    expect(stdout).toMatch(/ COMPLETED, attempt 1 of 1\n/);
  });

  it('prints the run once for programs, when it has ended', async () => {
    const { stdout, stderr } = await run('status', await start('quick'), '--follow', '-f', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ dataset_name: 'quick', status: 'COMPLETED' });
    expect(stderr).toContain(' COMPLETED, attempt 1 of 1\n');
  });

  it('exits 1 with --exit-code when the run did not complete, and 0 without', async () => {
    const runId = await start('failing');
    expect(await run('status', runId, '--follow', '--exit-code')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('Status: FAILED\n'),
      stderr: expect.stringContaining('Error [DLI-802]'),
    });
    expect(await run('status', runId, '--follow')).toMatchObject({ exitCode: 0 });
  });
});

describe('logs --follow', () => {
  it('prints what logs prints, each line once, and ends with the run', async () => {
    const runId = await start('quick');
    const followed = await run('logs', runId, '--follow');
    expect(followed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(followed.stdout).toBe((await run('logs', runId)).stdout);
    expect((await run('logs', runId, '--follow')).stdout).toBe(followed.stdout);
  });

  it('goes on where it was when the connection is cut, and prints each line once', async () => {
    const runId = await start('talkative');
    await run('status', runId, '--follow');
    const proxy = await startCuttingProxy(server.url, (cuts) => (cuts < 10 ? 1_500 : undefined));
    const env = { DLI_SERVER_URL: proxy.url };
    const followed = await runWith({ env }, 'logs', runId, '--follow').finally(proxy.close);
    expect(followed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(followed.stdout).toBe((await run('logs', runId)).stdout);
    expect(proxy.cuts()).toBe(10);
  });

  it('gives programs a JSON object a line', async () => {
    const { stdout } = await run('logs', await start('quick'), '--follow', '--format', 'json');
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) {
      expect(JSON.parse(line)).toEqual({ at: expect.any(String), attempt: 1, line: expect.any(String) });
    }
  });

  it('takes a shortened id, and says that a run is not there', async () => {
    const runId = await start('quick');
    expect(await run('logs', runId, '--follow', '--attempt', '1')).toMatchObject({ exitCode: 0 });
    expect(await run('logs', 'nothing_20240101_000000', '--follow')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Error [DLI-809]'),
    });
  });
});

describe('Ctrl-C', () => {
  it.each(['status', 'logs'])('ends %s --follow with 130 and leaves the run going', async (command) => {
    const runId = await start('slow');
    const interrupt = new AbortController();
    const onOutput = (output: string) => {
      if (/RUNNING|\[attempt 1\]/.test(output)) interrupt.abort();
    };
    const followed = await runWith({ signal: interrupt.signal, onOutput }, command, runId, '--follow');
    expect(followed).toMatchObject({ exitCode: 130, stderr: expect.stringContaining(`dli workflow stop ${runId}`) });
    expect((await run('status', runId)).stdout).toMatch(/^Status: RUNNING\n/);
    expect(await run('stop', runId)).toMatchObject({ exitCode: 0 });
  });
});
