import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  allNotifications,
  failingSpec,
  failRuns,
  webhookConfig,
  wrongDeliveries,
} from '../test/crash/notification-load.ts';
import { Sandbox } from '../test/crash/sandbox.ts';
import { HttpReceiver } from '../test/fakes/http-receiver.ts';
import { type Figure, quantile } from './figure.ts';
import { startBenchServer } from './server-process.ts';

const dataset = 'iceberg.bench.failing';
/** A target gets five messages a minute, so that many targets are needed. */
const targets = 100;
const runsOfEach = 5;
/** Of one dataset; with the datasets, 1,000 notifications. */
const runsWhileDown = 50;
const datasetsWhileDown = 20;

/** Measures how long a failure takes to its receiver, and what becomes of 1,000 notifications while that is down. */
export async function measureNotifications(): Promise<readonly Figure[]> {
  return [...(await measureWay()), ...(await measureOutage())];
}

/** From the time that the run says it failed, which is taken before its commit, to the request at the receiver. */
async function measureWay(): Promise<readonly Figure[]> {
  const arrivals = new Map<string, number>();
  const receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      for (const { run_id } of JSON.parse(body).notifications) arrivals.set(run_id, arrivals.get(run_id) ?? Date.now());
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'dli-bench-notifications-'));
  const config = join(folder, 'basecamp.yaml');
  writeFileSync(config, webhookConfig);
  const server = await startBenchServer({ config });
  try {
    const names = Array.from({ length: targets }, (_, n) => `${dataset}_${n}`);
    for (const name of names) {
      const spec = failingSpec(name, [{ type: 'webhook', channel: `http://127.0.0.1:${port}/${name}` }]);
      await server.client.workflow.register({ spec });
    }
    for (let n = 0; n < runsOfEach; n += 1) for (const name of names) await failRuns(server.client, [name], 1);
    const count = targets * runsOfEach;
    const history = await server.client.workflow.history({ limit: 1_000 });
    while (arrivals.size < count) await new Promise((resolve) => setTimeout(resolve, 10));
    const ms = history.items.map(
      ({ run_id, finished_at }) => (arrivals.get(run_id) ?? Number.NaN) - Date.parse(finished_at ?? ''),
    );
    return [
      {
        what: "from a run's failure to the request at a local webhook receiver, p99",
        value: quantile(ms, 0.99),
        unit: 'ms',
        goal: { at: 'most', value: 200 },
        baseline: { what: 'bare POST to it, p99', value: await barePost(port), unit: 'ms' },
        note: `${count} failures, median ${quantile(ms, 0.5)} ms, slowest ${quantile(ms, 1)} ms; the commit included`,
      },
    ];
  } finally {
    await server.close();
    receiver.closeAllConnections();
    receiver.close();
    rmSync(folder, { recursive: true });
  }
}

async function barePost(port: number): Promise<number> {
  const ms: number[] = [];
  for (let n = 0; n < 500; n += 1) {
    const startedAt = performance.now();
    await fetch(`http://127.0.0.1:${port}/bare`, { method: 'POST', body: '{"notifications":[]}' });
    ms.push(performance.now() - startedAt);
  }
  return quantile(ms, 0.99);
}

async function measureOutage(): Promise<readonly Figure[]> {
  const receiver = new HttpReceiver();
  const url = await receiver.open();
  const sandbox = new Sandbox(webhookConfig);
  const names = Array.from({ length: datasetsWhileDown }, (_, n) => `${dataset}_${n}`);
  try {
    let server = await sandbox.startServer();
    for (const name of names) {
      const spec = failingSpec(name, [{ type: 'webhook', channel: `${url}/hook` }]);
      await server.client.workflow.register({ spec });
    }
    await receiver.close();
    for (const part of [20, 20, 10]) {
      await failRuns(server.client, names, part);
      if (part === 10) break;
      await server.kill();
      server = await sandbox.startServer();
    }
    const openedAt = performance.now();
    await receiver.open(Number(new URL(url).port));
    const count = runsWhileDown * datasetsWhileDown;
    await receiver.until(
      (requests) => requests.reduce((sum, { body }) => sum + body.split('"id"').length - 1, 0) >= count,
    );
    const seconds = (performance.now() - openedAt) / 1_000;
    const wrong = wrongDeliveries(await allNotifications(server.client), receiver.requests, '/hook');
    return [
      {
        what: `${count} notifications to a receiver that is down, server killed twice: lost or out of order`,
        value: wrong.length,
        unit: '',
        goal: { at: 'most', value: 0 },
        baseline: null,
        note: `in ${receiver.requests.length} messages, the last ${seconds.toFixed(1)} s after the receiver was back`,
      },
    ];
  } finally {
    await sandbox.dispose();
    await receiver.close();
  }
}
