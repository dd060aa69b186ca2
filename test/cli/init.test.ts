import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dli } from './dli.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dli-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const init = (...argv: string[]) => dli(['init', ...argv], { cwd: folder });

const allowed = 'Allowed: a folder that you may write to, or a new one in such a folder';
const next = 'Give another: dli init DIR';

/** A folder that nobody here may write to. Root may write wherever permissions only say otherwise, but not in /sys. */
function closedFolder(): string {
  if (process.getuid?.() === 0) return '/sys';
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o555);
  return closed;
}

/** Starts a server with the words that init printed, on a free port, and stops it when `use` has ended. */
async function whileServing(words: readonly string[], cwd: string, use: (url: string) => Promise<void>) {
  const stop = new AbortController();
  const started = Promise.withResolvers<string>();
  const ended = dli(words, {
    cwd,
    env: { BASECAMP_LISTEN: '127.0.0.1:0' },
    signal: stop.signal,
    onOutput: (output) => {
      const [, url] = /^Basecamp is ready: (\S+)\n/.exec(output) ?? [];
      if (url !== undefined) started.resolve(url);
    },
  });
  const failed = ended.then(({ stderr }) => Promise.reject(new TypeError(`the server ended: ${stderr}`)));
  try {
    await use(await Promise.race([started.promise, failed]));
  } finally {
    failed.catch(() => undefined);
    stop.abort();
  }
  expect(await ended).toMatchObject({ exitCode: 0 });
}

