import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { dli } from './dli.ts';

const binary = fileURLToPath(new URL('../../bin/dli.js', import.meta.url));
const datasets = ['iceberg.analytics.clicks', 'iceberg.analytics.orders', 'iceberg.raw.events'];

let folder: string;
let server: RunningServer;
let runId: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-completion-'));
  mkdirSync(join(folder, 'specs'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'dli'), `#!/bin/sh\nexec '${process.execPath}' '${binary}' "$@"\n`);
  chmodSync(join(folder, 'bin', 'dli'), 0o755);
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
  for (const name of datasets) {
    const text = `name: ${name}\nowner: x\nteam: t\ndescription: "About ${name}"\nquery_statement: SELECT 1\n`;
    writeFileSync(join(folder, 'specs', `dataset.${name}.yaml`), text);
    expect(await run('workflow', 'register', name)).toMatchObject({ exitCode: 0 });
  }
  const started = await run('workflow', 'run', 'iceberg.raw.events', '--wait');
  runId = /^Run started: (\S+)/.exec(started.stdout)?.[1] ?? '';
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (...argv: string[]) => dli(argv, { cwd: folder, env: { DLI_SERVER_URL: server.url } });

async function complete(...words: string[]): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await run('__complete', ...words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout.split('\n').flatMap((line) => line.split('\t')[0] || []);
}

describe('the words at the cursor', () => {
  it('are commands, then the commands of a group', async () => {
    expect(await complete('')).toEqual(['workflow', 'server', 'init', 'completion', 'version']);
    expect(await complete('workflow', 'un')).toEqual(['unregister', 'unpause']);
    expect((await run('__complete', 'workflow', 'lis')).stdout).toBe(
      'list\tList the workflows: the datasets on the server\n',
    );
  });

  it('are options where a dash is typed, also those of every command', async () => {
    expect(await complete('workflow', 'list', '--s')).toEqual(['--source', '--status', '--server']);
    expect(await complete('workflow', 'run', 'x', '--h')).toEqual(['--help']);
    expect(await complete('--')).toEqual(['--help']);
  });

  it.each([
    [
      ['workflow', 'list', '--status', ''],
      ['active', 'paused', 'overridden'],
    ],
    [['workflow', 'list', '--status', '=', 'pa'], ['paused']],
    [
      ['workflow', 'list', '--status', '='],
      ['active', 'paused', 'overridden'],
    ],
    [['workflow', 'list', '--status=pa'], ['--status=paused']],
    [['workflow', 'history', '-s', 'f'], ['failed']],
    [
      ['workflow', 'list', '--source', ''],
      ['code', 'manual', 'all'],
    ],
    [
      ['workflow', 'list', '--format', ''],
      ['table', 'json'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('are the values of the option before them: %j', async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });

  it('are datasets of the server', async () => {
    expect(await complete('workflow', 'run', '')).toEqual(datasets);
    expect(await complete('workflow', 'run', '-p', 'a=1', 'iceberg.a')).toEqual(datasets.slice(0, 2));
    expect(await complete('workflow', 'history', '-d', 'iceberg.raw')).toEqual(['iceberg.raw.events']);
    const { stdout } = await run('__complete', 'workflow', 'pause', 'iceberg.raw');
    expect(stdout).toBe('iceberg.raw.events\tAbout iceberg.raw.events\n');
  });

  it('are runs of the server, by their full or their short id', async () => {
    expect(await complete('workflow', 'status', '')).toEqual([runId]);
    expect(await complete('workflow', 'logs', runId.slice(0, -3))).toEqual([runId]);
    expect(await complete('workflow', 'logs', 'events_')).toEqual([runId.replace('iceberg.raw.', '')]);
    expect(await complete('workflow', 'stop', '')).toEqual([]);
  });

  it('are backfills of the server, and only unfinished ones to stop', async () => {
    const spec =
      'name: dated\nowner: x\nteam: t\nquery_statement: SELECT 1\ntype: Dataset\nparameters: [{name: execution_date, type: date}]\n';
    writeFileSync(join(folder, 'dated.yaml'), spec);
    await run('workflow', 'register', 'dated.yaml');
    const { stdout } = await run('workflow', 'backfill', 'dated', '-s', '2024-01-01', '-e', '2024-01-02', '--wait');
    const [id = ''] = /bf-\S+/.exec(stdout) ?? [];
    expect(await complete('workflow', 'backfill-status', 'bf')).toEqual([id]);
    expect(await complete('workflow', 'stop', 'bf')).toEqual([]);
  });

  it('are files and folders where those are expected', async () => {
    expect(await complete('workflow', 'register', '')).toEqual([':files']);
    expect(await complete('server', 'start', '--data', '')).toEqual([':folders']);
  });

  it('are nothing, silently, where there is no server or no such thing', async () => {
    expect(await complete('workflow', 'run', '--server', 'http://127.0.0.1:9', 'i')).toEqual([]);
    expect(await complete('workflow', 'run', '--server', '=', 'nonsense', 'i')).toEqual([]);
    expect(await complete('workflow', 'nothing', 'x', '')).toEqual([]);
    expect(await complete('workflow', 'list', '')).toEqual([]);
  });
});

describe('dli completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints what %s loads, for people and for programs', async (shell) => {
    const { exitCode, stdout } = await run('completion', shell);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^#.*\\n?.*${shell}`));
    expect(stdout).toContain('dli __complete');
    expect(JSON.parse((await run('completion', shell, '-f', 'json')).stdout)).toEqual({ shell, script: stdout });
  });

  it('says which shells there are, and exits 2', async () => {
    const { exitCode, stderr } = await run('completion', 'fisch');
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      "Error [DLI-400]: There is no completion for 'fisch'\n  Did you mean 'fish'?\n  Allowed: bash, zsh, fish\n",
    );
  });
});

/** Runs the completion that bash has loaded for these words, the last one at the cursor, and gives what it would offer. */
function inBash(...words: readonly string[]): Promise<readonly string[]> {
  const script = `source <(dli completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_dli_complete 2>/dev/null
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, DLI_SERVER_URL: server.url };
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', script, 'bash', ...words], { cwd: folder, env }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout.split('\n').filter((line) => line !== ''));
    });
  });
}

describe.skipIf(process.platform === 'win32')('in a real bash', () => {
  it('commands, options, values and names of the server are offered', async () => {
    expect(await inBash('dli', 'workflow', 'hist')).toEqual(['history']);
    expect(await inBash('dli', 'workflow', 'list', '--status', '=', 'pa')).toEqual(['paused']);
    expect(await inBash('dli', 'workflow', 'run', 'iceberg.analytics.')).toEqual(datasets.slice(0, 2));
    expect(await inBash('dli', 'workflow', 'status', 'iceberg.raw')).toEqual([runId]);
  });

  it('files and folders are offered where they are expected', async () => {
    expect(await inBash('dli', 'workflow', 'register', 'dat')).toContain('data');
    expect(await inBash('dli', 'workflow', 'validate', 'specs/dataset.iceberg.raw')).toEqual([
      'specs/dataset.iceberg.raw.events.yaml',
    ]);
    expect(await inBash('dli', 'server', 'start', '--data', 'spe')).toEqual(['specs']);
  });
});
