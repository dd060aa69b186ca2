/** Bundles the command line and the child processes into dist/, so that a command starts by reading few, small files. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { inlineRoutes } from './inline-routes.ts';
import { lazyBuiltins } from './lazy-builtins.ts';
import { swapFolder } from './swap-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const entries = {
  cli: 'src/cli/process.ts',
  'duckdb-child': 'src/warehouses/duckdb/duckdb-child.ts',
  'compiler-child': 'src/compiler/compiler-child.ts',
};

// A rebuild must not take the files away from what runs meanwhile, and what the last build left is not to stay.
const temporary = mkdtempSync(join(root, '.build-'));
const fresh = join(temporary, 'dist');
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
const startedAt = performance.now();
const result = await build({
  absWorkingDir: root,
  entryPoints: entries,
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // Native code and WebAssembly find their files beside themselves, so they stay packages.
  external: ['@duckdb/node-api', 'minijinja-js', '@polyglot-sql/sdk'],
  // Bundled CommonJS packages call require for Node's own modules; an ES module has none.
  banner: { js: 'const require = (id) => process.getBuiltinModule(id);' },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [inlineRoutes, lazyBuiltins],
  metafile: true,
  logLevel: 'warning',
});
swapFolder(fresh, { place: join(root, 'dist'), aside: temporary });
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
process.stdout.write(
  `Built dist/ (${Object.keys(entries).join(', ')}; ${Math.round(bytes / 1024)} kB) in ${Math.round(performance.now() - startedAt)} ms\n`,
);
