/**
 * A load generator in a process of its own: `node load-client.ts URL REQUESTS CLIENTS DATASETS` triggers runs and prints
 * `{"perSecond", "p50", "p99", "failed"}` as JSON.
 */
import { Agent, request } from 'node:http';
import { quantile } from './figure.ts';

const [url = '', requests = '0', clients = '1', datasets = '1'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(clients) });
const body = '{"params":{}}';

function trigger(index: number): Promise<{ readonly ms: number; readonly ok: boolean }> {
  const startedAt = performance.now();
  const path = url.includes('/raw')
    ? url
    : `${url}/api/v1/workflows/iceberg.bench.noop_${index % Number(datasets)}/run`;
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'idempotency-key': `load-${process.pid}-${index}`,
  };
  return new Promise((resolve) => {
    const done = (ok: boolean) => resolve({ ms: performance.now() - startedAt, ok });
    const sent = request(path, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => done(response.statusCode === 202));
    });
    sent.on('error', () => done(false));
    sent.end(body);
  });
}

const results: { readonly ms: number; readonly ok: boolean }[] = [];
let next = 0;
const startedAt = performance.now();
await Promise.all(
  Array.from({ length: Number(clients) }, async () => {
    while (next < Number(requests)) {
      next += 1;
      results.push(await trigger(next));
    }
  }),
);
const seconds = (performance.now() - startedAt) / 1000;
const latencies = results.map(({ ms }) => ms);
process.stdout.write(
  JSON.stringify({
    perSecond: results.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    failed: results.filter(({ ok }) => !ok).length,
  }),
);
agent.destroy();
