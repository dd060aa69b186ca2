/** `npm run demo`: the example's datasets on a real server in a temporary folder, told in real commands, checked at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkResult } from './demo/checks.ts';
import { DemoFault } from './demo/demo-fault.ts';
import type { DemoServer } from './demo/server.ts';
import { tellStory } from './demo/story.ts';
import { printHeading, printText, style } from './demo/terminal.ts';

const startedAt = performance.now();
const folder = mkdtempSync(join(tmpdir(), 'dli-demo-'));
const servers: DemoServer[] = [];
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
// A terminal that is closed, or a pipe whose reader has gone, ends the demo as Ctrl-C does.
process.stdout.on('error', () => interrupt.abort());

try {
  const done = await tellStory({
    folder,
    signal: interrupt.signal,
    onServer: (server) => servers.push(server),
  });
  printHeading('11. Check');
  const holds = await checkResult(done);
  if (holds) tellEnd();
  else process.exitCode = 1;
} catch (error) {
  if (!interrupt.signal.aborted && !(error instanceof DemoFault)) throw error;
  printText('', interrupt.signal.aborted ? 'Interrupted.' : style('red', `The demo stopped: ${String(error)}`));
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
} finally {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

function tellEnd(): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  printText('', `All of it in ${seconds} seconds. The server is stopped and its folder removed.`);
  printHeading('Go on by hand');
  printText(
    'In one terminal:',
    '  npx dli server start --config examples/flights/basecamp.yaml',
    'In another:',
    '  npx dli workflow register iceberg.analytics.daily_flights',
    '  npx dli workflow backfill iceberg.analytics.daily_flights \\',
    '      -s 2001-01-01 -e 2001-06-30 --wait',
    '  npx dli workflow --help',
  );
}
