import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Takes Node's own modules with `process.getBuiltinModule`. An `import` reads every export of theirs once, and some are
 * expensive to read: node:http has WebSocket, which loads all of fetch (30 ms). And an ES module has no `require`, which
 * bundled CommonJS packages call.
 */
export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      isBuiltin(path) && (kind === 'import-statement' || kind === 'require-call')
        ? { path, namespace: 'builtin', sideEffects: false }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};
