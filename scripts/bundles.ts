/** How the package's JavaScript is bundled; each function writes into `outdir` and tells what went in. */
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { englishZod } from './english-zod.ts';
import { inlineRoutes } from './inline-routes.ts';
import { lazyBuiltins } from './lazy-builtins.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is bundled, by the file's name in dist/. Everything here shares its chunks, so `DliError` is one class in all of it. */
export const entries = {
  cli: 'src/cli/process.ts',
  'duckdb-child': 'src/warehouses/duckdb/duckdb-child.ts',
  'compiler-child': 'src/compiler/compiler-child.ts',
  client: 'src/entries/client.ts',
  testing: 'src/entries/testing.ts',
};

const common = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** Bundles the command line, the child processes, the client and the test server. `plugins` go before the package's own. */
export async function bundlePrograms(outdir: string, plugins: readonly Plugin[] = []): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    entryPoints: entries,
    outdir,
    // Native code and WebAssembly find their files beside themselves, so they stay packages.
    external: ['@duckdb/node-api', 'minijinja-js', '@polyglot-sql/sdk'],
    plugins: [...plugins, englishZod, inlineRoutes, lazyBuiltins],
  });
  return metafile;
}

/** Bundles the contract. Its zod is the one of whoever imports it, so that schemas can be combined. */
export async function bundleContract(outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    entryPoints: { contract: 'src/entries/contract.ts' },
    outdir,
    packages: 'external',
  });
  return metafile;
}
