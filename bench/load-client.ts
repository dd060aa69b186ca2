/**
 * A load generator in a process of its own: `node load-client.ts URL REQUESTS CLIENTS DATASETS` triggers runs and prints
 * `{"perSecond", "p50", "p99", "failed"}` as JSON. It speaks HTTP/1.1 over sockets of its own, a connection a client, because
 * it shares the machine's cores with what it measures: Node's HTTP client takes three times as much of them.
 */
import { connect } from 'node:net';
import { quantile } from './figure.ts';

const [address = '', requests = '0', clients = '1', datasets = '1'] = process.argv.slice(2);
const url = new URL(address);
const body = '{"params":{}}';
const latencies: number[] = [];
let failed = 0;
let sent = 0;

function requestText(index: number): string {
  const isRaw = url.pathname === '/raw';
  const path = isRaw ? url.pathname : `/api/v1/workflows/iceberg.bench.noop_${index % Number(datasets)}/run`;
  return [
    `POST ${path} HTTP/1.1`,
    `host: ${url.host}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    `idempotency-key: load-${process.pid}-${index}`,
    '',
    body,
  ].join('\r\n');
}

/** Whether all of an answer has arrived. */
function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n');
  if (head === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1];
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= head + 4 + Number(length);
}

/** One client: its next request goes out when it has the answer to the last one. */
function runClient(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    let answer = '';
    let startedAt = 0;
    const next = () => {
      if (sent >= Number(requests)) {
        socket.end();
        return resolve();
      }
      sent += 1;
      answer = '';
      startedAt = performance.now();
      socket.write(requestText(sent));
    };
    socket.setEncoding('latin1');
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('the server has closed the connection')));
    socket.on('data', (text: string) => {
      answer += text;
      if (!isWhole(answer)) return;
      latencies.push(performance.now() - startedAt);
      if (!answer.startsWith('HTTP/1.1 202')) failed += 1;
      next();
    });
  });
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(clients) }, runClient));
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(
  JSON.stringify({
    perSecond: latencies.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    failed,
  }),
);
