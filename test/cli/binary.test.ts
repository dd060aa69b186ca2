import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const binary = fileURLToPath(new URL('../../bin/dli.js', import.meta.url));

function node(...args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: tmpdir() }, (_error, stdout, stderr) => {
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

  it('exits with the exit code of the command', async () => {
    expect(await node(binary, 'workflow', 'lst')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await node(binary, 'workflow', 'list', '--server', 'http://127.0.0.1:1')).toMatchObject({
      exitCode: 6,
      stdout: '',
    });
  });

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
