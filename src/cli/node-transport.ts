import type { IncomingMessage } from 'node:http';
import type { ClientRequest, Transport } from '../client/transport.ts';

/** Longer than any answer of a server takes to begin: a stop waits for 15 seconds, a check of SQL for 20. */
const headTimeoutMs = 60_000;
/** A deploy checks up to 10,000 specs, some ms each, and waits for the one before it. */
const deployTimeoutMs = 600_000;

/** Sends requests with Node's own HTTP client, a connection each. It is there in 3 ms, where the first `fetch` takes 30. */
export const nodeTransport: Transport = async (request) => {
  const response = await head(request);
  response.setEncoding('utf8');
  const pieces: AsyncIterator<string> = response[Symbol.asyncIterator]();
  const read = async () => (await pieces.next()).value;
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'],
    lastEventId: [response.headers['last-event-id']].flat()[0],
    text: async () => {
      let text = '';
      for (let piece = await read(); piece !== undefined; piece = await read()) text += piece;
      return text;
    },
    read,
    close: () => response.destroy(),
  };
};

function head({ method, url, headers, body, signal }: ClientRequest): Promise<IncomingMessage> {
  // Taken when it is used: TLS is another 6 ms.
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, ...(signal ? { signal } : {}) }, (response) => {
      sent.setTimeout(0);
      resolve(response);
    });
    const longestMs = url.endsWith('/workflows/deploy') ? deployTimeoutMs : headTimeoutMs;
    sent.setTimeout(longestMs, () =>
      sent.destroy(new DOMException(`no answer for ${longestMs / 1_000} s`, 'TimeoutError')),
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