describe('dli init', () => {
  it('makes a project in which exactly the commands that it prints work', async () => {
    const { exitCode, stdout } = await init('my project');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Project made: \S+/);
    const lines = stdout.split('\n').flatMap((line) => /^ {2}((?:cd|dli) .*)$/.exec(line)?.[1] ?? []);
    const [cd, start = '', ...commands] = lines;
    expect(cd).toBe("cd 'my project'");
    const cwd = join(folder, 'my project');
    const wordsOf = (line: string) => line.split(' ').slice(1);
    await whileServing(wordsOf(start), cwd, async (url) => {
      const outputs: string[] = [];
      for (const line of commands) {
        const done = await dli(wordsOf(line), { cwd, env: { DLI_SERVER_URL: url } });
        expect(done).toMatchObject({ exitCode: 0, stderr: '' });
        outputs.push(done.stdout);
      }
      const [registered, backfilled, previewed] = outputs;
      expect(registered).toMatch(/^Workflow registered: iceberg\.analytics\.daily_orders\n/);
      expect(backfilled).toContain('Backfill completed: 7 dates');
      expect(previewed?.split('\n')).toHaveLength(10);
      expect(previewed).toMatch(/^2024-01-03 +KR +2 +61\.90$/m);
    });
    expect(existsSync(join(cwd, '.dli', 'state.sqlite'))).toBe(true);
  });

  it('makes specs that validate here, without warnings', async () => {
    await init();
    const { exitCode, stdout, stderr } = await dli(['workflow', 'validate'], { cwd: folder });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('1 spec: 1 valid, 0 invalid');
  });

  it('wires the schema up for editors', async () => {
    await init();
    const spec = readFileSync(join(folder, 'datasets/dataset.iceberg.analytics.daily_orders.yaml'), 'utf8');
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(spec) ?? [];
    const written = readFileSync(join(folder, 'datasets', schema), 'utf8');
    expect(written).toBe((await dli(['workflow', 'schema'])).stdout);
    const { properties } = JSON.parse(written);
    expect(Object.keys(parse(spec)).filter((key) => !Object.hasOwn(properties, key))).toEqual([]);
  });

  it('points the commands at the server that it configures', async () => {
    await init();
    const { listen } = parse(readFileSync(join(folder, 'basecamp.yaml'), 'utf8'));
    const { server } = parse(readFileSync(join(folder, 'dli.yaml'), 'utf8'));
    expect(server.url).toBe(`http://${listen}`);
  });

  it('overwrites nothing: it names what is there, writes nothing and exits 5', async () => {
    writeFileSync(join(folder, 'basecamp.yaml'), 'mine\n');
    const { exitCode, stdout, stderr } = await init();
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(stderr).toBe(
      `Error [DLI-804]: ${folder} has basecamp.yaml already; nothing was written\n  Give another folder: dli init DIR\n`,
    );
    expect(readFileSync(join(folder, 'basecamp.yaml'), 'utf8')).toBe('mine\n');
    expect(existsSync(join(folder, 'dli.yaml'))).toBe(false);
  });

  it('says with exit 2 that a part of the path is a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { exitCode, stdout, stderr } = await init('file/project');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      `Error [DLI-400]: ${folder}/file/project cannot be made: ${folder}/file is not a folder; nothing was written\n  ${allowed}\n  ${next}\n`,
    );
    const asFolder = await init('file');
    expect(asFolder.stderr).toContain(`${folder}/file/dli.yaml cannot be made: ${folder}/file is not a folder`);
  });

  it.each([
    ['', "Error [DLI-400]: Argument 'folder' is ''\n"],
    [' \t', "Error [DLI-400]: Argument 'folder' is ' \t'\n"],
  ])('takes no blank name for this folder: %j', async (name, message) => {
    const { exitCode, stderr } = await init(name);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(`${message}  Allowed: text that is not blank; or leave it out\n  More: dli init --help\n`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['a name that no file system has', 'new/a\0b', 'new/a\\x00b', 'a name has no NUL character'],
    ['a name that is too long', `new/${'x'.repeat(300)}`, `new/${'x'.repeat(300)}`, 'its name is too long'],
  ])('makes nothing, not even the folders above, for %s', async (_, name, shown, reason) => {
    const { exitCode, stderr } = await init(name);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      `Error [DLI-400]: ${folder}/${shown} cannot be made: ${reason}; nothing was written\n  ${allowed}\n  ${next}\n`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes back what it has written when the rest cannot be written', async () => {
    writeFileSync(join(folder, 'datasets'), 'mine\n');
    const { exitCode, stderr } = await init();
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${folder}/datasets is not a folder; nothing was written`);
    expect(readdirSync(folder)).toEqual(['datasets']);
    expect(readFileSync(join(folder, 'datasets'), 'utf8')).toBe('mine\n');
  });

  it('says whose folder may not be written to', async () => {
    const closed = closedFolder();
    const { exitCode, stderr } = await init(join(closed, 'project'));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(`${closed}/project cannot be made: `);
    expect(stderr).toMatch(/you may not write to \S+; nothing was written\n|read-only; nothing was written\n/);
  });

  it.runIf(process.platform === 'linux')('gives up where the system makes nothing', async () => {
    const { exitCode, stderr } = await init('/proc/dli/project');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('/proc/dli cannot be made: nothing new can be made in /proc; nothing was written\n');
  });

  it('gives programs the files and the commands', async () => {
    const { stdout } = await init('p', '--format', 'json');
    const { files, next, folder: made } = JSON.parse(stdout);
    expect(made).toBe(join(folder, 'p'));
    for (const file of files) expect(existsSync(join(made, file))).toBe(true);
    expect(next[0]).toBe('cd p');
  });
});

describe('dli workflow schema', () => {
  it('prints the JSON Schema of a spec, with where it is from and a description of its parts', async () => {
    const { exitCode, stdout } = await dli(['workflow', 'schema']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'urn:dli:dataset',
      title: expect.any(String),
      description: expect.any(String),
      type: 'object',
      required: ['name', 'owner', 'team'],
      additionalProperties: false,
      properties: { schedule: expect.any(Object), depends_on: { description: expect.any(String) } },
    });
    expect((await dli(['workflow', 'schema', '-f', 'json'])).stdout).toBe(stdout);
  });
});
