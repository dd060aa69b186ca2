import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DliError } from '../../src/contract/errors.ts';
import { audit } from './audit.ts';
import { appendingSpec } from './datasets.ts';
import { drained } from './drained.ts';
import { Sandbox, type ServerProcess } from './sandbox.ts';
import { register, runToEnd, startRun } from './start-run.ts';

/*
 * A limit of file sizes stands in for a full disk, because anybody can set one, on Linux and macOS: a write beyond it fails
 * with an error of the system as on a full disk. (Node ignores the signal that comes with it.) SQLite's write-ahead log is
 * the file that grows; it begins anew after a checkpoint, so that is how space comes back.
 */
const fileBlocks = 2_048;
const dataset = 'iceberg.disk.table';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

/** Triggers runs until one is refused, and returns the ids of the others with the refusal. */
async function triggerUntilRefused({ client }: ServerProcess): Promise<{ runIds: string[]; refusal: DliError }> {
  const runIds: string[] = [];
  for (let trigger = 0; trigger < 2_000; trigger += 1) {
    try {
      runIds.push((await startRun(client, dataset)).run_id);
    } catch (error) {
      if (!(error instanceof DliError)) throw error;
      return { runIds, refusal: error };
    }
  }
  throw new Error('the disk never filled');
}

/** The same by command: what was refused together with other writes may fit alone. Adds the runs that were accepted to `runIds`. */
async function runUntilRefused({ url }: ServerProcess, runIds: string[]) {
  const command = ['workflow', 'run', dataset, '-p', 'execution_date=2024-01-15', '--server', url];
  for (let trigger = 0; trigger < 200; trigger += 1) {
    const ended = await sandbox.dli(command).ended;
    const accepted = /^Run started: (\S+)/.exec(ended.stdout)?.[1];
    if (accepted === undefined) return ended;
    runIds.push(accepted);
  }
  throw new Error('the disk never filled');
}

function expectRefusal(error: unknown): void {
  expect(error).toMatchObject({ code: 'DLI-500', message: expect.stringMatching(/nothing was changed/) });
}

/**
 * Registers datasets until one is refused, and updates one until that is refused: smaller writes than a run's may still
 * fit. Their files are small enough to be written. Returns the revisions that were accepted last, by dataset.
 */
async function registerUntilRefused({ client }: ServerProcess): Promise<ReadonlyMap<string, string>> {
  const accepted = new Map<string, string>();
  const tryAll = async (attempt: (index: number) => Promise<{ dataset_name: string; revision: string }>) => {
    for (let index = 0; index < 1_000; index += 1) {
      const answer = await attempt(index).catch(expectRefusal);
      if (!answer) return;
      accepted.set(answer.dataset_name, answer.revision);
    }
    throw new Error('the disk never filled');
  };
  await tryAll((index) => client.workflow.register({ spec: appendingSpec({ name: `${dataset}_${index}` }) }));
  await tryAll((index) => client.workflow.update({ dataset, spec: appendingSpec({ name: dataset, rows: index + 2 }) }));
  return accepted;
}

/** Moves what is in the write-ahead log into the database, from another process as an operator would. */
function freeSpace(): void {
  const sqlite = new DatabaseSync(join(sandbox.dataDir, 'state.sqlite'), { timeout: 10_000 });
  sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  sqlite.close();
}

/** On a full disk the server cannot write its log either. */
function fillLog(): void {
  mkdirSync(sandbox.dataDir);
  const log = openSync(join(sandbox.dataDir, 'basecamp.log'), 'a');
  ftruncateSync(log, fileBlocks * 1_024);
  closeSync(log);
}

describe('a full disk', () => {
  it('refuses triggers with the reason, leaves nothing half done, and goes on when there is space', async () => {
    fillLog();
    const server = await sandbox.startServer({ fileBlocks });
    await register(server.client, { name: dataset });
    const { revision } = await server.client.workflow.show({ dataset });
    const { runIds, refusal } = await triggerUntilRefused(server);
    expect(refusal).toMatchObject({
      code: 'DLI-500',
      message: expect.stringMatching(/^The server cannot write its state, so nothing was changed: /),
      hints: [expect.stringMatching(/^Free space on the disk of the data folder/)],
    });
    const refused = await runUntilRefused(server, runIds);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^Error \[DLI-500\]: The server cannot write its state, so nothing was changed: /);
    const accepted = new Map([[dataset, revision], ...(await registerUntilRefused(server))]);
    expect(runIds).toContain((await server.client.workflow.history({ limit: 1 })).items[0]?.run_id);

    freeSpace();
    runIds.push((await runToEnd(server.client, dataset)).run_id);
    await drained(server.client, 60_000);
    await server.terminate();

    const next = await sandbox.startServer();
    const { items } = await next.client.workflow.list({});
    expect(new Map(items.map((item) => [item.dataset_name, item.revision]))).toEqual(accepted);
    await next.terminate();
    expect(await audit(sandbox.dataDir, { runIds })).toEqual([]);
  });

  it('fails a run whose table does not fit, with the file named and nothing published, and others go on', async () => {
    const { client, terminate } = await sandbox.startServer({ fileBlocks });
    const large = 'iceberg.disk.large';
    const spec = appendingSpec({ name: large }).replace(
      /SELECT .*/,
      "SELECT '{{ run_id }}', sha256(range::VARCHAR), range FROM range(200000)",
    );
    await client.workflow.register({ spec });
    await register(client, { name: dataset });
    const failed = await runToEnd(client, large);
    expect(failed).toMatchObject({ status: 'FAILED', published: false, error: { code: 'DLI-802' } });
    expect(failed.error?.message).toContain(join('warehouse', 'iceberg.duckdb'));
    const after = await runToEnd(client, dataset);
    expect(after).toMatchObject({ status: 'COMPLETED' });
    await terminate();
    const runIds = [failed.run_id, after.run_id];
    expect(await audit(sandbox.dataDir, { runIds, failures: /Could not write file/ })).toEqual([]);
  });
});
