import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Figure, quantile } from './figure.ts';
import { startBenchServer } from './server-process.ts';

const followers = 100;
const perSecond = 10;
const rounds = 3;
/** In each round. */
const events = 100;
const dataset = 'iceberg.bench.followed';

/** Milliseconds of each arrival at a follower. */
interface Arrivals {
  /** From the commit: from the answer to the change, or from the first follower that has the event, whichever comes first. */
  readonly fromCommit: number[];
  /** From the time that the event says of itself, which is taken before its commit. */
  readonly fromChange: number[];
}

/** Measures how long an event takes to each of 100 followers, at 10 events a second: from its commit, and with it. */
export async function measureFollowers(): Promise<readonly Figure[]> {
  const server = await startBenchServer();
  try {
    const spec = `name: ${dataset}\nowner: bench@example.com\nteam: "@bench"\nquery_statement: SELECT 1\n`;
    const { workflow } = server.client;
    await workflow.register({ spec });
    const change = async (index: number) => {
      if (index % 2 === 0) await workflow.pause({ dataset });
      else await workflow.unpause({ dataset });
    };
    const ours: Arrivals = { fromCommit: [], fromChange: [] };
    const bare: Arrivals = { fromCommit: [], fromChange: [] };
    for (let round = 0; round < rounds; round += 1) {
      await measureBare(bare);
      await measure(`${server.url}/api/v1/events`, change, ours);
    }
    return figuresOf(ours, bare);
  } finally {
    await server.close();
  }
}

function figuresOf(ours: Arrivals, bare: Arrivals): readonly Figure[] {
  const what = `event committed to on the wire, ${followers} followers at ${perSecond} events/s, p99`;
  const noteOf = (values: readonly number[]) =>
    `${values.length} arrivals, median ${quantile(values, 0.5).toFixed(1)} ms, slowest ${quantile(values, 1).toFixed(1)} ms`;
  return [
    {
      what,
      value: quantile(ours.fromCommit, 0.99),
      unit: 'ms',
      goal: { at: 'most', value: 50 },
      baseline: { what: 'bare Node server writing to them, p99', value: quantile(bare.fromCommit, 0.99), unit: 'ms' },
      note: noteOf(ours.fromCommit),
    },
    {
      what: `${what}, with the commit before`,
      value: quantile(ours.fromChange, 0.99),
      unit: 'ms',
      goal: null,
      baseline: null,
      note: noteOf(ours.fromChange),
    },
  ];
}

/** Makes events at their pace, and adds how long each took to each follower. */
async function measure(url: string, makeEvent: (index: number) => Promise<void>, into: Arrivals): Promise<void> {
  const arrivals = new Map<string, number[]>();
  const onEvent = (at: string) => arrivals.set(at, [...(arrivals.get(at) ?? []), now()]);
  const open = await Promise.all(Array.from({ length: followers }, () => follow(url, onEvent)));
  const answered: number[] = [];
  for (let index = 0; index < events; index += 1) {
    const made = makeEvent(index).then(() => answered.push(now()));
    await Promise.all([made, pause(1_000 / perSecond)]);
  }
  while ([...arrivals.values()].flat().length < events * followers) await pause(10);
  for (const close of open) close();
  const inOrder = [...arrivals].sort(([left], [right]) => Date.parse(left) - Date.parse(right));
  inOrder.forEach(([at, times], index) => {
    const committed = Math.min(answered[index] ?? Number.POSITIVE_INFINITY, ...times);
    into.fromCommit.push(...times.map((time) => time - committed));
    into.fromChange.push(...times.map((time) => time - Date.parse(at)));
  });
}

/** Follows a stream; `onEvent` gets the time that each event says of itself. */
function follow(url: string, onEvent: (at: string) => void): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        const blocks = `${text}${piece}`.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const at = /"at":"([^"]+)"/.exec(block)?.[1];
          if (at !== undefined) onEvent(at);
        }
      });
      resolve(() => sent.destroy());
    });
    // Closed at the end by us; whatever broke before leaves events missing.
    sent.on('error', reject);
  });
}

async function measureBare(into: Arrivals): Promise<void> {
  const open = new Set<ServerResponse>();
  const server = createServer((_request, response) => {
    open.add(response.writeHead(200, { 'content-type': 'text/event-stream' }));
    response.flushHeaders();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const rest = 'x'.repeat(200);
  const write = async () => {
    const text = `data: {"at":"${new Date().toISOString()}","rest":"${rest}"}\n\n`;
    for (const response of open) response.write(text);
  };
  await measure(`http://127.0.0.1:${port}`, write, into);
  server.closeAllConnections();
  server.close();
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
