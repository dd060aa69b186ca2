import type { Transport } from './transport.ts';
import { untilAborted } from './until-aborted.ts';

/** Makes a transport of `fetch`, which every platform has. */
export function fetchTransport(send: typeof fetch): Transport {
  return async ({ method, url, headers, body = null, signal }) => {
    const init = { method, headers, body, signal: signal ?? null, redirect: 'manual' as const };
    const response = await untilAborted(send(url, init), signal);
    let pieces: ReadableStreamDefaultReader<string> | undefined;
    const reader = () => {
      pieces ??= response.body?.pipeThrough(new TextDecoderStream()).getReader();
      return pieces;
    };
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? undefined,
      lastEventId: response.headers.get('last-event-id') ?? undefined,
      text: () => untilAborted(response.text(), signal),
      read: async () => (await untilAborted(reader()?.read() ?? Promise.resolve(undefined), signal))?.value,
      // A connection that is broken already cannot be given up.
      close: () =>
        void reader()
          ?.cancel()
          .catch(() => undefined),
    };
  };
}
