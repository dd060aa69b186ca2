/** The page docs/http-api.md as its reader walks through it: every command in a real shell, in order, against a real server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/http-api.md', import.meta.url), 'utf8');
const address = 'http://127.0.0.1:8081';

/** Each command with the heading that it stands under, and the answer that is shown below it. */
const commands = page.split(/^## /m).flatMap((section) => {
  const title = section.slice(0, section.indexOf('\n'));
  return [...section.matchAll(/^```sh\n(.*?)^```\n(?:(?:(?!```).)*?^```json\n(.*?)^```$)?/gms)].map(
    ([, command = '', shown], index) => ({ title, name: `${title} (${index + 1})`, command, shown }),
  );
});

let folder: string;
let server: ChildProcess | undefined;
let url = address;
/** What answers so far gave, by the word that stands for it in a command. */
const known = new Map<string, string>();
const answers = new Map<string, string>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dli-http-page-'));
  mkdirSync(join(folder, 'bin'));
  const binary = fileURLToPath(new URL('../../bin/dli.js', import.meta.url));
  writeFileSync(join(folder, 'bin', 'dli'), `#!/bin/sh\nexec '${process.execPath}' '${binary}' "$@"\n`);
  chmodSync(join(folder, 'bin', 'dli'), 0o755);
});
afterAll(async () => {
  if (server) {
    const ended = once(server, 'close');
    server.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Shell {
  readonly child: ChildProcess;
  /** All that it printed, once it has ended or printed what is waited for. */
  readonly output: Promise<string>;
}

/** Starts a command as the reader would, until it ends, or has printed `until`. */
function start(command: string, until?: RegExp): Shell {
  const token = known.get('token');
  const child = spawn('bash', ['-ec', command], {
    cwd: command.startsWith('dli init') ? folder : join(folder, 'my_project'),
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      BASECAMP_LISTEN: '127.0.0.1:0',
      DLI_SERVER_URL: url,
      ...(token === undefined ? {} : { DLI_API_KEY: token }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.withResolvers<string>();
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (until?.test(stdout)) output.resolve(stdout);
  });
  child.on('close', (code) => {
    if (code === 0 && !until) output.resolve(stdout);
    else output.reject(new TypeError(`it ended with ${code}: ${stdout}${stderr}`));
  });
  return { child, output: output.promise };
}

function withKnown(command: string): string {
  const filled = command
    .replaceAll(address, url)
    .replaceAll(/<(\w+)>/g, (word, name: string) => known.get(name) ?? word);
  expect(filled).not.toMatch(/<\w+>/);
  return filled;
}

async function outputOf(command: string): Promise<string> {
  if (command.startsWith('dli server start')) {
    const shell = start(`exec ${command}`, /ready: \S+\n/);
    server = shell.child;
    const printed = await shell.output;
    url = /ready: (\S+)\n/.exec(printed)?.[1] ?? '';
    return printed;
  }
  if (!command.includes('/events')) return start(command).output;
  const { child, output } = start(`exec ${command}`, /^data: .*run\.completed/m);
  const printed = await output;
  const ended = once(child, 'close');
  child.kill('SIGINT');
  await ended;
  return printed;
}

/** Keeps what later commands stand for. */
function learn(output: string): void {
  for (const [, name = '', value = ''] of output.matchAll(/"(run_id|backfill_id|next_cursor)":"([^"]+)"/g))
    known.set(name, value);
  const [token] = /dli_\w+/.exec(output) ?? [];
  if (token !== undefined) known.set('token', token);
}

/** What a JSON value is made of: the types of its leaves, and of a list its first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
}

describe('the page of the HTTP API', () => {
  it.each(commands)('has a command that works: $name', async ({ title, name, command, shown }) => {
    const output = await outputOf(withKnown(command));
    learn(output);
    answers.set(name, output);
    if (title !== 'Errors') expect(output).not.toContain('"code":"DLI-');
    if (shown === undefined) return;
    const [answer, example] = [JSON.parse(output), JSON.parse(shown)];
    expect(shapeOf(answer)).toMatchObject(shapeOf(example) as object);
    if (title === 'Errors' || title === 'Stop') expect(answer).toMatchObject(example);
  });

  it('says truly that a repeated key is one run, and that a page goes on where the one before ended', () => {
    const answer = (name: string) => JSON.parse(answers.get(name) ?? '{}');
    expect(answer('Trigger a run (2)').run_id).toBe(answer('Trigger a run (1)').run_id);
    const [first, second] = [answer('Pages (1)'), answer('Pages (2)')];
    expect([first.items.length, second.items.length]).toEqual([2, 2]);
    expect(second.items[0].run_id).not.toBe(first.items[1].run_id);
    expect(answers.get('Read its log (1)')).toMatch(/^event: done\ndata: .*"status":"COMPLETED"/m);
    expect(answer('The whole contract (1)').openapi).toMatch(/^3\.1\./);
  });

  it('links to headings that are there', () => {
    const links = [...page.matchAll(/\]\((\S+?\.md)?#([\w-]+)\)/g)];
    expect(links.length).toBeGreaterThan(0);
    for (const [, file = 'http-api.md', anchor = ''] of links) {
      const text = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
      const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(anchors).toContain(anchor);
    }
  });
});
