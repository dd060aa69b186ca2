import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RunningServer, startServer } from '../../src/server/start.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'dli-server-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const source = (cwd: string, env: Record<string, string> = {}) => ({ cwd, env, dataDir: join(cwd, 'data'), port: 0 });

async function start(cwd: string): Promise<RunningServer> {
  const server = await startServer(source(cwd));
  onTestFinished(() => server.close());
  return server;
}

async function send({ url }: RunningServer, method: string, path: string, body?: object) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const read: unknown = await response.json();
  return { status: response.status, body: read };
}

/** Resolves at the first event of the kind, however early it comes. */
async function eventOf({ url }: RunningServer, kind: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/events?after=0`);
  let text = '';
  for await (const part of response.body ?? []) {
    text += Buffer.from(part).toString();
    if (text.includes(`"kind":"${kind}"`)) return;
  }
  expect.unreachable(`the stream ended without ${kind}`);
}

const endless = `name: main.slow
owner: me
team: t
query_statement: CREATE OR REPLACE TABLE main.slow AS SELECT count(*) AS n FROM range({{ rows }}) a, range(100000) b
parameters: [{name: rows, type: integer, required: true}]
`;

describe('a server', () => {
  it('that closes during a query cancels it, ends every follower, and goes on with the run at its next start', async () => {
    const cwd = folder();
    const first = await start(cwd);
    expect((await send(first, 'POST', '/workflows/register', { spec: endless })).status).toBe(201);
    const run = await send(first, 'POST', '/workflows/main.slow/run', { params: { rows: 100_000_000 } });
    await eventOf(first, 'run.started');
    const follower = await fetch(`${first.url}/api/v1/events`);
    const ended = follower.text();
    await first.close();
    await ended;
    const second = await start(cwd);
    const id = String(Reflect.get(Object(run.body), 'run_id'));
    await send(second, 'POST', `/workflows/runs/${id}/stop`);
    expect(await send(second, 'GET', `/workflows/runs/${id}`)).toMatchObject({
      body: { status: 'KILLED', published: false },
    });
  });

  it('refuses a second one on its data folder, and a port that is taken, and keeps neither', async () => {
    const cwd = folder();
    const first = await start(cwd);
    await expect(startServer(source(cwd))).rejects.toMatchObject({ code: 'DLI-502' });
    const other = folder();
    const port = Number(new URL(first.url).port);
    await expect(startServer({ ...source(other), port })).rejects.toMatchObject({
      code: 'DLI-503',
      message: expect.stringContaining(String(port)),
    });
    await first.close();
    await (await start(other)).close();
    await start(cwd);
  });

  it('answers nothing before its state is in order', async () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'data', 'specs', 'manual'), { recursive: true });
    writeFileSync(join(cwd, 'data', 'specs', 'manual', 'main.slow.yaml'), endless);
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const address = probe.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await new Promise((resolve) => probe.close(resolve));
    const starting = startServer({ ...source(cwd), port });
    // Asked while it starts: the connection is refused or the answer waits, but it never tells half of the state.
    const early = await fetch(`http://127.0.0.1:${port}/api/v1/workflows/main.slow`).catch(() => undefined);
    const server = await starting;
    onTestFinished(() => server.close());
    expect([undefined, 200]).toContain(early?.status);
    expect((await send(server, 'GET', '/workflows/main.slow')).status).toBe(200);
  });

  it('that cannot start leaves the data folder free', async () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'data'));
    writeFileSync(join(cwd, 'data', 'state.sqlite'), 'x'.repeat(10_000));
    await expect(startServer(source(cwd))).rejects.toMatchObject({ code: 'DLI-505' });
    expect(readFileSync(join(cwd, 'data', 'state.sqlite'), 'utf8')).toBe('x'.repeat(10_000));
    rmSync(join(cwd, 'data', 'state.sqlite'));
    await start(cwd);
  });
});

describe('a bad configuration', () => {
  const withFile = (text: string, env = {}) => {
    const cwd = folder();
    writeFileSync(join(cwd, 'basecamp.yaml'), text);
    return startServer({ ...source(cwd, env), configFile: 'basecamp.yaml' });
  };

  it.each([
    ['an unknown key', 'listen: 127.0.0.1:1\nnope: 1\n', 2],
    ['a wrong type', 'max_concurrent_runs: many\n', 1],
    ['an engine that is not there', 'engine: airflow\n', 1],
    ['bad YAML', 'a: [\n', undefined],
  ])('%s is DLI-504 with file and line', async (_name, text, line) => {
    await expect(withFile(text)).rejects.toMatchObject({
      code: 'DLI-504',
      message: expect.stringContaining('basecamp.yaml'),
      problems: [expect.objectContaining(line === undefined ? {} : { line })],
    });
  });

  // Without a token nobody but this machine's users may reach the server.
  it.each(['0.0.0.0:8081', '192.168.1.1:80', '[::]:1', 'example.com:80', '127.0.0.1', ':80', '127.0.0.1:99999'])(
    'listen %s is DLI-504',
    async (listen) => {
      await expect(withFile(`listen: "${listen}"\n`)).rejects.toMatchObject({ code: 'DLI-504' });
    },
  );

  it.each([
    ['x', 'max_concurrent_runs expects a number, got "x"'],
    ['', 'max_concurrent_runs expects a number, got ""'],
    ['1.5', 'max_concurrent_runs expects a whole number, got 1.5'],
    ['65', 'max_concurrent_runs expects a number up to 64, got 65'],
    ['0', 'max_concurrent_runs expects a number from 1 on, got 0'],
  ])('in the environment (%j) is DLI-504, names the variable and says what is allowed', async (value, message) => {
    await expect(withFile('{}', { BASECAMP_MAX_CONCURRENT_RUNS: value })).rejects.toMatchObject({
      code: 'DLI-504',
      problems: [{ file: 'BASECAMP_MAX_CONCURRENT_RUNS', message }],
    });
  });

  it('that is not there is DLI-504', async () => {
    await expect(startServer({ ...source(folder()), configFile: 'no.yaml' })).rejects.toMatchObject({
      code: 'DLI-504',
    });
  });
});
