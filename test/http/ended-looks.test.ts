/** A look at the spec store that is ended stops after the files at hand, and takes nothing for gone that it did not get to. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Compiler } from '../../src/compiler/compiler.ts';
import type { ServiceParts } from '../../src/services/parts.ts';
import { watchSpecs } from '../../src/services/spec-watch.ts';
import { syncSpecs } from '../../src/services/sync.ts';
import { registeredDatasets } from '../../src/store/queries/registrations.ts';
import { Api, datedSpec } from './api.ts';

const names = Array.from({ length: 120 }, (_, index) => `d${index}`);

function putAll(api: Api, more = ''): void {
  const code = join(api.specsFolder, 'code');
  mkdirSync(code, { recursive: true });
  for (const name of names) writeFileSync(join(code, `dataset.${name}.yaml`), datedSpec(name, more));
}

const reason = new TypeError('the server closes');
const registered = (api: Api) => registeredDatasets(api.database, 'code').size;

/** Parts whose compiler tells of each check before it begins. */
function checking(api: Api, before: () => Promise<void> | void): ServiceParts {
  const compiler: Pick<Compiler, 'check'> = {
    check: async (input) => {
      await before();
      return api.parts.compiler.check(input);
    },
  };
  return { ...api.parts, compiler: Object.assign(Object.create(api.parts.compiler), compiler) };
}

it('ends while files are checked, changes nothing, and is made up for by the next one', async () => {
  const api = new Api({ codeMode: 'folder' });
  putAll(api);
  await syncSpecs(api.parts, { sources: ['code'] });
  expect(registered(api)).toBe(names.length);
  putAll(api, 'tags: [changed]');
  const leaving = new AbortController();
  let checks = 0;
  const parts = checking(api, () => {
    checks += 1;
    leaving.abort(reason);
  });
  const looking = syncSpecs(parts, { sources: ['code'], acceptDeletions: true, signal: leaving.signal });
  await expect(looking).rejects.toBe(reason);
  expect(checks).toBeLessThanOrEqual(4);
  expect(registered(api)).toBe(names.length);
  const { reports } = await syncSpecs(api.parts, { sources: ['code'] });
  expect(reports).toMatchObject([{ updated: { length: names.length }, removed: [], held: [] }]);
});

it('ends while files are taken over, and keeps those that were', async () => {
  const api = new Api({ codeMode: 'folder' });
  putAll(api);
  const leaving = new AbortController();
  api.database.onCommit(() => leaving.abort(reason));
  const looking = syncSpecs(api.parts, { sources: ['code'], signal: leaving.signal });
  await expect(looking).rejects.toBe(reason);
  const taken = registered(api);
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(names.length);
  const { reports } = await syncSpecs(api.parts, { sources: ['code'] });
  expect(reports).toMatchObject([{ added: { length: names.length - taken }, removed: [] }]);
});

it('ends with the watch, which is no trouble', async () => {
  const api = new Api({ codeMode: 'folder' });
  putAll(api);
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let checks = 0;
  const parts = checking(api, () => {
    checks += 1;
    begun.resolve();
    return ended.promise;
  });
  const end = watchSpecs({
    parts,
    before: { reports: [], troubles: [], notes: [] },
    intervalMs: 60_000,
    onLook: () => undefined,
    onTrouble: (error) => expect.unreachable(String(error)),
  });
  api.clock.advance(500);
  await begun.promise;
  const closing = end();
  ended.resolve();
  await closing;
  expect(checks).toBeLessThanOrEqual(4);
  expect(registered(api)).toBe(0);
});
