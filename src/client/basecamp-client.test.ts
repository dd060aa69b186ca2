import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { BasecampClient, type ClientOptions } from './basecamp-client.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

async function listen(answer: RequestListener): Promise<string> {
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const address = started.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** Answers every request with `body`, and keeps the requests. */
async function answering(body: unknown, status = 200) {
  const requests: IncomingMessage[] = [];
  const url = await listen((request, response) => {
    requests.push(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  return { url, requests };
}

const clientOf = (url: string, options: Partial<ClientOptions> = {}) => new BasecampClient({ url, ...options });

describe('requests', () => {
  it('name who calls, with a header that holds any name', async () => {
    const { url, requests } = await answering({});
    await clientOf(url, { apiKey: 'secret', actor: '한국 user' }).system.version();
    expect(requests[0]?.url).toBe('/api/v1/version');
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'x-dli-actor': encodeURIComponent('한국 user'),
    });
  });

  it('send query fields of lists and keep a path below the URL', async () => {
    const { url, requests } = await answering({ items: [], next_cursor: null });
    await clientOf(`${url}/base/`).workflow.list({ dataset: 'a b', running: true });
    expect(requests[0]?.url).toBe('/base/api/v1/workflows?dataset=a+b&running=true');
  });

  it('carry an idempotency key when they change something, a new one each time', async () => {
    const { url, requests } = await answering({});
    const client = clientOf(url);
    await client.workflow.run({ dataset: 'd' });
    await client.workflow.run({ dataset: 'd' });
    await client.workflow.run({ dataset: 'd' }, { context: { idempotencyKey: 'mine' } });
    await client.workflow.run({ dataset: 'd', dry_run: true });
    await client.system.version();
    const keys = requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys.slice(2)).toEqual(['mine', undefined, undefined]);
  });

  it('put force of an unregistration into the query', async () => {
    const { url, requests } = await answering({});
    await clientOf(url).workflow.unregister({ params: { dataset: 'a.b' }, query: { force: true } });
    expect(requests[0]).toMatchObject({ method: 'DELETE', url: '/api/v1/workflows/a.b?force=true' });
  });
});

describe('errors', () => {
  it('are those that the server sent', async () => {
    const problems = [{ message: 'bad', file: 'a.yaml', line: 2 }];
    const { url } = await answering({ code: 'DLI-813', message: 'Invalid spec', hints: ['look'], problems }, 400);
    await expect(clientOf(url).workflow.show({ dataset: 'd' })).rejects.toMatchObject({
      name: 'DliError',
      code: 'DLI-813',
      message: 'Invalid spec',
      hints: ['look'],
      problems,
    });
  });

  it('of a code that this client does not know keep message and hints', async () => {
    const { url } = await answering({ code: 'DLI-999', message: 'New trouble', hints: ['h'], problems: [] }, 418);
    await expect(clientOf(url).system.version()).rejects.toMatchObject({
      code: 'DLI-500',
      message: 'New trouble',
      hints: ['h', expect.stringContaining('DLI-999')],
    });
  });

  it('tell that nobody listens', async () => {
    const { url } = await answering({});
    server?.close();
    await expect(clientOf(url).workflow.run({ dataset: 'd' })).rejects.toMatchObject({
      code: 'DLI-501',
      message: 'Cannot connect to server. Check your connection settings.',
      hints: [expect.stringContaining(url), 'start a server with: dli server start'],
    });
  });

  it.each([
    ['a web page', 200, 'text/html', '<html>'],
    ['an error page', 502, 'text/html', 'Bad gateway'],
    ['JSON of another program', 404, 'application/json', '{"error":"nope"}'],
    ['JSON that is cut off', 200, 'application/json', '{"items":'],
    ['a redirect to a login', 302, 'text/plain', ''],
  ])('tell that %s is no Basecamp', async (_, status, contentType, body) => {
    const url = await listen((_request, response) =>
      response.writeHead(status, { 'content-type': contentType }).end(body),
    );
    await expect(clientOf(url).system.version()).rejects.toMatchObject({
      code: 'DLI-501',
      message: expect.stringContaining(`${url} answered, but not as a Basecamp server does`),
    });
  });

  it.each(['nonsense', 'ftp://x', ''])('refuse %j as an address', (url) => {
    expect(() => clientOf(url)).toThrow(expect.objectContaining({ code: 'DLI-400' }));
  });
});

describe('a dropped connection', () => {
  it('is repeated with the same key', async () => {
    const keys: unknown[] = [];
    const url = await listen((request, response) => {
      keys.push(request.headers['idempotency-key']);
      if (keys.length < 3) request.socket.destroy();
      else response.writeHead(202, { 'content-type': 'application/json' }).end('{"run_id":"r"}');
    });
    expect(await clientOf(url).workflow.run({ dataset: 'd' })).toEqual({ run_id: 'r' });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('in the middle of an answer is repeated too', async () => {
    let count = 0;
    const url = await listen((_request, response) => {
      count += 1;
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '19' });
      if (count > 1) response.end('{"version":"1.0.0"}');
      else response.write('{"ver', () => response.destroy());
    });
    expect(await clientOf(url).system.version()).toEqual({ version: '1.0.0' });
    expect(count).toBe(2);
  });

  it('is given up after three repetitions', async () => {
    let count = 0;
    const url = await listen((request) => {
      count += 1;
      request.socket.destroy();
    });
    await expect(clientOf(url).system.version()).rejects.toMatchObject({ code: 'DLI-501' });
    expect(count).toBe(4);
  });

  it('of a change says that it may have been done, and with which key it is not done twice', async () => {
    const keys: unknown[] = [];
    const url = await listen((request) => {
      keys.push(request.headers['idempotency-key']);
      // Gone after the first request: the repetitions are refused, and still the first may have arrived.
      server?.close();
      server?.closeAllConnections();
    });
    const message = 'The server went away before it answered: it may or may not have done what was asked';
    const error: unknown = await clientOf(url)
      .workflow.run({ dataset: 'd' })
      .catch((reason: unknown) => reason);
    expect(keys).toHaveLength(1);
    const hints = [expect.stringContaining(url), expect.stringContaining(String(keys[0]))];
    expect(error).toMatchObject({ code: 'DLI-501', message, hints });
  });

  it('of a plan, which changes nothing, only says that the server is away', async () => {
    const url = await listen((request) => request.socket.destroy());
    await expect(clientOf(url).workflow.deploy({ specs: [], dry_run: true })).rejects.toMatchObject({
      code: 'DLI-501',
      message: 'Cannot connect to server. Check your connection settings.',
    });
  });

  it('is not repeated when the caller gave up', async () => {
    const caller = new AbortController();
    let count = 0;
    const url = await listen(() => {
      count += 1;
      caller.abort();
    });
    await expect(clientOf(url).system.version(undefined, { signal: caller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(count).toBe(1);
  });
});

describe('events that are followed', () => {
  const streamHead = { 'content-type': 'text/event-stream', 'last-event-id': '5' };
  const sent = (seq: number) => `event: message\nid: ${seq}\ndata: {"seq":${seq},"kind":"run.created"}\n\n`;

  it('go on where the stream began when the connection dies before the first, and past what its heartbeats tell', async () => {
    const asked: unknown[] = [];
    const url = await listen((request, response) => {
      asked.push(request.headers['last-event-id']);
      response.writeHead(200, streamHead);
      if (asked.length === 1) response.flushHeaders();
      else if (asked.length === 2) response.write(': \nid: 8\n\n');
      else response.write(sent(9));
    });
    const events = await clientOf(url, { quietMs: 50 }).events.follow({ kind: ['run.created', 'run.failed'] });
    expect((await events.next()).value).toMatchObject({ seq: 9 });
    await events.return();
    expect(asked).toEqual([undefined, '5', '8']);
  });

  it('are asked for by kind, one or several', async () => {
    const paths: unknown[] = [];
    const url = await listen((request, response) => {
      paths.push(request.url);
      response.writeHead(200, streamHead).end(sent(6));
    });
    const client = clientOf(url);
    for (const kind of ['run.failed', ['run.failed', 'run.killed']] as const) {
      for await (const event of await client.events.follow({ kind, after: 3 })) {
        expect(event).toMatchObject({ seq: 6 });
        break;
      }
    }
    expect(paths).toEqual([
      '/api/v1/events?after=3&kind=run.failed',
      '/api/v1/events?after=3&kind%5B0%5D=run.failed&kind%5B1%5D=run.killed',
    ]);
  });
});
