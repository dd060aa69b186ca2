import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import type * as Client from '../../src/entries/client.ts';
import { startTestBasecamp } from '../../src/testing/start-test-basecamp.ts';
import { repository } from './repository.ts';

/** What browsers, Deno, Bun and Node all have, of what the client needs. */
const everywhere = {
  AbortController,
  AbortSignal,
  TextDecoderStream,
  TransformStream,
  URL,
  URLSearchParams,
  clearTimeout,
  crypto,
  fetch,
  performance,
  setTimeout,
};

/** Bundles the built client as a page's bundler does. Nothing is left out, so an import of Node does not build. */
async function browserBundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(repository, 'dist/client.js')],
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'client',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** Lists a built module and all that it imports. */
function modulesOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(repository, 'dist', file), 'utf8');
  for (const [, path = ''] of text.matchAll(/(?:\bfrom|\bimport\(?)["']([^"']+)["']/g)) modulesOf(path, seen);
  return seen;
}

it('imports nothing but its own files, which have nothing of Node and no schemas', () => {
  const modules = [...modulesOf('client.js')];
  expect(modules.filter((path) => !/^(\.\/)?[\w-]+\.js$/.test(path))).toEqual([]);
  for (const path of modules) {
    const text = readFileSync(join(repository, 'dist', path), 'utf8');
    expect(text).not.toMatch(/\bprocess\b|\bBuffer\b|\bnode:|getBuiltinModule|__dirname|ZodError|\$ZodType/);
  }
});

it('is less than 60 kB in a page', async () => {
  expect((await browserBundle()).length).toBeLessThan(60_000);
});

it('works where there is nothing of Node', async () => {
  const basecamp = await startTestBasecamp();
  onTestFinished(() => basecamp.close());
  const context = vm.createContext({ ...everywhere });
  vm.runInContext(await browserBundle(), context);
  expect(vm.runInContext('[typeof process, typeof Buffer, typeof require]', context)).toEqual([
    'undefined',
    'undefined',
    'undefined',
  ]);
  // The bundle's global is the module's namespace.
  const { BasecampClient, DliError } = context.client as typeof Client;
  const client = new BasecampClient({ url: basecamp.url });
  expect(await client.workflow.list({})).toEqual({ items: [], next_cursor: null });
  const refusal = await client.workflow.show({ dataset: 'a.b' }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DliError);
  expect(refusal).toMatchObject({ code: 'DLI-800' });
});

it('follows events where there is nothing of Node', async () => {
  const basecamp = await startTestBasecamp();
  onTestFinished(() => basecamp.close());
  const context = vm.createContext({ ...everywhere });
  vm.runInContext(await browserBundle(), context);
  const { BasecampClient } = context.client as typeof Client;
  const events = await new BasecampClient({ url: basecamp.url }).events.follow({});
  const spec = 'name: a.b\nowner: me\nteam: us\nquery_statement: SELECT 1';
  await basecamp.client.workflow.register({ spec });
  expect(await events.next()).toMatchObject({ value: { kind: 'workflow.registered', dataset_name: 'a.b' } });
  await events.return?.();
});
