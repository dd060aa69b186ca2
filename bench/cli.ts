import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Figure, median, quantile } from './figure.ts';
import { type BenchServer, startBenchServer } from './server-process.ts';

const rounds = 31;
const names = 10_000;
const binary = new URL('../bin/dli.js', import.meta.url).pathname;

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly exit?: number;
  /** What the first line of the output has; so that nothing is measured that did not work. */
  readonly output: string;
  /** At most this many times bare Node; null is measured only. */
  readonly goal: number | null;
}

/** Measures whole processes of the command line as a multiple of `node -e 0`, all sides alternating. */
export async function measureCli(): Promise<readonly Figure[]> {
  const server = await startBenchServer();
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-cli-'));
  try {
    await registerMany(server);
    writeFileSync(join(folder, 'dli.yaml'), `server:\n  url: ${server.url}\n`);
    return measureCases(await casesOf(server.url, folder));
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

async function casesOf(url: string, folder: string): Promise<readonly Case[]> {
  const list = ['workflow', 'list', '-d', 'needle'];
  const refused = `http://127.0.0.1:${await freePort()}`;
  return [
    { what: 'dli version', args: ['version'], output: 'dli ', goal: 2 },
    { what: 'dli --help', args: ['--help'], output: 'Run, schedule', goal: 2 },
    { what: 'dli workflow list, a real server', args: [...list, '--server', url], output: 'DATASET', goal: 3 },
    { what: 'dli workflow list, server from dli.yaml', args: list, cwd: folder, output: 'DATASET', goal: 3 },
    {
      what: 'dli workflow list, connection refused',
      args: [...list, '--server', refused],
      exit: 6,
      output: 'Error [DLI-501]',
      goal: 3,
    },
    {
      what: `completion of a dataset among ${names}`,
      args: ['__complete', 'workflow', 'run', '--server', url, 'iceberg.bench.need'],
      output: 'iceberg.bench.needle',
      goal: null,
    },
  ];
}

function measureCases(cases: readonly Case[]): readonly Figure[] {
  const bare: number[] = [];
  const taken = new Map(cases.map((each) => [each, [] as number[]]));
  // The first round fills the compile cache and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const nodeMs = timed(['-e', '0'], {}).ms;
    if (round > 0) bare.push(nodeMs);
    for (const [each, durations] of taken) {
      const { ms, status, output } = timed([binary, ...each.args], { cwd: each.cwd });
      if (status !== (each.exit ?? 0) || !output.startsWith(each.output)) {
        throw new Error(`${each.what} ended with ${status}: ${output.slice(0, 300)}`);
      }
      if (round > 0) durations.push(ms);
    }
  }
  const baseline = { what: 'node -e 0, median', value: median(bare), unit: 'ms' };
  return Array.from(taken, ([{ what, goal }, durations]): Figure => {
    const ms = median(durations);
    const note = `median ${ms.toFixed(1)} ms, p90 ${quantile(durations, 0.9).toFixed(1)} ms`;
    if (goal === null) return { what, value: ms, unit: 'ms', goal: { at: 'most', value: 150 }, baseline, note };
    const value = ms / baseline.value;
    return { what: `${what} ÷ bare node`, value, unit: '×', goal: { at: 'most', value: goal }, baseline, note };
  });
}

function timed(args: readonly string[], { cwd }: { readonly cwd?: string | undefined }) {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  return { ms: performance.now() - startedAt, status, output: stdout || stderr };
}

/** Registers one dataset and copies its row: what is measured only reads rows, and registering so many takes minutes. */
async function registerMany({ client }: BenchServer): Promise<void> {
  const name = 'iceberg.bench.needle';
  const spec = `name: ${name}\nowner: bench@example.com\nteam: "@bench"\nquery_statement: SELECT 1\nschedule: {cron: "0 9 * * *"}\n`;
  await client.workflow.register({ spec });
  const { data_dir } = await client.system.health();
  const database = new DatabaseSync(join(data_dir, 'state.sqlite'));
  const columns = database.prepare("SELECT name FROM pragma_table_info('registrations')").all();
  const copied = columns.map(({ name: column }) =>
    column === 'dataset' || column === 'dataset_key' ? "'iceberg.bench.dataset_' || n" : String(column),
  );
  database.exec(`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${names - 1})
    INSERT INTO registrations (${columns.map(({ name: column }) => column).join(', ')})
    SELECT ${copied.join(', ')} FROM registrations, numbers`);
  database.close();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
