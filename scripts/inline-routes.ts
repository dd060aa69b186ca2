import type { Plugin } from 'esbuild';

/** Puts the values that `src/client/routes.ts` computes from the contract in its place, so that bundles carry no schemas. */
export const inlineRoutes: Plugin = {
  name: 'inline-routes',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]client[\\/]routes\.ts$/ }, async ({ path }) => {
      const computed: Readonly<Record<string, unknown>> = await import(path);
      const lines = Object.entries(computed).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`);
      return { contents: lines.join('\n'), loader: 'js' };
    });
  },
};
