import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DemoFault } from './demo-fault.ts';

/** One message as a webhook brings it. */
export interface Message {
  readonly title: string;
  readonly why: string;
  readonly command: string | null;
}

/** A receiver of webhooks on this machine. */
export interface Receiver {
  readonly url: string;
  /** The first message; rejects when its signature is wrong. */
  readonly message: Promise<Message>;
  close(): void;
}

/** Opens a receiver that knows the server's secret. */
export async function openReceiver(secret: string): Promise<Receiver> {
  const { promise: message, resolve, reject } = Promise.withResolvers<Message>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      response.end();
      const { 'x-dli-timestamp': timestamp, 'x-dli-signature': signature } = request.headers;
      if (!isSigned({ secret, timestamp: String(timestamp), signature: String(signature), body }))
        reject(new DemoFault('the signature of the message is wrong'));
      else resolve(JSON.parse(body).notifications[0]);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/alerts`, message, close: () => server.close() };
}

/** As docs/notifications.md has it: HMAC-SHA256 over the time, a dot and the body as it came. */
function isSigned({
  secret,
  timestamp,
  signature,
  body,
}: {
  readonly secret: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: string;
}): boolean {
  const expected = Buffer.from(`v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
