import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BasecampClient } from '../../src/client/basecamp-client.ts';
import { DliError } from '../../src/contract/errors.ts';
import { audit } from './audit.ts';
import { endless } from './datasets.ts';
import { happeningsOf } from './run-events.ts';
import { Sandbox } from './sandbox.ts';
import { register, startRun } from './start-run.ts';

const quick = 'iceberg.stop.quick';
const posting = 'iceberg.stop.posting';

/** How often each answer has to come before the race counts as run; DLI_CRASH_ROUNDS multiplies it. */
const rounds = Number(process.env.DLI_CRASH_ROUNDS ?? 1);
const wanted = 12 * rounds;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

describe('a stop at the very moment of the commit', () => {
  it.each([
    ['with nothing after it', quick],
    ['with a post-statement after it', posting],
  ])(
    '%s is answered with KILLED and nothing published, or DLI-807 and published once',
    { timeout: 30_000 * rounds },
    async (_, dataset) => {
      const server = await sandbox.startServer();
      await register(server.client, { name: quick, rows: 300_000 }, { name: posting, rows: 300_000, posts: true });
      const ended = new Map<string, string>();
      const counts: Record<string, number> = { KILLED: 0, COMPLETED: 0 };
      // The stop comes later after each that was early and earlier after each that was late, so it stays at the commit.
      for (let delayMs = 0; Math.min(...Object.values(counts)) < wanted && ended.size < 40 * wanted; ) {
        const run = await startRun(server.client, dataset);
        const happenings = await happeningsOf(server.client, { run_id: run.run_id });
        await happenings.next('run.started');
        happenings.close();
        if (delayMs >= 1) await pause(delayMs);
        const answer = await stopAnswer(server.client, run.run_id);
        ended.set(run.run_id, answer);
        counts[answer] = (counts[answer] ?? 0) + 1;
        delayMs = Math.max(0, delayMs + (answer === 'KILLED' ? 1.5 : -1.5));
      }
      expect(Math.min(...Object.values(counts)), JSON.stringify(counts)).toBeGreaterThanOrEqual(wanted);
      await server.terminate();
      const told = { runIds: [...ended.keys()], ended, posting: [posting] };
      expect(await audit(sandbox.dataDir, told)).toEqual([]);
    },
  );
});

/** Stops a run and tells which end the answer names. @throws for any other answer */
async function stopAnswer(client: BasecampClient, runId: string): Promise<string> {
  try {
    const { status, published } = await client.workflow.stop({ run_id: runId });
    expect({ status, published }).toEqual({ status: 'KILLED', published: false });
    return status;
  } catch (error) {
    if (!(error instanceof DliError)) throw error;
    expect(error.code).toBe('DLI-807');
    const { status, published } = await client.workflow.status({ run_id: runId });
    expect({ status, published }).toEqual({ status: 'COMPLETED', published: true });
    expect(error.message).toContain(status);
    return status;
  }
}

describe('two clients that stop the same run', () => {
  it('both learn that it is KILLED, and it is killed once', async () => {
    const server = await sandbox.startServer();
    await register(server.client, { name: quick });
    const { run_id: runId } = await startRun(server.client, quick, { rows: endless });
    const happenings = await happeningsOf(server.client, { run_id: runId });
    await happenings.next('run.started');
    const stop = () => sandbox.dli(['workflow', 'stop', runId, '--server', server.url]).ended;
    const answers = await Promise.all([stop(), stop()]);
    // Who comes after its end is told so.
    for (const { exitCode, stdout, stderr } of answers) {
      expect([0, 5]).toContain(exitCode);
      expect(stdout + stderr).toMatch(exitCode === 0 ? /^Run stopped: / : /^Error \[DLI-807\]: .* KILLED\b/m);
    }
    expect(answers.map(({ exitCode }) => exitCode)).toContain(0);
    happenings.close();
    await server.terminate();
    const told = { runIds: [runId], ended: new Map([[runId, 'KILLED']]) };
    expect(await audit(sandbox.dataDir, told)).toEqual([]);
  });
});
