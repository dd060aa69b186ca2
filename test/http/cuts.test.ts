import { describe, expect, it, onTestFinished } from 'vitest';
import { BasecampClient } from '../../src/client/basecamp-client.ts';
import { readEvents } from '../../src/store/queries/events.ts';
import { appendLogs } from '../../src/store/queries/logs.ts';
import { storeRun } from '../../src/store/store-fixture.suite.ts';
import { startCuttingProxy } from '../fakes/cutting-proxy.ts';
import { Api, datedSpec } from './api.ts';
import { serve } from './serve.ts';

/** A client whose first `cuts` connections break, each at another place in what the server sends. */
async function cutOff(api: Api, cuts: number) {
  const { url } = await serve(api);
  const proxy = await startCuttingProxy(url, (done) => (done < cuts ? 1_800 + ((done * 977) % 3_000) : undefined));
  onTestFinished(proxy.close);
  return { client: new BasecampClient({ url: proxy.url, actor: 'test' }), proxy };
}

describe('a client whose connection is cut again and again', () => {
  it('gets each line of a growing log once, and the run at its end', async () => {
    const api = new Api();
    const { client, proxy } = await cutOff(api, 20);
    const { runId, runUid } = await storeRun(api.database, { held: true });
    const expected = Array.from({ length: 2_000 }, (_, index) => `line ${index + 1}`);
    const write = (lines: readonly string[]) =>
      api.database.write((transaction) =>
        appendLogs(
          transaction,
          runUid,
          lines.map((line) => ({ attempt: 1, at: 0, line })),
        ),
      );
    await write(expected.slice(0, 500));
    const log = await client.runs.followLog(runId);
    const seen: string[] = [];
    let step = await log.next();
    for (; !step.done; step = await log.next()) {
      seen.push(step.value.line);
      if (seen.length % 250 === 0) await write(expected.slice(seen.length + 250, seen.length + 500));
      if (seen.length === expected.length) await client.workflow.stop({ run_id: runId });
    }
    expect(seen).toEqual(expected);
    expect(step.value).toMatchObject({ run_id: runId, status: 'KILLED' });
    expect(proxy.cuts()).toBeGreaterThanOrEqual(20);
  });

  it('gets each event of a backfill once, and the backfill as it ended', async () => {
    const api = new Api();
    await api.register(datedSpec('a'));
    await api.engine.start();
    const { client, proxy } = await cutOff(api, 20);
    const events = await client.events.follow({ dataset_name: 'a' });
    const started = await client.workflow.backfill({ dataset: 'a', start_date: '2024-01-01', end_date: '2024-03-20' });
    const backfillId = 'backfill_id' in started ? started.backfill_id : '';
    const seen: number[] = [];
    const [ended] = await Promise.all([
      client.backfill.wait(backfillId),
      (async () => {
        for await (const { seq, kind } of events) {
          seen.push(seq);
          if (kind === 'backfill.completed') break;
        }
      })(),
    ]);
    expect(ended).toMatchObject({ status: 'COMPLETED', counts: { COMPLETED: 80 } });
    const stored = readEvents(api.database, { after: 1, filter: {}, limit: 2_000 });
    expect(seen).toEqual(stored.map(({ seq }) => seq));
    expect(stored.length).toBeGreaterThan(100);
    expect(proxy.cuts()).toBeGreaterThanOrEqual(20);
  });
});
