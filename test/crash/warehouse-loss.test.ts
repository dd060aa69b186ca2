import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { waitForRun } from '../../src/client/wait.ts';
import { audit } from './audit.ts';
import { nextWarehousePid } from './child-pids.ts';
import { appendingSpec, endless } from './datasets.ts';
import { type FileHolder, holdFile } from './file-holder.ts';
import { happeningsOf } from './run-events.ts';
import { Sandbox } from './sandbox.ts';
import { register, runToEnd, startRun } from './start-run.ts';

const culprit = 'iceberg.loss.culprit';
const bystander = 'iceberg.loss.bystander';
const newcomer = 'iceberg.loss.newcomer';

const sandboxes: Sandbox[] = [];
const holders: FileHolder[] = [];
afterEach(async () => {
  await Promise.all(holders.splice(0).map((holder) => holder.release()));
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.dispose()));
});

function newSandbox(config?: string): Sandbox {
  const sandbox = new Sandbox(config);
  sandboxes.push(sandbox);
  return sandbox;
}

describe('a query that runs out of memory', () => {
  it('fails with the reason and publishes nothing, and other runs go on', async () => {
    const sandbox = newSandbox('warehouses: {default: {type: duckdb, memory_limit: 64MB}}\n');
    const { client, terminate } = await sandbox.startServer();
    const spec = appendingSpec({ name: culprit, rows: 50_000_000 }).replace('count(*)', 'len(list(range))');
    await client.workflow.register({ spec });
    await register(client, { name: bystander });
    const failing = await startRun(client, culprit);
    const beside = await startRun(client, bystander);
    const failed = await waitForRun(client, failing.run_id);
    expect(failed).toMatchObject({
      status: 'FAILED',
      published: false,
      error: { code: 'DLI-802', statement: 'query' },
    });
    expect(failed.error?.message).toMatch(/^out of memory/i);
    expect(await waitForRun(client, beside.run_id)).toMatchObject({ status: 'COMPLETED' });
    const after = await runToEnd(client, bystander);
    expect(after).toMatchObject({ status: 'COMPLETED' });
    await terminate();
    const runIds = [failing, beside, after].map((run) => run.run_id);
    expect(await audit(sandbox.dataDir, { runIds, failures: /out of memory/i })).toEqual([]);
  });
});

describe('a warehouse process that is killed three times under the same run', () => {
  it('fails that run with the reason, and the runs beside it go on', async () => {
    const sandbox = newSandbox();
    const server = await sandbox.startServer();
    const { client } = server;
    await register(client, { name: culprit }, { name: bystander }, { name: newcomer });
    const guilty = await startRun(client, culprit, { rows: endless });
    const innocent = await startRun(client, bystander, { rows: 100_000_000 });
    const ofGuilty = await happeningsOf(client, guilty);
    const ofInnocent = await happeningsOf(client, innocent);
    await ofInnocent.next('run.started');
    let pid: number | undefined;
    for (let death = 1; death <= 3; death += 1) {
      await ofGuilty.next('run.started');
      pid = await nextWarehousePid(server.pid, pid);
      process.kill(pid, 'SIGKILL');
      if (death < 3) await ofGuilty.next('run.lost');
      if (death === 1) await ofInnocent.next('run.lost');
    }
    const fresh = await startRun(client, newcomer);
    const failed = await waitForRun(client, guilty.run_id);
    expect(failed).toMatchObject({
      status: 'FAILED',
      published: false,
      attempt: 1,
      error: { code: 'DLI-802', message: 'The run took its warehouse process down three times' },
    });
    expect(await waitForRun(client, innocent.run_id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    expect(await waitForRun(client, fresh.run_id)).toMatchObject({ status: 'COMPLETED' });
    ofGuilty.close();
    ofInnocent.close();
    await server.terminate();
    const runIds = [guilty, innocent, fresh].map((run) => run.run_id);
    expect(await audit(sandbox.dataDir, { runIds })).toEqual([]);
  });
});

describe('a warehouse file that another program holds', () => {
  it('leaves the run PENDING with file and process named, and the run goes on when the file is free', async () => {
    const sandbox = newSandbox();
    const first = await sandbox.startServer();
    await register(first.client, { name: bystander });
    const before = await runToEnd(first.client, bystander);
    await first.terminate();
    const file = join(sandbox.dataDir, 'warehouse', 'iceberg.duckdb');
    const holder = await holdFile(file);
    holders.push(holder);

    const { client, terminate } = await sandbox.startServer();
    const waiting = await startRun(client, bystander);
    const happenings = await happeningsOf(client, waiting);
    await happenings.next('run.waiting');
    const run = await client.workflow.status({ run_id: waiting.run_id });
    expect(run).toMatchObject({ status: 'PENDING', attempt: 0, started_at: null });
    expect(run.reason).toContain(file);
    expect(run.reason).toContain(`(process ${holder.pid})`);
    await holder.release();
    expect(await waitForRun(client, waiting.run_id)).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    happenings.close();
    await terminate();
    expect(await audit(sandbox.dataDir, { runIds: [before.run_id, waiting.run_id] })).toEqual([]);
  });
});
