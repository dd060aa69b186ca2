/** A real server notices what changes in the folders of the spec store. Each test waits for the event, however long that takes. */
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { BasecampClient } from '../../src/client/basecamp-client.ts';
import { startTestBasecamp } from '../../src/testing/start-test-basecamp.ts';
import { datedSpec } from './api.ts';

interface Watched {
  readonly client: BasecampClient;
  readonly specs: string;
  put(file: string, text: string): void;
  /** Waits for the next event of code or of a spec, such as `workflow.registered a`. */
  next(): Promise<string>;
}

async function start(mode: 'deploy' | 'folder', before: Readonly<Record<string, string>> = {}): Promise<Watched> {
  const files = Object.fromEntries(Object.entries(before).map(([file, text]) => [`.dli/specs/${file}`, text]));
  const basecamp = await startTestBasecamp({
    files,
    // Long enough that only the watch can be what notices.
    config: { code: { mode, max_deletions: '100%' }, sync_interval_seconds: 3_600 },
  });
  const { client, dataDir } = basecamp;
  // What is there already is in force before the test begins, also where the first look outlasts the start.
  await client.workflow.sync();
  const leave = new AbortController();
  const kinds = [
    'workflow.registered',
    'workflow.updated',
    'workflow.unregistered',
    'workflow.spec_broken',
    'workflow.spec_mended',
  ] as const;
  const events = await client.events.follow({ kind: kinds }, { signal: leave.signal });
  onTestFinished(async () => {
    leave.abort();
    await basecamp.close();
  });
  const specs = join(dataDir, 'specs');
  return {
    client,
    specs,
    put: (file, text) => {
      mkdirSync(dirname(join(specs, file)), { recursive: true });
      writeFileSync(join(specs, file), text);
    },
    next: async () => {
      const { done, value } = await events.next();
      if (done || value.kind === 'reset') return 'the end';
      return `${value.kind} ${value.dataset_name}`;
    },
  };
}

it('notices files that are added, edited, replaced, broken, mended and removed, in new folders too', async () => {
  const { specs, put, next } = await start('folder');
  put('code/team/dataset.a.yaml', datedSpec('a'));
  expect(await next()).toBe('workflow.registered a');
  put('code/team/dataset.a.yaml', datedSpec('a', 'tags: [changed]'));
  expect(await next()).toBe('workflow.updated a');
  put('elsewhere.yaml', datedSpec('a', 'tags: [replaced]'));
  renameSync(join(specs, 'elsewhere.yaml'), join(specs, 'code/team/dataset.a.yaml'));
  expect(await next()).toBe('workflow.updated a');
  put('code/team/dataset.a.yaml', datedSpec('a', 'nonsense: 1'));
  expect(await next()).toBe('workflow.spec_broken a');
  put('code/team/dataset.a.yaml', datedSpec('a', 'tags: [replaced]'));
  expect(await next()).toBe('workflow.spec_mended a');
  put('code/other/deep/dataset.b.yaml', datedSpec('b'));
  expect(await next()).toBe('workflow.registered b');
  put('code/other/deep/dataset.c.yaml', datedSpec('c'));
  expect(await next()).toBe('workflow.registered c');
  rmSync(join(specs, 'code/other'), { recursive: true });
  expect([await next(), await next()].sort()).toEqual(['workflow.unregistered b', 'workflow.unregistered c']);
});

it('notices what changes in a folder that took the place of another one', async () => {
  const { specs, put, next } = await start('folder', { 'code/team/dataset.a.yaml': datedSpec('a') });
  renameSync(join(specs, 'code'), join(specs, 'old'));
  put('code/team/dataset.b.yaml', datedSpec('b'));
  expect([await next(), await next()]).toEqual(['workflow.unregistered a', 'workflow.registered b']);
  put('code/team/dataset.c.yaml', datedSpec('c'));
  expect(await next()).toBe('workflow.registered c');
});

it('notices a manual file that somebody put there, and a SQL file that code names', async () => {
  const { put, next } = await start('folder', {
    'code/dataset.a.yaml': datedSpec('a').replace('query_statement: SELECT', 'query_file: q.sql #'),
    'code/q.sql': 'SELECT 1 AS n, {{ execution_date | sql_date }} AS dt\n',
  });
  put('manual/m.yaml', datedSpec('m'));
  expect(await next()).toBe('workflow.registered m');
  put('code/q.sql', 'SELECT 2 AS n, {{ execution_date | sql_date }} AS dt\n');
  expect(await next()).toBe('workflow.updated a');
});

it('notices a release that came by another way than this server', async () => {
  const other = await start('deploy');
  const spec = { file_name: 'a.yaml', spec: datedSpec('a'), files: {} };
  await other.client.workflow.deploy({ specs: [spec], prune: false, dry_run: false, allow_empty: false, commit: null });
  const copy = mkdtempSync(join(tmpdir(), 'dli-mount-'));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  cpSync(join(other.specs, 'code'), join(copy, 'code'), { recursive: true });
  const { specs, next, client } = await start('deploy');
  renameSync(join(copy, 'code'), join(specs, 'code'));
  expect(await next()).toBe('workflow.registered a');
  expect((await client.workflow.show({ dataset: 'a' })).source_type).toBe('code');
});
