import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { BasecampClient } from '../client/basecamp-client.ts';
import { nodeTransport } from './node-transport.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

async function clientOf(answer: RequestListener): Promise<BasecampClient> {
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const address = started.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return new BasecampClient({ url, transport: nodeTransport });
}

it('sends the body and reads an answer that comes in pieces, in the middle of a character', async () => {
  const answer = Buffer.from('{"run_id":"한국"}');
  const bodies: string[] = [];
  const client = await clientOf((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
    response.writeHead(202, { 'content-type': 'application/json' }).write(answer.subarray(0, 12), () => {
      response.end(answer.subarray(12));
    });
  });
  expect(await client.workflow.run({ dataset: 'd', params: { name: '데이터' } })).toEqual({ run_id: '한국' });
  expect(bodies.join('')).toBe('{"params":{"name":"데이터"}}');
});

it('repeats a request whose connection dropped, also in the middle of the answer, with the same key', async () => {
  const keys: unknown[] = [];
  const client = await clientOf((request, response) => {
    keys.push(request.headers['idempotency-key']);
    if (keys.length === 1) return void request.socket.destroy();
    response.writeHead(202, { 'content-type': 'application/json', 'content-length': '14' });
    if (keys.length === 2) response.write('{"run', () => response.destroy());
    else response.end('{"run_id":"r"}');
  });
  expect(await client.workflow.run({ dataset: 'd' })).toEqual({ run_id: 'r' });
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
});

it('says at once that nobody listens', async () => {
  const client = await clientOf(() => undefined);
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  await expect(client.system.version()).rejects.toMatchObject({ code: 'DLI-501' });
});

it('ends with the reason of the signal', async () => {
  const caller = new AbortController();
  const client = await clientOf(() => caller.abort());
  await expect(client.system.version(undefined, { signal: caller.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
});

it('gives up the connection of an event stream when its reader stops', async () => {
  const closed = Promise.withResolvers<void>();
  const client = await clientOf((_request, response) => {
    response.on('close', () => closed.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\ndata: {"seq":1}\n\n');
  });
  for await (const event of await client.events.follow({})) {
    expect(event).toMatchObject({ seq: 1 });
    break;
  }
  await closed.promise;
});

it('ends an event stream with the reason of the signal', async () => {
  const caller = new AbortController();
  const client = await clientOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
  });
  const events = await client.events.follow({}, { signal: caller.signal });
  const next = events.next();
  caller.abort();
  await expect(next).rejects.toMatchObject({ name: 'AbortError' });
});
