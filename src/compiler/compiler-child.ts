// The child process of `compiler.ts`: users' templates and SQL are rendered, parsed and translated here, never in the server.
import { setFlagsFromString } from 'node:v8';
import { serveParent } from '../child/serve.ts';
import { type CheckInput, checkSpec } from '../spec/check.ts';
import { type CompileInput, compileRun } from '../spec/compile.ts';
import { type CompareInput, compareSql } from '../spec/sql-comparison.ts';
import { createTranspiler } from '../spec/transpiler.ts';
import type { ChildState } from './child-state.ts';

// V8 would compile the hot parts of the SQL engine a second time, optimized: that takes up to 600 MB and a core for a minute,
// for calls that `translation-memory.ts` makes rare (measured: 770 MB at the peak, 125 MB without).
setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');
// Bounds the memory of a template: 8,192 pages of 64 KiB are 512 MiB.
setFlagsFromString('--wasm-max-mem-pages=8192');

const transpiler = createTranspiler();

type Notify = (state: ChildState) => void;

async function answer<Result>(work: (onCrash: () => void) => Promise<Result>, notify: Notify): Promise<Result> {
  let crashed = false;
  try {
    return await work(() => {
      crashed = true;
    });
  } finally {
    notify({ residentBytes: process.memoryUsage.rss(), crashed });
  }
}

serveParent({
  load: ({ sql }: { readonly sql: boolean }) => transpiler.load({ sql }),
  check: (input: CheckInput, notify: Notify) => answer((onCrash) => checkSpec(input, { onCrash }), notify),
  compare: (input: CompareInput, notify: Notify) => answer((onCrash) => compareSql(input, { onCrash }), notify),
  compile: (input: CompileInput, notify: Notify) =>
    answer((onCrash) => compileRun(input, { transpiler, onCrash }), notify),
});
