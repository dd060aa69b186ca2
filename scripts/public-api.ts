/**
 * Writes docs/api/*.d.ts: the names and types that people can import, which are also the declarations in the package. With
 * `--check` it only tells whether the files are up to date, so that a change of them is made on purpose.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientTypes, entryTypes, namedShapes } from './api/client-types.ts';
import { contractTypes, importOf } from './api/contract-types.ts';
import { TypeReader } from './api/type-reader.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs/api');

const stale = Object.entries(publicTypes()).filter(([name, text]) => {
  const file = join(folder, `${name}.d.ts`);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});
if (!process.argv.includes('--check')) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of stale) writeFileSync(join(folder, `${name}.d.ts`), text);
  console.log(`Wrote docs/api (${stale.length} files changed)`);
} else if (stale.length === 0) console.log('docs/api is up to date');
else {
  const names = stale.map(([name]) => `docs/api/${name}.d.ts`).join(', ');
  console.error(`The public types are not those of ${names}: run npm run api, and review what it changes`);
  process.exitCode = 1;
}

function publicTypes(): Readonly<Record<string, string>> {
  const reader = new TypeReader(join(root, 'tsconfig.json'));
  const [client = [], contract = [], testing = []] = ['client', 'contract', 'testing'].map((name) =>
    reader.exportsOf(join(root, `src/entries/${name}.ts`)),
  );
  const testingText = entryTypes(reader, testing, namedShapes(reader, client));
  const ofClient = ['JSONType', ...client.map(({ name }) => name)].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(testingText),
  );
  const texts = {
    client: clientTypes(reader, client),
    contract: contractTypes(reader, contract),
    testing: `${importOf('./client.js', ofClient).join('')}\n\n${testingText}`,
  };
  reader.close();
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, formatted(name, text)]));
}

function formatted(name: string, text: string): string {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'check', '--write', `--stdin-file-path=docs/api/${name}.d.ts`];
  const note =
    '// Written by `npm run api` from src/entries. A change here is a change for everybody who uses the package.\n';
  return execFileSync(process.execPath, args, { cwd: root, input: `${note}\n${text}`, encoding: 'utf8' });
}
