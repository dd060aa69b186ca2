import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ErrorCode, errorCatalogue } from '../../src/contract/errors.ts';
import { startServer } from '../../src/server/start.ts';
import { dli } from './dli.ts';

const head = (name: string) => `name: ${name}\ntype: Dataset\nowner: me@example.com\nteam: t\n`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dli-codes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A real server on a data folder of its own. */
async function realServer(name: string, config = ''): Promise<string> {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'basecamp.yaml'), `data_dir: data\n${config}`);
  writeFileSync(join(cwd, 'init.sql'), 'CREATE VIEWW x');
  const server = await startServer({ configFile: 'basecamp.yaml', port: 0, cwd, env: {} });
  onTestFinished(() => server.close());
  return server.url;
}

const at = (url: string, ...argv: string[]) =>
  dli(['workflow', ...argv], { cwd: folder, env: { DLI_SERVER_URL: url } });

function expectError(result: Awaited<ReturnType<typeof dli>>, code: ErrorCode): void {
  expect(result.stderr).toMatch(new RegExp(`^Error \\[${code}\\]: \\S`));
  expect(result).toMatchObject({ exitCode: errorCatalogue[code].exit, stdout: '' });
}

describe('a real server', () => {
  it('DLI-413: a spec whose files are too large together', async () => {
    const url = await realServer('large');
    const files = Array.from({ length: 5 }, (_, n) => `big${n}.sql`);
    for (const file of files) writeFileSync(join(folder, file), `SELECT 1 -- ${'x'.repeat(1_000_000)}\n`);
    const statements = files.map((file) => `  - {name: ${file.replace('.sql', '')}, file: ${file}}\n`).join('');
    writeFileSync(
      join(folder, 'large.yaml'),
      `${head('a.b.large')}query_statement: SELECT 1\npre_statements:\n${statements}`,
    );
    expectError(await at(url, 'register', 'large.yaml'), 'DLI-413');
  });

  it('DLI-801: a warehouse that the server has not, and a name that it cannot hold', async () => {
    const url = await realServer('unknown');
    writeFileSync(join(folder, 'w.yaml'), `${head('a.b.w')}query_statement: SELECT 1\nexecution: {warehouse: nope}\n`);
    expectError(await at(url, 'register', 'w.yaml'), 'DLI-801');
    writeFileSync(join(folder, 'reserved.yaml'), `${head('main.b.c')}query_statement: SELECT 1\n`);
    expectError(await at(url, 'register', 'reserved.yaml'), 'DLI-801');
  });

  it('DLI-816: a warehouse that does not open', async () => {
    const url = await realServer('closed', 'warehouses: {default: {type: duckdb, init_sql: init.sql}}\n');
    writeFileSync(join(folder, 'closed.yaml'), `${head('a.b.closed')}query_statement: SELECT 1\n`);
    expect(await at(url, 'register', 'closed.yaml')).toMatchObject({ exitCode: 0 });
    expectError(await at(url, 'run', 'a.b.closed', '--dry-run'), 'DLI-816');
    expectError(await at(url, 'preview', 'a.b.closed'), 'DLI-816');
  });
});

describe('server start', () => {
  it('DLI-505: a damaged state file, and a folder that cannot be made', async () => {
    const data = join(folder, 'damaged');
    mkdirSync(data);
    writeFileSync(join(data, 'state.sqlite'), 'this is no database, but it is long enough to be looked at'.repeat(100));
    expectError(await dli(['server', 'start', '--port', '0', '--data', data], { cwd: folder }), 'DLI-505');
    const under = join(folder, 'damaged', 'state.sqlite', 'below');
    expectError(await dli(['server', 'start', '--port', '0', '--data', under], { cwd: folder }), 'DLI-505');
  });
});

describe('an answer with a code', () => {
  // Codes that a server of this version gives only to others than this command line, or not yet.
  const codes: readonly ErrorCode[] = ['DLI-401', 'DLI-403', 'DLI-404', 'DLI-405', 'DLI-500', 'DLI-803', 'DLI-806'];
  let server: Server;
  let code: ErrorCode;

  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(errorCatalogue[code].status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ code, message: 'something is so', hints: ['Do this'], problems: [] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(codes)('%s is told with its hint and its exit code', async (one) => {
    code = one;
    // A listening TCP server has an address with a port.
    const { port } = server.address() as AddressInfo;
    const result = await at(`http://127.0.0.1:${port}`, 'list');
    expectError(result, one);
    expect(result.stderr).toBe(`Error [${one}]: something is so\n  Do this\n`);
  });
});
