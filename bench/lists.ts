import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getHistory } from '../src/services/runs.ts';
import { Database } from '../src/store/sqlite.ts';
import { type BenchApp, openApp } from './app.ts';
import { type Figure, median, quantile } from './figure.ts';
import { dateOf, makeLargeState, nameOf } from './large-state.ts';
import { startBenchServer } from './server-process.ts';

const size = { workflows: 10_000, runs: 1_000_000 };
const starts = 5;
const warmUps = 50;
const rounds = 5;
/** In each round. */
const requests = 60;
const coldRounds = 20;
const goalMs = 10;

type Query = Readonly<Record<string, string>>;

const busy = { dataset_name: nameOf(0) };
const usual = { dataset_name: nameOf(4_321) };

/** Each filter alone, the combination that people ask for most, and those that find nothing or little among many. */
const historyQueries: readonly Query[] = [
  {},
  usual,
  busy,
  { source_type: 'manual' },
  { source_type: 'code' },
  ...['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'KILLED'].map((status) => ({ status })),
  ...['adhoc', 'backfill', 'scheduled'].map((run_type) => ({ run_type })),
  { start_date: dateOf(200) },
  { start_date: dateOf(500) },
  { end_date: dateOf(3) },
  { end_date: dateOf(200) },
  { start_date: dateOf(100), end_date: dateOf(101) },
  { ...usual, status: 'COMPLETED', start_date: dateOf(200) },
  { ...busy, status: 'FAILED' },
  { ...busy, status: 'KILLED' },
  { ...busy, status: 'FAILED', start_date: dateOf(200) },
  { ...busy, run_type: 'scheduled' },
  { ...busy, source_type: 'code' },
];

const listQueries: readonly Query[] = [
  {},
  { source_type: 'manual' },
  { source_type: 'code' },
  { status: 'active' },
  { status: 'paused' },
  { running: 'true' },
  { enabled_only: 'true' },
  { owner: 'other@example.com' },
  { owner: 'nobody@example.com' },
  { dataset: 'set_0999' },
  { dataset: 'b*nch' },
  { dataset: 'nothing' },
];

/** Measures `history` among 1,000,000 runs and `list` among 10,000 workflows, and the start of a server that has them. */
export async function measureLists(): Promise<readonly Figure[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'dli-bench-large-'));
  try {
    makeLargeState(dataDir, size);
    const started = await measureStarts(dataDir);
    const warm = await measureWarm(dataDir);
    return [started, ...warm, ...measureCold(join(dataDir, 'state.sqlite'))];
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

async function measureStarts(dataDir: string): Promise<Figure> {
  const ready: number[] = [];
  for (let round = 0; round < starts; round += 1) {
    const server = await startBenchServer({ dataDir });
    ready.push(server.readyMs);
    await server.close();
  }
  return {
    what: 'server start to ready, 10,000 workflows and 1,000,000 runs',
    value: median(ready) / 1000,
    unit: 's',
    goal: { at: 'most', value: 2 },
    baseline: null,
    note: `slowest of ${starts}: ${(Math.max(...ready) / 1000).toFixed(2)} s`,
  };
}

const warmLists = [
  ['history, 20 runs a page', '/history', historyQueries, '20'],
  ['history, 100 runs a page', '/history', historyQueries, '100'],
  ['list, 100 workflows a page', '', listQueries, '100'],
] as const;

/** Asks the server's app in this process, from the request to the text of the answer. */
async function measureWarm(dataDir: string): Promise<readonly Figure[]> {
  const server = openApp(dataDir);
  try {
    const bare = await timesOf(server, '/version');
    const baseline = { what: 'GET /version, p99', value: bare.p99, unit: 'ms' };
    const figures: Figure[] = [];
    for (const [what, path, queries, limit] of warmLists) {
      const first: Reading[] = [];
      const next: Reading[] = [];
      for (const query of queries) {
        const url = `/workflows${path}?${new URLSearchParams({ ...query, limit })}`;
        first.push({ query, ...(await timesOf(server, url)) });
        const cursor = await cursorOf(server, url);
        if (cursor !== null)
          next.push({ query, ...(await timesOf(server, `${url}&cursor=${encodeURIComponent(cursor)}`)) });
      }
      figures.push({ ...figureOf(`${what}, warm`, first), baseline });
      figures.push({ ...figureOf(`${what}, the next page, warm`, next), baseline });
    }
    return figures;
  } finally {
    await server.close();
  }
}

interface Reading {
  readonly query: Query;
  readonly middle: number;
  readonly p99: number;
}

/** Milliseconds of a request. The p99 is the middle one of several rounds, so that one stall of the machine does not decide. */
async function timesOf(server: BenchApp, path: string): Promise<Omit<Reading, 'query'>> {
  for (let request = 0; request < warmUps; request += 1) await server.read(path);
  const taken: number[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const times: number[] = [];
    for (let request = 0; request < requests; request += 1) {
      const startedAt = performance.now();
      await server.read(path);
      times.push(performance.now() - startedAt);
    }
    taken.push(times);
  }
  return { middle: median(taken.flat()), p99: median(taken.map((times) => quantile(times, 0.99))) };
}

async function cursorOf(server: BenchApp, path: string): Promise<string | null> {
  // The API's own shape of a page.
  const page = JSON.parse(await server.read(path)) as { readonly next_cursor: string | null };
  return page.next_cursor;
}

/** Opens the file anew for each reading, after the system has dropped what it holds of it (Linux only). */
function measureCold(file: string): readonly Figure[] {
  if (process.platform !== 'linux') return [];
  return [20, 100].map((limit) => {
    const readings = historyQueries.map((query) => {
      const times = Array.from({ length: coldRounds }, () => coldTime(file, { ...query, limit }));
      return { query, middle: median(times), p99: quantile(times, 0.99) };
    });
    const figure = figureOf(`history, ${limit} runs a page, cold disk`, readings);
    // A hundred rows lie on a hundred pages of the file: that is the disk's time, and is only measured.
    return limit === 20 ? figure : { ...figure, goal: null };
  });
}

function coldTime(file: string, query: { readonly limit: number }): number {
  const { status } = spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
  if (status !== 0) throw new Error('dd cannot drop what the system holds of the file');
  const database = new Database(file);
  try {
    const startedAt = performance.now();
    JSON.stringify(getHistory({ database }, query));
    return performance.now() - startedAt;
  } finally {
    database.close();
  }
}

function figureOf(what: string, readings: readonly Reading[]): Figure {
  const slowest = readings.reduce((one, other) => (other.p99 > one.p99 ? other : one));
  const medians = readings.map(({ middle }) => middle);
  const name = new URLSearchParams(slowest.query).toString() || 'no filter';
  return {
    what: `${what}: p99 of the slowest of ${readings.length} filters`,
    value: slowest.p99,
    unit: 'ms',
    goal: { at: 'most', value: goalMs },
    baseline: null,
    note: `${name}; medians ${Math.min(...medians).toFixed(1)} to ${Math.max(...medians).toFixed(1)} ms`,
  };
}
