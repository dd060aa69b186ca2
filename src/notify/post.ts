import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { DeliveryFailure } from '../core/notification-pace.ts';
import type { ResolvedAddress } from './addresses.ts';
import { awayFailure, deliveryTimeoutMs } from './sender.ts';

/** A request to make. */
export interface PostOptions {
  readonly url: URL;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The only addresses that are connected to. @default those that the system resolves the host to */
  readonly addresses?: readonly ResolvedAddress[] | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Posts JSON and resolves with undefined when the answer is 2xx, else with why it is not. Redirects are not followed, and of
 * the answer only its status is read: what a target says must not find its way to whoever wrote the spec.
 */
export async function postJson(options: PostOptions): Promise<DeliveryFailure | undefined> {
  try {
    return failureOf(await send(options));
  } catch (error) {
    return awayFailure(error);
  }
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

function send({
  url,
  body,
  headers = {},
  addresses,
  timeoutMs = deliveryTimeoutMs,
  signal,
}: PostOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      // A connection of its own: one that is kept could break just when the next message goes over it.
      agent: false,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'dli',
        'content-length': Buffer.byteLength(body),
        ...headers,
      },
      ...(addresses ? { lookup: only(addresses) } : {}),
    });
    const giveUp = () => request.destroy(new Error('the server is closing'));
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    request.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    });
    request.on('error', reject);
    request.once('response', (response) => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      response.destroy();
    });
    request.end(body);
  });
}

/** Connects to nothing but what was checked, whatever the name resolves to by now. */
function only(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** Answers that say that the target, or what stands before it, is not there at the moment. */
const awayStatuses = new Set([408, 425, 429, 502, 503, 504]);

function failureOf({ status, retryAfter }: Answer): DeliveryFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  const error = `the target answered ${status}`;
  if (status >= 300 && status < 400) return { kind: 'refused', error: `${error}: redirects are not followed` };
  if (awayStatuses.has(status)) return { kind: 'away', error, retryAfterMs: retryAfterMs(retryAfter) };
  return { kind: status >= 500 ? 'failed' : 'refused', error };
}

function retryAfterMs(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : undefined;
}
