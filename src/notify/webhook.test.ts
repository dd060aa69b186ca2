import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { HttpReceiver } from '../../test/fakes/http-receiver.ts';
import { messageTo, never } from './notify-fixture.suite.ts';
import { postJson } from './post.ts';
import { signBody } from './signature.ts';
import { createWebhookSender, type WebhookOptions } from './webhook.ts';

const secret = 'a secret of 24 characters';
const now = () => Date.parse('2024-01-15T09:31:00Z');

let receiver: HttpReceiver;
let url: string;
beforeEach(async () => {
  receiver = new HttpReceiver();
  url = await receiver.open();
  return () => receiver.close();
});

const sender = (options: Partial<WebhookOptions> = {}) =>
  createWebhookSender({ secret, allowPrivateAddresses: true, now, ...options });

describe('a webhook', () => {
  it('gets a signed JSON body that says what, why and what helps, with an id', async () => {
    expect(await sender()(messageTo(`${url}/hook?team=a`), never)).toBeUndefined();
    const [{ path, headers, body } = expect.unreachable()] = receiver.requests;
    expect(path).toBe('/hook?team=a');
    expect(headers['content-type']).toBe('application/json');
    expect(headers['x-dli-timestamp']).toBe('1705311060');
    expect(headers['x-dli-signature']).toBe(signBody(secret, 1_705_311_060, body));
    expect(JSON.parse(body)).toEqual({
      notifications: [
        {
          id: 'n_1',
          kind: 'failure',
          dataset_name: 'a.b.c',
          run_id: 'a.b.c_20240115_090000',
          backfill_id: null,
          created_at: '2024-01-15T09:30:45.000Z',
          title: 'a.b.c failed',
          why: 'Run a.b.c_20240115_090000 failed: 1 < 2 & so on.',
          command: 'dli workflow logs a.b.c_20240115_090000',
          facts: [{ name: 'status', value: 'FAILED' }],
        },
      ],
    });
  });

  it('gets every notification of a digest with its own id', async () => {
    await sender()(messageTo(url, { id: 'n_1' }, { id: 'n_2' }, { id: 'n_3' }), never);
    const { notifications } = JSON.parse(receiver.requests[0]?.body ?? '');
    expect(notifications.map(({ id }: { id: string }) => id)).toEqual(['n_1', 'n_2', 'n_3']);
  });

  it.each([
    [200, undefined],
    [204, undefined],
    [301, 'refused'],
    [307, 'refused'],
    [400, 'refused'],
    [404, 'refused'],
    [408, 'away'],
    [429, 'away'],
    [500, 'failed'],
    [502, 'away'],
    [503, 'away'],
    [504, 'away'],
  ])('that answers %i is %s, and nothing that it says is repeated', async (status, kind) => {
    receiver.answer = () => ({ status, headers: { location: `${url}/other`, 'retry-after': '7' } });
    const failure = await sender()(messageTo(url), never);
    expect(failure?.kind).toBe(kind);
    expect(failure?.error ?? '').not.toContain('secret of the target');
    expect(failure?.retryAfterMs).toBe(kind === 'away' ? 7_000 : undefined);
    expect(
      receiver.requests.map(({ path }) => path),
      'redirects are not followed',
    ).toEqual(['/']);
  });

  it('that is down, hangs, breaks off or is no name is away', async () => {
    await receiver.close();
    const at = sender({ timeoutMs: 100 });
    expect(await at(messageTo(url), never)).toMatchObject({
      kind: 'away',
      error: expect.stringContaining('ECONNREFUSED'),
    });
    await receiver.open(Number(new URL(url).port));
    receiver.answer = () => undefined;
    expect(await at(messageTo(url), never)).toEqual({ kind: 'away', error: 'no answer within 0.1 s' });
    const unresolved = sender({
      allowPrivateAddresses: false,
      resolve: () => Promise.reject(new Error('ENOTFOUND x')),
    });
    expect(await unresolved(messageTo('https://x.invalid'), never)).toEqual({ kind: 'away', error: 'ENOTFOUND x' });
    const hangs = sender({ allowPrivateAddresses: false, timeoutMs: 50, resolve: () => new Promise(() => undefined) });
    expect(await hangs(messageTo('https://x.invalid'), never)).toMatchObject({ kind: 'away' });
  });

  it('whose answer never ends is not read', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n${'x'.repeat(100_000)}`),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const gone = new Promise((resolve) => server.once('connection', (socket) => socket.once('close', resolve)));
    expect(await sender()(messageTo(`http://127.0.0.1:${port}`), never)).toBeUndefined();
    await gone;
  });

  it('is given up when the server closes', async () => {
    receiver.answer = () => undefined;
    const closing = new AbortController();
    const sent = sender()(messageTo(url), closing.signal);
    await receiver.until(({ length }) => length === 1);
    closing.abort();
    expect(await sent).toEqual({ kind: 'away', error: 'the server is closing' });
    expect(await sender()(messageTo(url), closing.signal)).toMatchObject({ kind: 'away' });
  });

  it.each(['not a url', 'file:///etc/passwd', 'ftp://x.example', 'javascript:alert(1)'])(
    'at %s is refused',
    async (channel) => {
      expect(await sender()(messageTo(channel), never)).toMatchObject({ kind: 'refused' });
    },
  );
});

describe('an address that is not public', () => {
  it('is refused unless the configuration allows it', async () => {
    const refused = await sender({ allowPrivateAddresses: false })(messageTo(url), never);
    expect(refused).toEqual({ kind: 'refused', error: expect.stringContaining('127.0.0.1 is not a public address') });
    expect(receiver.requests).toEqual([]);
  });

  it('is not reached by a name that resolves to another address a moment later: only what was checked is connected to', async () => {
    const { port } = new URL(url);
    // A name that nobody resolves; that it arrives shows that the request goes where it is told, and asks nobody again.
    const post = postJson({
      url: new URL(`http://rebinding.invalid:${port}/hook`),
      body: '{}',
      addresses: [{ address: '127.0.0.1', family: 4 }],
      signal: never,
    });
    expect(await post).toBeUndefined();
    expect(receiver.requests[0]?.headers.host).toBe(`rebinding.invalid:${port}`);
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [
        { address: '1.1.1.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ];
    };
    const refused = await sender({ allowPrivateAddresses: false, resolve })(
      messageTo(`http://x.invalid:${port}/`),
      never,
    );
    expect(refused).toMatchObject({ kind: 'refused' });
    expect([asked, receiver.requests.length]).toEqual([1, 1]);
  });
});
