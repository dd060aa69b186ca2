/** Every code of the catalogue and every exit code, produced by a command; a code without a producer here fails. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ErrorCode, errorCatalogue } from '../../src/contract/errors.ts';
import { type RunningServer, startServer } from '../../src/server/start.ts';
import { type CommandResult, dli, type RunOptions } from './dli.ts';

const head = (name: string) => `name: ${name}\ntype: Dataset\nowner: me@example.com\nteam: t\n`;
const dated = 'parameters: [{name: execution_date, type: date, required: true}]\n';
const bigFiles = Array.from({ length: 5 }, (_, n) => `big${n}`);
const files: Readonly<Record<string, string>> = {
  'basecamp.yaml': 'data_dir: closed\nwarehouses: {default: {type: duckdb, init_sql: init.sql}}\n',
  'code.yaml': 'specs: git\ncode: {mode: folder, max_deletions: 0}\n',
  'bad.yaml': 'data_dri: x\n',
  'init.sql': 'CREATE VIEWW x',
  'daily.yaml': `${head('a.b.daily')}${dated}query_statement: SELECT {{ execution_date | sql_date }} AS dt\n`,
  'fails.yaml': `${head('a.b.fails')}query_statement: SELECT error('no flights that day')\n`,
  'slow.yaml': `${head('a.b.slow')}query_statement: |
  SELECT count(*) FROM range(3000000) a JOIN range(3000000) b ON (a.range * b.range) % 7 = 3\n`,
  'cron.yaml': `${head('a.b.cron')}query_statement: SELECT 1\nschedule: {cron: "61 * * * *"}\n`,
  'spec.yaml': `${head('a.b.spec')}nope: 1\nquery_statement: SELECT 1\n`,
  'sql.yaml': `${head('a.b.sql')}query_statement: SELECT 1 FRM (\n`,
  'warehouse.yaml': `${head('a.b.w')}query_statement: SELECT 1\nexecution: {warehouse: nope}\n`,
  'reserved.yaml': `${head('main.b.c')}query_statement: SELECT 1\n`,
  'large.yaml': `${head('a.b.large')}query_statement: SELECT 1\npre_statements:\n${bigFiles
    .map((name) => `  - {name: ${name}, file: ${name}.sql}\n`)
    .join('')}`,
};

let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-codes-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  for (const name of bigFiles) writeFileSync(join(folder, `${name}.sql`), `SELECT 1 -- ${'x'.repeat(1_000_000)}\n`);
  server = await startServer({ dataDir: 'data', port: 0, cwd: folder, env: {} });
  for (const name of ['daily', 'fails', 'slow'])
    expect(await workflow('register', `${name}.yaml`)).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const run = (argv: readonly string[], url = server.url, options: RunOptions = {}) =>
  dli(argv, { cwd: folder, env: { DLI_SERVER_URL: url }, ...options });
const workflow = (...argv: string[]) => run(['workflow', ...argv]);
const serve = (...argv: string[]) => run(['server', 'start', ...argv]);
const runIdOf = ({ stdout }: CommandResult) => /^Run started: (\S+)/.exec(stdout)?.[1] ?? 'nothing';

/** A second server, on a data folder of its own. */
async function another(source: { readonly dataDir?: string; readonly configFile?: string }): Promise<RunningServer> {
  const started = await startServer({ ...source, port: 0, cwd: folder, env: {} });
  onTestFinished(() => started.close());
  return started;
}

/** A server whose `code/` is a folder that people fill, here with these files. */
async function codeServer(...names: readonly string[]): Promise<string> {
  for (const left of ['git', 'coded']) rmSync(join(folder, left), { recursive: true, force: true });
  for (const name of names) putCode(name);
  const { url } = await another({ configFile: 'code.yaml', dataDir: 'coded' });
  return url;
}

function putCode(name: string): void {
  mkdirSync(join(folder, 'git', 'code'), { recursive: true });
  writeFileSync(join(folder, 'git', 'code', name), files[name] ?? '');
}

