import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Api, datedSpec } from './api.ts';
import { serve } from './serve.ts';

/** Changes that come over a port go straight to the API; through the app they become web requests first. Both must answer alike. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answered {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

const compared = ['content-type', 'allow', 'www-authenticate', 'retry-after'];
const run = '/api/v1/workflows/iceberg.analytics.daily/run';
const json = { 'content-type': 'application/json' };
const dated = '{"params": {"execution_date": "2024-01-15"}}';

async function throughApp(api: Api, { method, path, body, headers }: Sent): Promise<Answered> {
  const response = await api.app.request(
    path,
    { method, ...(body === undefined ? {} : { body }), ...(headers ? { headers } : {}) },
    { remoteAddress: '127.0.0.1' },
  );
  const answered = Object.fromEntries(compared.map((name) => [name, response.headers.get(name) ?? undefined]));
  return { status: response.status, headers: answered, body: await response.json() };
}

function overPort(url: string, { method, path, body, headers }: Sent): Promise<Answered> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers: { ...headers } }, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.once('end', () => {
        const answered = Object.fromEntries(compared.map((name) => [name, response.headers[name]]));
        resolve({ status: response.statusCode, headers: answered, body: JSON.parse(text) });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

async function both(sent: Sent, options: ConstructorParameters<typeof Api>[0] = {}): Promise<Answered> {
  const [first, second] = [new Api(options), new Api(options)];
  // The folder differs by nothing that an answer shows.
  for (const api of [first, second]) await api.register(datedSpec());
  const { url } = await serve(second);
  const [left, right] = [await throughApp(first, sent), await overPort(url, sent)];
  expect(right).toEqual(left);
  expect(second.bugs).toEqual([]);
  return right;
}

describe('a change that comes over a port', () => {
  it.each<[string, number, Sent]>([
    ['a run', 202, { method: 'POST', path: run, body: dated, headers: json }],
    [
      'a dry run',
      202,
      {
        method: 'POST',
        path: run,
        body: '{"params": {"execution_date": "2024-01-15"}, "dry_run": true}',
        headers: json,
      },
    ],
    ['an actor', 202, { method: 'POST', path: run, body: dated, headers: { ...json, 'x-dli-actor': 'J%C3%B6rg' } }],
    ['a key', 202, { method: 'POST', path: run, body: dated, headers: { ...json, 'idempotency-key': 'k' } }],
    ['a key too long', 400, { method: 'POST', path: run, headers: { 'idempotency-key': 'k'.repeat(201) } }],
    [
      'a charset',
      202,
      { method: 'POST', path: run, body: dated, headers: { 'content-type': 'application/json; charset=utf-8' } },
    ],
    ['no body', 400, { method: 'POST', path: run }],
    ['missing parameters', 400, { method: 'POST', path: run, body: '{}', headers: json }],
    ['an unknown dataset', 404, { method: 'POST', path: '/api/v1/workflows/x.y/run', body: '{}', headers: json }],
    ['an encoded dataset', 202, { method: 'POST', path: run.replace('daily', 'd%61ily'), body: dated, headers: json }],
    ['a broken escape', 404, { method: 'POST', path: '/api/v1/workflows/%E0%A4%A/run', body: '{}', headers: json }],
    ['a slash at the end', 202, { method: 'POST', path: `${run}/`, body: dated, headers: json }],
    ['dots in the path', 404, { method: 'POST', path: '/api/v1/../../metrics', body: '{}', headers: json }],
    ['a query', 202, { method: 'POST', path: `${run}?x=1`, body: dated, headers: json }],
    ['no JSON', 400, { method: 'POST', path: run, body: '{"params": ', headers: json }],
    ['an array', 400, { method: 'POST', path: run, body: '[]', headers: json }],
    ['deep nesting', 400, { method: 'POST', path: run, body: '['.repeat(30_000), headers: json }],
    ['a name that objects inherit', 400, { method: 'POST', path: run, body: '{"__proto__": {}}', headers: json }],
    ['another type', 400, { method: 'POST', path: run, body: dated, headers: { 'content-type': 'text/plain' } }],
    ['a field of the path', 400, { method: 'POST', path: run, body: '{"dataset": "x"}', headers: json }],
    ['an unknown field', 400, { method: 'POST', path: run, body: '{"parms": {}}', headers: json }],
    ['a file', 202, { method: 'POST', path: run, body: dated, headers: { ...json, 'content-disposition': 'x' } }],
    ['no such route', 404, { method: 'POST', path: '/api/v1/nope', body: '{}', headers: json }],
    ['another method', 405, { method: 'PATCH', path: run }],
    ['a method on a path of its own', 405, { method: 'DELETE', path: '/api/v1/workflows/sync' }],
    ['a removal', 200, { method: 'DELETE', path: '/api/v1/workflows/iceberg.analytics.daily?force=true' }],
    ['a foreign host', 403, { method: 'POST', path: run, body: dated, headers: { ...json, host: 'evil.example' } }],
    ['a foreign page', 403, { method: 'POST', path: run, headers: { origin: 'http://evil.example' } }],
    [
      'more than a small body',
      400,
      { method: 'POST', path: run, body: JSON.stringify({ x: 'x'.repeat(100_000) }), headers: json },
    ],
    [
      'more than a body may have',
      413,
      { method: 'POST', path: run, body: JSON.stringify({ x: 'x'.repeat(5_000_000) }), headers: json },
    ],
  ])('is answered as through the app: %s', async (_name, status, sent) => {
    expect((await both(sent)).status).toBe(status);
  });

  it('is not answered without a token where one is needed', async () => {
    const sent = { method: 'POST', path: run, body: dated, headers: json };
    expect((await both(sent, { isPublic: true })).status).toBe(401);
  });

  it('whose connection ends within its body changes nothing and is no bug', async () => {
    const api = new Api();
    await api.register(datedSpec());
    const { url, server } = await serve(api);
    const asked = new Promise<void>((resolve) => server.once('request', () => resolve()));
    const closed = new Promise<void>((resolve) =>
      server.once('connection', (socket) => socket.once('close', () => resolve())),
    );
    const { port } = new URL(url);
    const headers = { ...json, 'content-length': String(dated.length) };
    const sent = request({ host: '127.0.0.1', port, method: 'POST', path: run, headers });
    const failed = new Promise((resolve) => sent.once('error', resolve));
    sent.write(dated.slice(0, 10));
    await asked;
    sent.destroy(new TypeError('gone'));
    await Promise.all([failed, closed]);
    expect((await api.send('GET', '/workflows/history')).body.items).toEqual([]);
    expect(api.bugs).toEqual([]);
  });
});
