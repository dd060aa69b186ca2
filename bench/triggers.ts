import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Figure, median } from './figure.ts';
import { startBenchServer } from './server-process.ts';
import { clients, type Load, triggerLoad } from './trigger-load.ts';

const rounds = 3;
const requests = 5_000;
const datasets = 100;
/** Until then the engine still compiles what it runs: with 2,000 the first rounds were a tenth slower than the last. */
const warmUp = 10_000;

/** Measures acknowledged triggers a second, each durable when it is acknowledged, from 50 clients over HTTP. */
export async function measureTriggers(): Promise<readonly Figure[]> {
  const server = await startBenchServer();
  try {
    for (let index = 0; index < datasets; index += 1) {
      const spec = `name: iceberg.bench.noop_${index}\nowner: bench@example.com\nteam: "@bench"\nquery_statement: SELECT 1\n`;
      await server.client.workflow.register({ spec, file_name: 'noop.yaml', files: {}, schedule: {} });
    }
    // The first requests are compiled by the engine while they run; users' servers are warm.
    await triggerLoad(server.url, { requests: warmUp, datasets });
    const sides: { commits: number; http: number; many: Load; one: Load }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const commits = bareCommits();
      const http = (await bareHttp()).perSecond;
      const many = await triggerLoad(server.url, { requests, datasets });
      sides.push({ commits, http, many, one: await triggerLoad(server.url, { requests, datasets: 1 }) });
    }
    const commits = {
      what: 'bare SQLite commits, one at a time',
      value: median(sides.map((side) => side.commits)),
      unit: '/s',
    };
    const http = { what: 'bare Node HTTP answers', value: median(sides.map((side) => side.http)), unit: '/s' };
    return [
      ...figuresOf('over 100 datasets', medianLoad(sides.map(({ many }) => many)), commits),
      ...figuresOf('on one dataset', medianLoad(sides.map(({ one }) => one)), http),
    ];
  } finally {
    await server.close();
  }
}

/** The middle of several rounds, figure by figure; failures are added up. */
function medianLoad(loads: readonly Load[]): Load {
  const middle = (figure: 'perSecond' | 'p50' | 'p99') => median(loads.map((load) => load[figure]));
  const failed = loads.reduce((sum, load) => sum + load.failed, 0);
  return { perSecond: middle('perSecond'), p50: middle('p50'), p99: middle('p99'), failed };
}

function figuresOf(where: string, { perSecond, p99, failed }: Load, baseline: Figure['baseline']): readonly Figure[] {
  const what = `durable triggers over HTTP, ${clients} clients, ${where}`;
  return [
    { what, value: perSecond, unit: '/s', goal: { at: 'least', value: 5_000 }, baseline, note: `${failed} failed` },
    { what: `${what}: p99`, value: p99, unit: 'ms', goal: { at: 'most', value: 50 }, baseline: null },
  ];
}

/** Commits a second of one row each, synced to disk, in a plain SQLite file. */
function bareCommits(): number {
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-bare-'));
  const sqlite = new DatabaseSync(join(folder, 'bare.sqlite'));
  sqlite.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE runs (id INTEGER PRIMARY KEY, body TEXT)',
  );
  const insert = sqlite.prepare('INSERT INTO runs (body) VALUES (?)');
  const startedAt = performance.now();
  const count = 3_000;
  for (let index = 0; index < count; index += 1) insert.run('{"params":{}}');
  const perSecond = count / ((performance.now() - startedAt) / 1000);
  sqlite.close();
  rmSync(folder, { recursive: true });
  return perSecond;
}

/** Answers a second of a Node server that does nothing, under the same load. */
async function bareHttp(): Promise<Load> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(202, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const result = await triggerLoad(`http://127.0.0.1:${port}/raw`, { requests, datasets: 1 });
  server.closeAllConnections();
  server.close();
  return result;
}