/** A server that asks for tokens, and the token of its admin. */
async function guarded(dataDir: string): Promise<{ readonly url: string; readonly admin: string }> {
  const { url } = await another({ dataDir });
  const created = await run(['server', 'token', 'create', '--role', 'admin', '--expires', 'never', '-f', 'json'], url);
  return { url, admin: JSON.parse(created.stdout).token };
}

function asTokenOf(token: string, argv: readonly string[], url: string): Promise<CommandResult> {
  return run(argv, url, { env: { DLI_SERVER_URL: url, DLI_API_KEY: token } });
}

/** A server that answers everything with one code: codes that a server of this version gives only to others, or not yet. */
async function told(code: ErrorCode): Promise<CommandResult> {
  const stub = createServer((_, response) => {
    response.writeHead(errorCatalogue[code].status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code, message: 'something is so', hints: ['Do this'], problems: [] }));
  });
  const result = await run(['workflow', 'list'], `http://127.0.0.1:${await listening(stub)}`);
  expect(result.stderr).toBe(`Error [${code}]: something is so\n  Do this\n`);
  return result;
}

function listening(stub: Server): Promise<number> {
  onTestFinished(() => {
    stub.closeAllConnections();
    stub.close();
  });
  return new Promise((resolve) => {
    // A TCP server that listens has an address with a port.
    stub.listen(0, '127.0.0.1', () => resolve((stub.address() as AddressInfo).port));
  });
}

/** How a command comes to each code. */
const producers: Readonly<Record<ErrorCode, () => Promise<CommandResult>>> = {
  'DLI-101': () => workflow('validate', 'nowhere.yaml'),
  'DLI-400': () => workflow('list', '--status', 'nope'),
  'DLI-401': async () => run(['workflow', 'list'], (await guarded('nobody')).url),
  'DLI-403': async () => {
    const { url, admin } = await guarded('viewer');
    const created = await asTokenOf(
      admin,
      ['server', 'token', 'create', '--role', 'viewer', '--expires', 'never', '-f', 'json'],
      url,
    );
    return asTokenOf(JSON.parse(created.stdout).token, ['workflow', 'run', 'a.b.daily'], url);
  },
  'DLI-404': () => run(['workflow', 'list'], `${server.url}/elsewhere`),
  'DLI-405': () => told('DLI-405'),
  'DLI-413': () => workflow('register', 'large.yaml'),
  'DLI-429': async () => {
    const { url } = await guarded('guessed');
    const guess = (n: number) => asTokenOf(`guess-${n}`, ['workflow', 'list'], url);
    for (let n = 0; n < 10; n += 1) expect((await guess(n)).exitCode).toBe(4);
    return guess(10);
  },
  'DLI-430': () => run(['server', 'token', 'revoke', 'nobody']),
  'DLI-500': async () => {
    const { url } = await another({ dataDir: 'broken' });
    const state = new DatabaseSync(join(folder, 'broken', 'state.sqlite'));
    state.exec('DROP TABLE events');
    state.close();
    return run(['workflow', 'register', 'daily.yaml'], url);
  },
  'DLI-501': () => run(['workflow', 'list'], 'http://127.0.0.1:1'),
  'DLI-502': () => serve('--data', 'data', '--port', '0'),
  'DLI-503': () => serve('--data', 'third', '--port', new URL(server.url).port),
  'DLI-504': () => serve('--config', 'bad.yaml'),
  'DLI-505': () => serve('--data', join('basecamp.yaml', 'below'), '--port', '0'),
  'DLI-800': () => workflow('run', 'a.b.nope'),
  'DLI-801': () => workflow('register', 'warehouse.yaml'),
  'DLI-802': () => workflow('run', 'a.b.fails', '--wait'),
  'DLI-803': async () => run(['workflow', 'register', 'daily.yaml'], await codeServer('daily.yaml')),
  'DLI-804': () => workflow('register', 'daily.yaml'),
  'DLI-805': () => workflow('register', 'cron.yaml'),
  'DLI-806': async () => {
    const url = await codeServer();
    expect(await run(['workflow', 'register', 'slow.yaml'], url)).toMatchObject({ exitCode: 0 });
    putCode('slow.yaml');
    expect(await run(['workflow', 'sync'], url)).toMatchObject({ exitCode: 0 });
    return run(['workflow', 'register', 'slow.yaml', '--force'], url);
  },
  'DLI-807': async () => {
    const runId = runIdOf(await workflow('run', 'a.b.daily', '-p', 'execution_date=2024-01-15', '--wait'));
    return workflow('stop', runId);
  },
  'DLI-808': async () => {
    const runId = runIdOf(await workflow('run', 'a.b.slow'));
    const refused = await workflow('unregister', 'a.b.slow');
    await workflow('stop', runId);
    return refused;
  },
  'DLI-809': () => workflow('status', 'nothing_20240101_000000'),
  'DLI-810': () => workflow('run', 'a.b.daily', '-p', 'nope=1'),
  'DLI-811': () => workflow('run', 'a.b.daily'),
  'DLI-812': () => workflow('run', 'a.b.daily', '-p', 'execution_date=soon'),
  'DLI-813': () => workflow('validate', 'spec.yaml'),
  'DLI-814': () => workflow('backfill', 'a.b.daily', '-s', '2024-01-07', '-e', '2024-01-01'),
  'DLI-815': () => workflow('register', 'sql.yaml'),
  'DLI-816': async () => {
    const { url } = await another({ configFile: 'basecamp.yaml' });
    expect(await run(['workflow', 'register', 'daily.yaml'], url)).toMatchObject({ exitCode: 0 });
    return run(['workflow', 'preview', 'a.b.daily'], url);
  },
  'DLI-817': () => workflow('notifications', '--resend', 'n_0'),
  'DLI-818': () => workflow('show', 'a.b.daily', '--revision', '0000'),
};

