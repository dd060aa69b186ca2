import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { inlineRoutes } from '../../scripts/inline-routes.ts';
import { lazyBuiltins } from '../../scripts/lazy-builtins.ts';
import { routePrefix, routes } from '../../src/client/routes.ts';

async function bundle(entry: string, platform: 'neutral' | 'node') {
  const { metafile, outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform,
    mainFields: ['module', 'main'],
    plugins: platform === 'node' ? [inlineRoutes, lazyBuiltins] : [inlineRoutes],
    logLevel: 'silent',
  });
  const lazily = Object.values(metafile.inputs)
    .flatMap(({ imports }) => imports)
    .flatMap(({ kind, path }) => (kind === 'dynamic-import' ? [path] : []));
  return { inputs: Object.keys(metafile.inputs), lazily, text: outputFiles[0]?.text ?? '' };
}

async function load(text: string): Promise<Record<string, unknown>> {
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
}

it('carries the routes of the contract, as they are, in every bundle of the client', async () => {
  const { text } = await bundle('src/client/routes.ts', 'neutral');
  expect({ ...(await load(text)) }).toEqual({ routes, routePrefix });
  expect(routes['workflow.run']).toEqual({ method: 'POST', path: '/workflows/{dataset}/run', input: 'compact' });
});

it('leaves the schemas and everything of Node out of the client', async () => {
  const { inputs } = await bundle('src/client/basecamp-client.ts', 'neutral');
  expect(inputs.filter((input) => /node_modules\/zod|^builtin:|^node:/.test(input))).toEqual([]);
});

it('leaves the schemas out of the commands that only ask a server', async () => {
  const { inputs } = await bundle('src/cli/online-commands.ts', 'node');
  expect(inputs).toContain('src/cli/commands/list.ts');
  expect(inputs.filter((input) => /node_modules\/(zod|yaml)\//.test(input))).toEqual(
    // Read only where there is a dli.yaml.
    inputs.filter((input) => input.includes('node_modules/yaml/')),
  );
});

it('takes only what is used of a module of Node', async () => {
  const { text } = await bundle('src/cli/process.ts', 'node');
  expect(text).not.toMatch(/^import .* from ["']node:/m);
});

it('loads no bundled package with import(): one in CommonJS has no named exports there', async () => {
  const { lazily } = await bundle('src/cli/process.ts', 'node');
  const bundled = (path: string) => !/node_modules\/(minijinja-js|@polyglot-sql\/sdk|@duckdb\/node-api)\//.test(path);
  expect(lazily).toContain('src/cli/settings-file.ts');
  expect(lazily.filter((path) => path.includes('node_modules/')).filter(bundled)).toEqual([]);
});
