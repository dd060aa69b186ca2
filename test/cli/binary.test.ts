import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startServer } from '../../src/server/start.ts';

const binary = fileURLToPath(new URL('../../bin/dli.js', import.meta.url));

const oneSpec = `name: one
type: Dataset
owner: x
team: y
query_statement: CREATE OR REPLACE TABLE one AS SELECT {{ execution_date | sql_date }} AS dt
parameters: [{name: execution_date, type: date, required: true}]
`;

const node = (...args: readonly string[]) => nodeIn(tmpdir(), ...args);

function nodeIn(
  cwd: string,
  ...args: readonly string[]
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd }, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

/** A Node that says it is another one. */
const pretend = (version: string) =>
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;

describe('bin/dli.js', () => {
  it('runs the bundled command line', async () => {
    expect(await node(binary, 'version')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^dli \d/),
      stderr: '',
    });
  });

  it('runs without a warning where npm links it in a clone', async () => {
    const linked = fileURLToPath(new URL('../../tools/runtime/dli.js', import.meta.url));
    expect(await node(linked, 'version')).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('exits with the exit code of the command', async () => {
    expect(await node(binary, 'workflow', 'lst')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await node(binary, 'workflow', 'list', '--server', 'http://127.0.0.1:1')).toMatchObject({
      exitCode: 6,
      stdout: '',
    });
  });

  it('reads the dli.yaml of the folder, and says where it is wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dli-binary-'));
    writeFileSync(join(folder, 'dli.yaml'), 'server:\n  url: http://127.0.0.1:1\n');
    const found = await nodeIn(folder, binary, 'workflow', 'list');
    expect(found).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('tried http://127.0.0.1:1 ') });
    writeFileSync(join(folder, 'dli.yaml'), 'server:\n  ur: x\n');
    const wrong = await nodeIn(folder, binary, 'workflow', 'list');
    expect(wrong.stderr).toMatch(/^Error \[DLI-504\]: .*\n {2}\S*dli\.yaml:2:3: unknown key 'ur'\n/);
    rmSync(folder, { recursive: true });
  });

  it.each(['validate', 'render one -p execution_date=2024-01-01', 'simulate one', 'schema'])(
    'has in its bundle what dli workflow %s needs',
    async (command) => {
      const folder = mkdtempSync(join(tmpdir(), 'dli-binary-'));
      writeFileSync(join(folder, 'dataset.one.yaml'), `${oneSpec}schedule: {cron: "0 9 * * *"}\n`);
      const done = await nodeIn(folder, binary, 'workflow', ...command.split(' '));
      expect(done).toMatchObject({ exitCode: 0, stderr: '' });
      expect(done.stdout).not.toBe('');
      rmSync(folder, { recursive: true });
    },
  );

  it.each(['22.17.9', '20.20.2', '18.0.0'])(
    'says on Node.js %s in one line which version it needs, and exits 2',
    async (version) => {
      expect(await node('--import', pretend(version), binary, 'version')).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `dli needs Node.js 22.18.0 or newer; this is Node.js ${version}\n`,
      });
    },
  );

  it.each(['22.18.0', '23.0.0', '100.0.0'])('runs on Node.js %s', async (version) => {
    expect(await node('--import', pretend(version), binary, 'version')).toMatchObject({ exitCode: 0 });
  });

  it('keeps compiled code where temporary files are, not where it is installed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dli-binary-'));
    const environment = { ...process.env, TMPDIR: folder };
    const start = () => execFileSync(process.execPath, [binary, 'version'], { env: environment, encoding: 'utf8' });
    const first = start();
    expect(readdirSync(join(folder, 'node-compile-cache'), { recursive: true }).length).toBeGreaterThan(2);
    expect(start()).toBe(first);
    rmSync(folder, { recursive: true });
  });

  it('reads dli.yaml', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dli-binary-'));
    writeFileSync(join(folder, 'dli.yaml'), 'server: {url: nonsense}\n');
    const child = spawn(process.execPath, [binary, 'workflow', 'list'], { cwd: folder, env: {} });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [exitCode] = await once(child, 'close');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("Error [DLI-400]: 'nonsense' is not a server address"),
    });
    rmSync(folder, { recursive: true });
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const child = spawn(process.execPath, [binary, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [exitCode] = await once(child, 'close');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

describe('dli server start, as a process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('stops cleanly on %s and leaves no process behind', async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'dli-binary-'));
    const child = spawn(process.execPath, [binary, 'server', 'start', '--port', '0', '--data', 'data'], {
      cwd: folder,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (text.includes('Stop with Ctrl-C.')) child.kill(signal);
    });
    const [exitCode] = await once(child, 'close');
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^Basecamp is ready: http:.*\n(.*\n)*Stopped\.\n$/);
    rmSync(folder, { recursive: true });
  });
});

describe('a command that waits', () => {
  it('ends its process as soon as the backfill has ended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dli-binary-'));
    const spec = join(folder, 'one.yaml');
    writeFileSync(spec, oneSpec);
    const server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
    try {
      const at = ['--server', server.url];
      expect(await node(binary, 'workflow', 'register', spec, ...at)).toMatchObject({ exitCode: 0 });
      // An event stream that stays open would keep the process alive until the test's time is up.
      const waited = await node(
        binary,
        'workflow',
        'backfill',
        'one',
        '-s',
        '2024-01-01',
        '-e',
        '2024-03-01',
        '--wait',
        ...at,
      );
      expect(waited).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Backfill completed: 61 dates') });
    } finally {
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