/** Codes that only end a command after it has already said something. */
const afterOutput: readonly ErrorCode[] = ['DLI-802'];

describe('a command ends with', () => {
  // The keys of the catalogue are its codes.
  const codes = Object.keys(errorCatalogue) as ErrorCode[];

  it.each(codes)('%s, its exit code and nothing on stdout', async (code) => {
    const { exitCode, stdout, stderr } = await producers[code]();
    expect(stderr).toMatch(new RegExp(`^Error \\[${code}\\]: \\S`));
    expect(exitCode).toBe(errorCatalogue[code].exit);
    if (!afterOutput.includes(code) && code !== 'DLI-813') expect(stdout).toBe('');
  });

  it('every exit code there is', async () => {
    expect((await workflow('list')).exitCode).toBe(0);
    const interrupt = new AbortController();
    const onOutput = (output: string) => {
      if (output.includes('Run started')) interrupt.abort();
    };
    const waiting = await run(['workflow', 'run', 'a.b.slow', '--wait'], server.url, {
      signal: interrupt.signal,
      onOutput,
    });
    await workflow('stop', runIdOf(waiting));
    expect(waiting.exitCode).toBe(130);
    const exits = new Set(codes.map((code) => errorCatalogue[code].exit));
    expect([...exits].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('another way to', () => {
  it.each([
    ['DLI-505: a damaged state file', 'DLI-505', 'damaged'],
    ['DLI-801: a name that the warehouse cannot hold', 'DLI-801', 'reserved'],
    ['DLI-816: a dry run', 'DLI-816', 'dry-run'],
  ] as const)('%s', async (_, code, way) => {
    const { exitCode, stderr } = await others[way]();
    expect(stderr).toMatch(new RegExp(`^Error \\[${code}\\]: \\S`));
    expect(exitCode).toBe(errorCatalogue[code].exit);
  });
});

const others = {
  damaged: async () => {
    const started = await startServer({ dataDir: 'damaged', port: 0, cwd: folder, env: {} });
    await started.close();
    const text = 'this is no database, but it is long enough to be looked at'.repeat(100);
    writeFileSync(join(folder, 'damaged', 'state.sqlite'), text);
    return serve('--data', 'damaged', '--port', '0');
  },
  reserved: () => workflow('register', 'reserved.yaml'),
  'dry-run': async () => {
    const { url } = await another({ configFile: 'basecamp.yaml' });
    await run(['workflow', 'register', 'fails.yaml'], url);
    return run(['workflow', 'run', 'a.b.fails', '--dry-run'], url);
  },
};
