import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type * as Published from '../../docs/api/client.d.ts';
import { BasecampClient, DliError } from '../../src/entries/client.ts';
import { repository } from './repository.ts';

it('has the public names and types that docs/api shows', () => {
  const script = join(repository, 'scripts/public-api.ts');
  // Fails with the names of the files that are out of date. A change of the public types is made on purpose: `npm run api`.
  const said = execFileSync(process.execPath, [script, '--check'], { cwd: repository, encoding: 'utf8' });
  expect(said).toBe('docs/api is up to date\n');
});

it('is what its declarations say, as far as the compiler can tell', () => {
  const client: Published.BasecampClient = new BasecampClient({ url: 'http://127.0.0.1:1' });
  const error: Published.DliError = new DliError('DLI-400', 'no');
  expect([client.url, error.code]).toEqual(['http://127.0.0.1:1', 'DLI-400']);
});
