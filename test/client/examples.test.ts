import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BasecampClient } from '../../src/client/basecamp-client.ts';
import { contract } from '../../src/contract/contract.ts';
import { DliError } from '../../src/contract/errors.ts';
import { type RunningServer, startServer } from '../../src/server/start.ts';

const page = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8');

/** Each example with the heading that it stands under. */
const examples = page
  .split(/^#+ /m)
  .flatMap((section) =>
    [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map(
      ([, code = ''], index) => [`${section.slice(0, section.indexOf('\n'))} (${index + 1})`, code] as const,
    ),
  );

const dataset = 'iceberg.analytics.daily_clicks';
const spec = (query: string) => `name: ${dataset}
owner: x
team: t
pre_statements: [{name: create, sql: "CREATE TABLE IF NOT EXISTS ${dataset} (dt VARCHAR)"}]
query_statement: ${query}
parameters: [{name: execution_date, type: date, default: 2024-01-01}]
schedule: {cron: "0 9 * * *", notifications: {on_late: {after_minutes: 60, to: [{type: slack, channel: "#data"}]}}}
`;
const quick = spec(`INSERT INTO ${dataset} VALUES ('{{ execution_date }}')`);
const slow = spec('SELECT count(*) FROM range(3000000) a JOIN range(3000000) b ON (a.range * b.range) % 7 = 3');

let folder: string;
let server: RunningServer;
let client: BasecampClient;
/** The examples of tokens stand last: once there is one, every request needs one. */
let hasToken = false;

async function takeToken(): Promise<void> {
  if (hasToken) return;
  hasToken = true;
  const { token } = await client.token.create({ role: 'admin' });
  client = new BasecampClient({ url: server.url, apiKey: token });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dli-client-'));
  server = await startServer({ dataDir: join(folder, 'data'), port: 0, cwd: folder, env: {} });
  client = new BasecampClient({ url: server.url });
  // Some failures to follow.
  await client.workflow.register({
    spec: 'name: failing\nowner: x\nteam: t\nquery_statement: SELECT 1 / 0 FROM missing\n',
  });
  const failed = await client.workflow.run({ dataset: 'failing' });
  if ('run_id' in failed) await client.runs.wait(failed.run_id);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Makes what an example takes for granted; what it stops is still at work. */
async function prepare(code: string): Promise<{ readonly runId: string; readonly backfillId: string }> {
  const isStop = /\.(stop|resume)\(/.test(code);
  const { items } = await client.workflow.list({ dataset });
  if (items.length > 0) await client.workflow.unregister({ params: { dataset }, query: { force: true } });
  await client.workflow.register({ spec: isStop ? slow : quick });
  if (items[0]?.status === 'paused') await client.workflow.unpause({ dataset });
  if (/\.unpause\(/.test(code)) await client.workflow.pause({ dataset });
  const run = await client.workflow.run({ dataset });
  const backfill = await client.workflow.backfill({ dataset, start_date: '2024-01-01', end_date: '2024-01-02' });
  if (!('run_id' in run && 'backfill_id' in backfill)) return expect.unreachable('nothing was started');
  if (!isStop) await client.backfill.wait(backfill.backfill_id);
  if (/\.resume\(/.test(code)) await client.backfill.stop({ backfill_id: backfill.backfill_id });
  return { runId: run.run_id, backfillId: backfill.backfill_id };
}

type Example = (...given: unknown[]) => Promise<void>;

async function compile(code: string, names: readonly string[]): Promise<Example> {
  const plain = code.replaceAll(/^import .*$/gm, '').replaceAll('http://127.0.0.1:8081', server.url);
  const { code: script } = await transform(`async function example() {\n${plain}\n}`, { loader: 'ts' });
  const body = new Function(...names, `${script}\nreturn example();`);
  return async (...given) => body(...given);
}

describe('the page of the client', () => {
  it.each(examples)('has an example that works: %s', async (_, code) => {
    if (code.includes('client.token.')) await takeToken();
    const ids = await prepare(code);
    const given = { BasecampClient, DliError, client, ...ids, console: { log: () => undefined } };
    // Where an example makes a client, it makes its own.
    const names = Object.keys(given).filter((name) => !code.includes(`const ${name} =`));
    const example = await compile(code, names);
    await example(...names.map((name) => given[name as keyof typeof given]));
  });

  it('has an example of every method', () => {
    const code = examples.map(([, text]) => text).join('\n');
    const calls = Object.entries(contract).flatMap(([noun, each]) =>
      Object.keys(each).map((name) => `client.${noun}.${name}(`),
    );
    // The raw stream of a log has its example under `calls`.
    const own = ['client.runs.wait(', 'client.runs.followLog(', 'client.backfill.wait(', 'client.calls.events.follow('];
    const wanted = [...calls.filter((call) => call !== 'client.workflow.followLog('), ...own];
    expect([...wanted, 'client.calls.workflow.followLog('].filter((call) => !code.includes(call))).toEqual([]);
  });
});
