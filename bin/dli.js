#!/usr/bin/env node
// Plain JavaScript that any Node with modules can parse; everything else is in dist/, loaded when this Node will do.
import { unsupportedNode } from './node-version.js';

const complaint = unsupportedNode(process.versions.node);
if (complaint === undefined) void start().then(endWith, fail);
else {
  process.stderr.write(`${complaint}\n`);
  endWith(2);
}

async function start() {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { runProcess } = await import('../dist/cli.js');
  return runProcess(process, (exitCode) => process.exit(exitCode));
}

function endWith(exitCode) {
  process.exitCode = exitCode;
}

function fail(error) {
  const isMissing = error.code === 'ERR_MODULE_NOT_FOUND' && String(error.url).endsWith('/dist/cli.js');
  process.stderr.write(
    isMissing ? 'dli is not built yet: run `npm run build`\n' : `dli cannot start: ${error.message}\n`,
  );
  endWith(1);
}
