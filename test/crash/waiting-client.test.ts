import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followBackfill } from '../../src/client/wait.ts';
import { audit } from './audit.ts';
import { endless } from './datasets.ts';
import { happeningsOf } from './run-events.ts';
import { Sandbox } from './sandbox.ts';
import { register } from './start-run.ts';

const dataset = 'iceberg.wait.table';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

describe('the server gone in the middle of --wait', () => {
  it('ends `run --wait` with exit 6 and the command to look again, and the run goes on at the next start', async () => {
    const server = await sandbox.startServer();
    await register(server.client, { name: dataset });
    const params = ['-p', 'execution_date=2024-01-15', '-p', `rows=${endless}`];
    const waiting = sandbox.dli(['workflow', 'run', dataset, ...params, '--wait', '--server', server.url]);
    const [, runId = ''] = await waiting.says(/Run started: (\S+)/);
    const happenings = await happeningsOf(server.client, { run_id: runId });
    await happenings.next('run.started');
    await server.kill();

    const end = await waiting.ended;
    expect(end).toMatchObject({ exitCode: 6, signal: null });
    expect(end.stderr).toMatch(/^Error \[DLI-501\]: Cannot connect to server/m);
    expect(end.stderr).toContain(`the run goes on when it is back. Look again with: dli workflow status ${runId}`);

    const next = await sandbox.startServer();
    const after = await happeningsOf(next.client, { run_id: runId });
    await after.next('run.lost');
    await after.next('run.started');
    const status = await sandbox.dli(['workflow', 'status', runId, '--server', next.url]).ended;
    expect(status).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^Status: RUNNING/) });
    expect(await next.client.workflow.stop({ run_id: runId })).toMatchObject({ status: 'KILLED', published: false });
    after.close();
    await next.terminate();
    const told = { runIds: [runId], ended: new Map([[runId, 'KILLED']]) };
    expect(await audit(sandbox.dataDir, told)).toEqual([]);
  });

  it('ends `backfill --wait` with exit 6, and the backfill goes on where it was', async () => {
    const server = await sandbox.startServer();
    await register(server.client, { name: dataset, rows: 6_000_000 });
    const range = ['-s', '2024-01-01', '-e', '2024-01-20'];
    const waiting = sandbox.dli(['workflow', 'backfill', dataset, ...range, '--wait', '--server', server.url]);
    await waiting.says(/Backfill started for 20 dates/);
    const [begun] = (await server.client.backfill.list({})).items;
    const backfillId = begun?.backfill_id ?? '';
    const happenings = await happeningsOf(server.client, { backfill_id: backfillId });
    for (let date = 0; date < 3; date += 1) await happenings.next('run.completed');
    await server.kill();

    const end = await waiting.ended;
    expect(end).toMatchObject({ exitCode: 6, signal: null });
    expect(end.stderr).toMatch(/^Error \[DLI-501\]: Cannot connect to server/m);
    expect(end.stderr).toContain(`Look again with: dli workflow backfill-status ${backfillId}`);

    const next = await sandbox.startServer();
    const status = await sandbox.dli(['workflow', 'backfill-status', backfillId, '--server', next.url]).ended;
    expect(status).toMatchObject({ exitCode: 0, stderr: '' });
    const done = await followBackfill(next.client, backfillId);
    expect(done).toMatchObject({ status: 'COMPLETED', counts: { COMPLETED: 20 } });
    const { items } = await next.client.workflow.history({ dataset_name: dataset });
    await next.terminate();
    const backfills = [{ backfillId, runIds: items.map((run) => run.run_id) }];
    expect(await audit(sandbox.dataDir, { runIds: [], backfills })).toEqual([]);
  });
});
