import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findServer } from './settings.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dli-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const find = (options: { server?: string; env?: Record<string, string>; cwd?: string } = {}) =>
  findServer({ env: options.env ?? {}, cwd: options.cwd ?? folder }, { server: options.server });

it('looks at --server, the environment, dli.yaml and this machine, in that order', async () => {
  expect(await find()).toEqual({ url: 'http://127.0.0.1:8081', apiKey: undefined });
  writeFileSync(join(folder, 'dli.yaml'), 'server:\n  url: http://file:1\n  api_key: from-file\n');
  expect(await find()).toEqual({ url: 'http://file:1', apiKey: 'from-file' });
  const env = { DLI_SERVER_URL: 'http://env:1', DLI_API_KEY: 'from-env' };
  expect(await find({ env })).toEqual({ url: 'http://env:1', apiKey: 'from-env' });
  expect(await find({ env, server: 'http://flag:1' })).toEqual({ url: 'http://flag:1', apiKey: 'from-env' });
});

it('takes the nearest dli.yaml of the folders above', async () => {
  const inner = join(folder, 'a', 'b');
  mkdirSync(inner, { recursive: true });
  writeFileSync(join(folder, 'dli.yaml'), 'server: {url: "http://outer:1"}');
  writeFileSync(join(folder, 'a', 'dli.yaml'), 'server: {url: "http://inner:1"}');
  expect(await find({ cwd: inner })).toMatchObject({ url: 'http://inner:1' });
});

it.each(['', '# nothing yet\n', 'server:\n'])('takes the default when dli.yaml says nothing: %j', async (text) => {
  writeFileSync(join(folder, 'dli.yaml'), text);
  expect(await find()).toMatchObject({ url: 'http://127.0.0.1:8081' });
});

it.each([
  ['server:\n  ulr: http://x\n', { message: "unknown key 'ulr'", line: 2, column: 3 }],
  ['servr: {}\n', { message: "unknown key 'servr'", line: 1, column: 1 }],
  ['server: http://x\n', { message: 'server must be a mapping', line: 1, column: 9 }],
  ['server:\n  url: 5\n', { message: 'server.url must be text', line: 2 }],
  ['server: {\n', { line: 2 }],
])('refuses %j with its place', async (text, problem) => {
  const file = join(folder, 'dli.yaml');
  writeFileSync(file, text);
  await expect(find()).rejects.toMatchObject({ code: 'DLI-504', problems: [{ file, ...problem }] });
});
