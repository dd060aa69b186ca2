import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Figure, quantile } from './figure.ts';
import { startBenchServer } from './server-process.ts';

const followers = 100;
const perSecond = 10;
const events = 300;
const dataset = 'iceberg.bench.followed';

/**
 * Measures how long an event takes from its commit to each of 100 followers, at 10 events a second. The clock starts with the
 * event's own time, which is taken before its commit and has milliseconds, so what is measured is never too little.
 */
export async function measureFollowers(): Promise<readonly Figure[]> {
  const server = await startBenchServer();
  try {
    const spec = `name: ${dataset}\nowner: bench@example.com\nteam: "@bench"\nquery_statement: SELECT 1\n`;
    await server.client.workflow.register({ spec });
    const { workflow } = server.client;
    const measured = await measure(`${server.url}/api/v1/events`, async (index) => {
      if (index % 2 === 0) await workflow.pause({ dataset });
      else await workflow.unpause({ dataset });
    });
    const bare = await measureBare();
    return [
      {
        what: `event committed to on the wire, ${followers} followers at ${perSecond} events/s, p99`,
        value: quantile(measured, 0.99),
        unit: 'ms',
        goal: { at: 'most', value: 50 },
        baseline: { what: 'bare Node server writing to them, p99', value: quantile(bare, 0.99), unit: 'ms' },
        note: `${measured.length} arrivals, median ${quantile(measured, 0.5).toFixed(1)} ms, slowest ${Math.max(...measured).toFixed(1)} ms`,
      },
    ];
  } finally {
    await server.close();
  }
}

/** Makes events at their pace, and gives how many milliseconds each took to each follower. */
async function measure(url: string, makeEvent: (index: number) => Promise<void>): Promise<readonly number[]> {
  const latencies: number[] = [];
  const open = await Promise.all(
    Array.from({ length: followers }, () => follow(url, (sentAt) => latencies.push(now() - sentAt))),
  );
  for (let index = 0; index < events; index += 1) {
    await Promise.all([makeEvent(index), pause(1_000 / perSecond)]);
  }
  while (latencies.length < events * followers) await pause(10);
  for (const close of open) close();
  return latencies;
}

/** Follows a stream; `onEvent` gets the time that each event says of itself. */
function follow(url: string, onEvent: (sentAt: number) => void): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        const blocks = `${text}${piece}`.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const at = /"at":"([^"]+)"/.exec(block)?.[1];
          if (at !== undefined) onEvent(Date.parse(at));
        }
      });
      resolve(() => sent.destroy());
    });
    // Closed at the end by us; whatever broke before leaves events missing.
    sent.on('error', reject);
  });
}

async function measureBare(): Promise<readonly number[]> {
  const open = new Set<ServerResponse>();
  const server = createServer((_request, response) => {
    open.add(response.writeHead(200, { 'content-type': 'text/event-stream' }));
    response.flushHeaders();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const rest = 'x'.repeat(200);
  const latencies = await measure(`http://127.0.0.1:${port}`, async () => {
    const text = `data: {"at":"${new Date().toISOString()}","rest":"${rest}"}\n\n`;
    for (const response of open) response.write(text);
  });
  server.closeAllConnections();
  server.close();
  return latencies;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
