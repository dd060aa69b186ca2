import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitForRun } from '../../src/client/wait.ts';
import { audit } from './audit.ts';
import { endless } from './datasets.ts';
import { happeningsOf } from './run-events.ts';
import { Sandbox } from './sandbox.ts';
import { register, runToEnd, startRun } from './start-run.ts';

const dataset = 'iceberg.start.table';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

describe('a damaged state file', () => {
  it.each([
    ['holds something else', (file: string) => writeFileSync(file, 'this was a shopping list\n'.repeat(1_000))],
    ['has lost its second half', (file: string) => truncateToHalf(file)],
    ['has garbage for its tables', (file: string) => spoilPage(file, 'migrations')],
    ['has garbage where the recovery looks', (file: string) => spoilPage(file, 'runs_status')],
  ])('that %s is DLI-505 at the start, with file and way out, and nothing is changed', async (_, damage) => {
    const server = await sandbox.startServer();
    await register(server.client, { name: dataset });
    await runToEnd(server.client, dataset);
    await server.terminate();
    const file = join(sandbox.dataDir, 'state.sqlite');
    damage(file);
    const damaged = readFileSync(file);
    const end = await sandbox.startingServer().ended;
    expect(end).toMatchObject({ exitCode: 1, signal: null, stdout: '' });
    expect(end.stderr).toMatch(/^Error \[DLI-505\]: The state file /);
    expect(end.stderr).toContain(file);
    expect(end.stderr).toContain('Restore it from a copy, or start with another data folder: dli server start --data');
    expect(end.stderr).not.toMatch(/^\s+at /m);
    expect(readFileSync(file).equals(damaged)).toBe(true);
  });
});

function truncateToHalf(file: string): void {
  const handle = openSync(file, 'r+');
  ftruncateSync(handle, Math.floor(statSync(file).size / 2));
  closeSync(handle);
}

/** Overwrites the first page of a table or an index; header and schema stay as they are. */
function spoilPage(file: string, name: string): void {
  const sqlite = new DatabaseSync(file, { readOnly: true });
  // The row has what the query names.
  const { rootpage, page_size } = sqlite
    .prepare('SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?')
    .get(name) as { rootpage: number; page_size: number };
  sqlite.close();
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(page_size, 0xa5), 0, page_size, (rootpage - 1) * page_size);
  closeSync(handle);
}

describe('a second server', () => {
  it('on the same data folder is DLI-502 with the process that has it, which goes on', async () => {
    const first = await sandbox.startServer();
    const end = await sandbox.startingServer().ended;
    expect(end).toMatchObject({ exitCode: 5, signal: null, stdout: '' });
    expect(end.stderr).toMatch(/^Error \[DLI-502\]: The data folder .* is in use by another server \(process \d+\)$/m);
    expect(end.stderr).toContain(`(process ${first.pid})`);
    await register(first.client, { name: dataset });
    expect(await runToEnd(first.client, dataset)).toMatchObject({ status: 'COMPLETED' });
  });

  it('may have the data folder as soon as the first was killed', async () => {
    const first = await sandbox.startServer();
    await first.kill();
    const second = await sandbox.startServer();
    await register(second.client, { name: dataset });
    expect(await runToEnd(second.client, dataset)).toMatchObject({ status: 'COMPLETED' });
  });

  it('on a taken port is DLI-503 and leaves its data folder free', async () => {
    const first = await sandbox.startServer();
    const { port } = new URL(first.url);
    const other = join(sandbox.folder, 'other');
    const end = await sandbox.dli(['server', 'start', '--port', port, '--data', other]).ended;
    expect(end).toMatchObject({ exitCode: 5, signal: null, stdout: '' });
    expect(end.stderr).toMatch(new RegExp(`^Error \\[DLI-503\\]: Port ${port} on 127.0.0.1 is taken$`, 'm'));
    expect(end.stderr).toContain('dli server start --port');
    const third = sandbox.dli(['server', 'start', '--port', '0', '--data', other]);
    await third.says(/Basecamp is ready/);
    expect(existsSync(join(other, 'state.sqlite'))).toBe(true);
  });
});

describe('SIGTERM while a query runs', () => {
  it('ends the server with exit 0, and the run goes on at the next start without a lost attempt', async () => {
    const server = await sandbox.startServer();
    await register(server.client, { name: dataset }, { name: `${dataset}2` });
    const long = await startRun(server.client, dataset, { rows: endless });
    const finite = await startRun(server.client, `${dataset}2`, { rows: 60_000_000 });
    for (const run of [long, finite]) {
      const happenings = await happeningsOf(server.client, run);
      await happenings.next('run.started');
      happenings.close();
    }
    const end = await server.terminate();
    expect(end).toMatchObject({ exitCode: 0, signal: null });
    expect(end.stderr).toContain('Stopping: waiting until the queries of 2 runs are cancelled; they go on at the next');

    const { client, terminate } = await sandbox.startServer();
    expect(await waitForRun(client, finite.run_id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    const happenings = await happeningsOf(client, long);
    for (const kind of ['run.started', 'run.waiting', 'run.started'] as const) await happenings.next(kind);
    happenings.close();
    expect(await client.workflow.stop({ run_id: long.run_id })).toMatchObject({ status: 'KILLED', attempt: 1 });
    await terminate();
    expect(await audit(sandbox.dataDir, { runIds: [long.run_id, finite.run_id] })).toEqual([]);
  });
});
