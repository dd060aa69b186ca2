import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { repository } from './repository.ts';

interface Packed {
  readonly size: number;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'dli-tarball-'));
afterAll(() => rmSync(folder, { recursive: true }));

const packed = pack();
const files = packed.files.map(({ path }) => path);
const textOf = (path: string) => readFileSync(join(folder, 'package', path), 'utf8');

function pack(): Packed {
  const args = ['pack', repository, '--ignore-scripts', '--json'];
  const [one]: readonly Packed[] = JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8' }));
  if (!one) throw new TypeError('npm has packed nothing');
  execFileSync('tar', ['-xzf', one.filename], { cwd: folder });
  return one;
}

it('holds the programs, the declarations, the migrations and the licences, and nothing else', () => {
  const kinds = [
    /^bin\/[\w-]+\.js$/,
    /^dist\/[\w-]+\.js$/,
    /^dist\/types\/(client|contract|testing)\.d\.ts$/,
    /^dist\/third-party-licences\.txt$/,
    /^migrations\/\d{4}_\w+\.sql$/,
    /^(LICENSE|README\.md|package\.json)$/,
  ];
  expect(files.filter((path) => !kinds.some((kind) => kind.test(path)))).toEqual([]);
  expect(kinds.filter((kind) => !files.some((path) => kind.test(path)))).toEqual([]);
  expect(files.filter((path) => path.startsWith('migrations/'))).toHaveLength(
    readdirSync(join(repository, 'migrations')).length,
  );
});

it('is smaller than 580 kB', () => {
  expect(packed.size).toBeLessThan(580_000);
});

it('names no place of the machine that built it', () => {
  const places = [repository, homedir(), tmpdir()].filter((place) => place.length > 1).map((place) => `${place}/`);
  const telling = files.filter((path) => places.some((place) => textOf(path).includes(place)));
  expect(telling).toEqual([]);
  expect(files.filter((path) => textOf(path).includes('sourceMappingURL'))).toEqual([]);
});

it('imports only what it depends on', () => {
  const named = files
    .filter((path) => /\.(js|d\.ts)$/.test(path))
    .flatMap((path) => Array.from(textOf(path).matchAll(/(?:\bfrom ?|\bimport(?: |\())["']([\w@][\w@/.:-]*)["']/g)))
    .map(([, name = '']) => name)
    .filter((name) => !isBuiltin(name))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0]);
  expect([...new Set(named)].toSorted()).toEqual(Object.keys(manifest.dependencies).toSorted());
});

it('has the licence of every package that is bundled', () => {
  const text = textOf('dist/third-party-licences.txt');
  for (const name of ['hono', 'pino', 'zod', '@orpc/server', 'yaml', 'prom-client']) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\([\\w. -]+\\)\\n\\n\\S`, 'm'));
  }
});

it('needs the Node that its launcher asks for', () => {
  expect(textOf('bin/node-version.js')).toContain(`'${manifest.engines.node.replace('>=', '')}.0'`);
});
