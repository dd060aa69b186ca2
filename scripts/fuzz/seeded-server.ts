import { BasecampClient } from '../../src/client/basecamp-client.ts';
import { waitForRun } from '../../src/client/wait.ts';
import { type RunningServer, startServer } from '../../src/server/start.ts';

/** What a fuzzed request may name, so that it reaches more than "not found". */
export interface Seeds {
  readonly datasets: readonly string[];
  /** Only these are updated, with the first of `specs`, and no request unregisters them on purpose. */
  readonly updated: readonly string[];
  readonly runs: readonly string[];
  readonly backfills: readonly string[];
  readonly specs: readonly string[];
  /** An admin's: from the first token on every request needs one. */
  readonly token: string;
}

const spec = (name: string) => `name: ${name}
owner: me@example.com
team: "@data"
description: 하루 클릭 🚀
parameters:
  - {name: execution_date, type: date, default: 2024-01-01}
  - {name: city, type: string, default: ""}
pre_statements:
  - {name: create, sql: "CREATE TABLE IF NOT EXISTS ${name} (dt DATE, n DECIMAL(38, 2), t TIMESTAMP, l BIGINT[])"}
query_statement: |
  INSERT INTO ${name} SELECT {{ execution_date | sql_date }}, 12345678901234567890.12, now(), [9007199254740993]
  {% if ds == '2024-01-02' %} WHERE error('no clicks that day') IS NULL {% endif %}
schedule: {cron: "0 9 * * *", timezone: Asia/Seoul}
`;

/** Starts a real server with workflows that have run, failed and been backfilled. */
export async function startSeededServer(dataDir: string): Promise<{ server: RunningServer; seeds: Seeds }> {
  const server = await startServer({ dataDir, port: 0, cwd: dataDir, env: {} });
  const client = new BasecampClient({ url: server.url });
  // Requests that unregister one leave the others.
  const datasets = Array.from({ length: 20 }, (_, index) => `fuzz.clicks.daily_${index}`);
  const runs: string[] = [];
  const backfills: string[] = [];
  for (const [index, dataset] of datasets.entries()) {
    await client.workflow.register({ spec: spec(dataset) });
    if (index >= 4) continue;
    const params = { execution_date: `2024-01-0${(index % 2) + 1}` };
    const run = await client.workflow.run({ dataset, params });
    if ('run_uid' in run) runs.push((await waitForRun(client, run.run_id)).run_id);
    const backfill = await client.workflow.backfill({ dataset, start_date: '2024-01-01', end_date: '2024-01-04' });
    if ('backfill_id' in backfill) backfills.push(backfill.backfill_id);
  }
  const updated = 'fuzz.clicks.updated';
  const specs = [spec(updated), spec('fuzz.clicks.new')];
  await client.workflow.register({ spec: spec(updated) });
  const { token } = await client.token.create({ name: 'fuzzer', role: 'admin' });
  return { server, seeds: { datasets, updated: [updated], runs, backfills, specs, token } };
}
