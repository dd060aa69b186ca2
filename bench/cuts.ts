import { join } from 'node:path';
import { BasecampClient } from '../src/client/basecamp-client.ts';
import { migrate } from '../src/store/migrate.ts';
import { appendLogs } from '../src/store/queries/logs.ts';
import { insertRun } from '../src/store/queries/runs.ts';
import { Database } from '../src/store/sqlite.ts';
import { type CuttingProxy, startCuttingProxy } from '../test/fakes/cutting-proxy.ts';
import type { Figure } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';

const cuts = 100;
const lines = 10_000;
const dataset = 'iceberg.bench.cut';
const lineText = (index: number) => `statement_${index}: INSERT ${index} rows in 1.0 ms`;

/** What a follower got against what there was. */
interface Tally {
  readonly lost: number;
  readonly repeated: number;
}

/** Counts what is lost or repeated while the connection is cut 100 times during a long log, and again during a backfill. */
export async function measureCuts(): Promise<readonly Figure[]> {
  let runId = '';
  const server = await startBenchServer({
    prepare: async (dataDir) => {
      runId = await storeLongLog(dataDir);
    },
  });
  try {
    const log = await cutOff(server, [9_000, 2_500], (client) => followLog(client, runId));
    const backfill = await cutOff(server, [1_100, 400], (client) => followBackfill(client, server));
    return [
      figureOf(`lines of a ${lines.toLocaleString('en')}-line log`, log),
      figureOf('events of a 181-date backfill', backfill),
    ];
  } finally {
    await server.close();
  }
}

function figureOf(what: string, { tally, proxy, ms }: Awaited<ReturnType<typeof cutOff>>): Figure {
  return {
    what: `${what} lost or repeated, connection cut ${cuts} times`,
    value: tally.lost + tally.repeated,
    unit: '',
    goal: { at: 'most', value: 0 },
    baseline: null,
    note: `${proxy.cuts()} cuts, ${tally.lost} lost, ${tally.repeated} repeated, ${(ms / 1000).toFixed(1)} s`,
  };
}

/** Runs `follow` with a client whose connections are cut after `least` to `least + spread` bytes each, 100 times. */
async function cutOff(
  { url }: BenchServer,
  [least, spread]: readonly [number, number],
  follow: (client: BasecampClient) => Promise<Tally>,
): Promise<{ readonly tally: Tally; readonly proxy: CuttingProxy; readonly ms: number }> {
  const proxy = await startCuttingProxy(url, (done) => (done < cuts ? least + ((done * 977) % spread) : undefined));
  const startedAt = performance.now();
  const tally = await follow(new BasecampClient({ url: proxy.url, actor: 'bench' }));
  await proxy.close();
  if (proxy.cuts() < cuts) throw new Error(`the connection was cut only ${proxy.cuts()} times`);
  return { tally, proxy, ms: performance.now() - startedAt };
}

/** Puts a run that has ended, with its log, into the state of a server that starts later. */
async function storeLongLog(dataDir: string): Promise<string> {
  const database = new Database(join(dataDir, 'state.sqlite'));
  migrate(database);
  // What has ended long ago is forgotten.
  const now = Date.now();
  const runId = await database.write((transaction) => {
    const run = insertRun(transaction, {
      runUid: '00000000-0000-7000-8000-000000000001',
      dataset,
      sourceType: 'manual',
      runType: 'adhoc',
      executionDate: null,
      params: {},
      revision: 'bench',
      warehouse: 'default',
      logicalAt: now,
      maxAttempts: 1,
      held: false,
      backfillId: null,
      triggeredBy: 'bench',
      createdAt: now,
    });
    const written = Array.from({ length: lines }, (_, index) => ({
      attempt: 1,
      at: now + index,
      line: lineText(index),
    }));
    appendLogs(transaction, run.runUid, written);
    transaction.run(`UPDATE runs SET status = 'COMPLETED', attempt = 1, started_at = ?1, finished_at = ?1`, [now]);
    return run.runId;
  });
  database.close();
  return runId;
}

async function followLog(client: BasecampClient, runId: string): Promise<Tally> {
  const seen: string[] = [];
  for await (const { line } of await client.runs.followLog(runId)) seen.push(line);
  return tallyOf(
    seen,
    Array.from({ length: lines }, (_, index) => lineText(index)),
  );
}

/** Long enough for a hundred connections, each of which takes a few milliseconds to be opened again. */
const slowQuery = "SELECT '{{ execution_date }}', sum(hash(range)) FROM range(3000000)";

/** Starts a backfill and follows its events and its end over connections that break; what there was is read without them. */
async function followBackfill(client: BasecampClient, server: BenchServer): Promise<Tally> {
  const spec = `name: ${dataset}\nowner: bench@example.com\nteam: "@bench"\nquery_statement: ${slowQuery}
parameters: [{name: execution_date, type: date, required: true}]\n`;
  await server.client.workflow.register({ spec });
  const events = await client.events.follow({ dataset_name: dataset });
  const started = await server.client.workflow.backfill({ dataset, start_date: '2024-01-01', end_date: '2024-06-29' });
  if (!('backfill_id' in started)) throw new Error('no backfill was started');
  const seen: number[] = [];
  const ended = client.backfill.wait(started.backfill_id);
  for await (const { seq, kind } of events) {
    seen.push(seq);
    if (kind === 'backfill.completed') break;
  }
  if ((await ended).counts.COMPLETED !== 181) throw new Error('the backfill did not complete');
  const stored: number[] = [];
  for await (const { seq, kind } of await server.client.events.follow({ dataset_name: dataset, after: 0 })) {
    if (kind !== 'workflow.registered') stored.push(seq);
    if (kind === 'backfill.completed') break;
  }
  return tallyOf(seen, stored);
}

function tallyOf<Item>(seen: readonly Item[], expected: readonly Item[]): Tally {
  const got = new Set(seen);
  return { lost: expected.filter((item) => !got.has(item)).length, repeated: seen.length - got.size };
}
