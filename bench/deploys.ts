import { spawn } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowDeploy } from '../src/contract/deploys.ts';
import { type Figure, quantile } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';

const count = 1_000;
const binary = new URL('../bin/dli.js', import.meta.url).pathname;

/** Specs of a usual size, each with SQL of its own in a file. */
const specs = Array.from({ length: count }, (_, index) => specOf(index, 7));

function specOf(index: number, hour: number) {
  const name = `iceberg.bench.set_${String(index).padStart(4, '0')}`;
  return {
    file_name: `specs/dataset.${name}.yaml`,
    spec: `name: ${name}
type: Dataset
owner: engineer@example.com
team: "@data-engineering"
description: Clicks of each user on a day, number ${index}
tags: [daily]
query_file: set_${index}.sql
pre_statements:
  - {name: delete_partition, sql: "DELETE FROM ${name} WHERE dt = {{ execution_date | sql_date }}"}
parameters:
  - {name: execution_date, type: date, required: true}
  - {name: lookback_days, type: integer, required: false, default: ${index % 30}}
schedule: {cron: "${index % 60} ${hour} * * *", timezone: Asia/Seoul, retry: {max_attempts: 3}}
`,
    files: {
      [`set_${index}.sql`]: `INSERT INTO ${name} (dt, user_id, clicks, place)
WITH recent AS (
  SELECT user_id, count(*) AS clicks
  FROM iceberg.raw.events_${index % 100}
  WHERE kind = 'click' AND dt BETWEEN {{ date_sub(execution_date, lookback_days) | sql_date }} AND {{ execution_date | sql_date }}
  GROUP BY user_id
)
SELECT {{ execution_date | sql_date }}, user_id, clicks, row_number() OVER (ORDER BY clicks DESC)
FROM recent
LEFT JOIN iceberg.raw.users USING (user_id)
WHERE clicks > ${index}
`,
    },
  };
}

/** Measures deploys over HTTP: of new specs, of none that changed, of one, and how long others wait meanwhile. */
export async function measureDeploys(): Promise<readonly Figure[]> {
  const server = await startBenchServer();
  try {
    const watch = watchVersion(server);
    const fresh = await deploy(server, specs, { new: count });
    const waits = await watch.end();
    const one = [specOf(0, 9), ...specs.slice(1)];
    const changed = await deploy(server, one, { changed: 1 });
    const same = await deploy(server, one, { changed: 0 });
    return [
      {
        what: `deploy of ${count} new specs over HTTP`,
        value: fresh / 1_000,
        unit: 's',
        goal: { at: 'most', value: 10 },
        baseline: { what: `bare ${count} files, written and synced one by one`, value: bareFiles() / 1_000, unit: 's' },
        note: `others wait for GET /version meanwhile: median ${Math.round(quantile(waits, 0.5))} ms, slowest ${Math.round(quantile(waits, 1))} ms`,
      },
      { what: `… one changed of ${count}`, value: changed, unit: 'ms', goal: null, baseline: null },
      { what: '… none changed', value: same, unit: 'ms', goal: null, baseline: null },
      {
        what: '… none changed, by dli workflow deploy',
        value: await byCommand(server, one),
        unit: 'ms',
        goal: null,
        baseline: null,
      },
    ];
  } finally {
    await server.close();
  }
}

async function deploy(
  { client }: BenchServer,
  sent: typeof specs,
  expected: Partial<Record<WorkflowDeploy['changes'][number]['change'], number>>,
): Promise<number> {
  const startedAt = performance.now();
  const { changes } = await client.workflow.deploy({ specs: sent, commit: { sha: 'abc1234' } });
  const ms = performance.now() - startedAt;
  for (const [word, wanted] of Object.entries(expected)) {
    const found = changes.filter(({ change }) => change === word).length;
    if (found !== wanted) throw new Error(`${found} ${word}, not ${wanted}`);
  }
  return ms;
}

/** Asks for the version, one request after the other, until it is told to end; gives how long each took. */
function watchVersion({ client }: BenchServer): { readonly end: () => Promise<readonly number[]> } {
  const ms: number[] = [];
  let isOver = false;
  const asked = (async () => {
    while (!isOver) {
      const startedAt = performance.now();
      await client.system.version();
      ms.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  return {
    end: async () => {
      isOver = true;
      await asked;
      return ms;
    },
  };
}

function bareFiles(): number {
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-files-'));
  const startedAt = performance.now();
  for (const [index, { spec }] of specs.entries()) {
    const file = openSync(join(folder, `${index}.yaml`), 'w');
    writeSync(file, spec);
    fsyncSync(file);
    closeSync(file);
  }
  const ms = performance.now() - startedAt;
  rmSync(folder, { recursive: true });
  return ms;
}

async function byCommand({ url }: BenchServer, sent: typeof specs): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-project-'));
  mkdirSync(join(folder, 'specs'));
  for (const { file_name, spec, files } of sent) {
    writeFileSync(join(folder, file_name), spec);
    for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, 'specs', name), sql);
  }
  const startedAt = performance.now();
  const child = spawn(process.execPath, [binary, 'workflow', 'deploy', '--exit-code', '--server', url], {
    cwd: folder,
    stdio: 'ignore',
  });
  const exitCode = await new Promise((resolve) => child.once('exit', resolve));
  const ms = performance.now() - startedAt;
  rmSync(folder, { recursive: true });
  if (exitCode !== 0) throw new Error(`dli workflow deploy ended with ${exitCode}`);
  return ms;
}
