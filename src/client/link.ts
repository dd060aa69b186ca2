import type { ClientOptions as CallOptions, ClientLink } from '@orpc/client';
import { DliError } from '../contract/errors.ts';
import { errorFromAnswer, notBasecamp } from './answer-errors.ts';
import { readEvents } from './event-stream.ts';
import { newIdempotencyKey } from './idempotency-key.ts';
import { repeatDropped } from './repeat-dropped.ts';
import { type Route, routePrefix, routes } from './routes.ts';
import { type ClientAnswer, type ClientRequest, ConnectionError, type Transport } from './transport.ts';

/** What a call may say besides its input: `client.workflow.run(input, { signal, context: { idempotencyKey } })`. */
export interface CallContext {
  /** The same key within 24 hours gives the first answer again. @default a new random key for every call */
  readonly idempotencyKey?: string;
}

/** Where a link leads and what it sends along. */
export interface LinkOptions {
  /** The server's URL without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly transport: Transport;
  /** A stream over which nothing came for this many milliseconds is lost. */
  readonly quietMs: number;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Makes the way from a call to the server and back. Every call with an effect carries an idempotency key, made once, so that
 * the repetitions of a dropped one carry the same.
 */
export function createLink({ url, headers, transport, quietMs }: LinkOptions): ClientLink<CallContext> {
  return {
    call: (path, input, { signal, context, lastEventId }: CallOptions<CallContext>) => {
      const request = encode(routeOf(path), fieldsOf(input));
      const isChange = request.method !== 'GET' && fieldsOf(input).dry_run !== true;
      const idempotencyKey = isChange ? (context.idempotencyKey ?? newIdempotencyKey()) : undefined;
      const sent: ClientRequest = {
        ...request,
        url: `${url}${routePrefix}${request.url}`,
        headers: {
          ...headers,
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
        signal,
      };
      return repeatDropped(() => send(sent, { transport, url, quietMs }), { url, signal, idempotencyKey });
    },
  };
}

async function send(
  request: ClientRequest,
  { transport, url, quietMs }: Pick<LinkOptions, 'transport' | 'url' | 'quietMs'>,
): Promise<unknown> {
  const answer = await connected(transport(request), request.signal);
  const { status, contentType = 'no content type' } = answer;
  if (status < 400 && /^text\/event-stream\b/i.test(contentType)) {
    const read = () => connected(soon(answer.read(), quietMs), request.signal);
    return readEvents({ ...answer, read }, (data) => errorFromAnswer(flatError(data), { url, status: 500 }));
  }
  if (!/^application\/json\b/i.test(contentType)) {
    answer.close();
    throw notBasecamp(url, { status, what: contentType });
  }
  const body = parseJson(await readAll(answer, request.signal), url);
  if (status >= 400) throw errorFromAnswer(body, { url, status });
  return body;
}

function readAll(answer: ClientAnswer, signal: AbortSignal | undefined): Promise<string> {
  return connected(answer.text(), signal);
}

async function connected<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  return work.catch((error: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw new ConnectionError(error);
  });
}

/** A connection can die without a word; only the silence tells. */
async function soon<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  const silence = Promise.withResolvers<never>();
  const timer = setTimeout(() => silence.reject(new TypeError(`nothing came for ${ms} ms`)), ms);
  return Promise.race([work, silence.promise]).finally(() => clearTimeout(timer));
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notBasecamp(url, { what: 'JSON that is not complete' });
  }
}

/** An error inside a stream carries hints and problems under `data`. */
function flatError(data: unknown): unknown {
  return { ...fieldsOf(fieldsOf(data).data), ...fieldsOf(data) };
}

function routeOf(path: readonly string[]): Route {
  const name = path.join('.');
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (!route) throw new DliError('DLI-404', `There is no operation ${name}`);
  return route;
}

function encode(route: Route, input: Fields): Pick<ClientRequest, 'method' | 'url' | 'body'> {
  const { method, path } = route;
  const isDetailed = route.input === 'detailed';
  const given = isDetailed ? fieldsOf(input.params) : input;
  const inPath = new Set<string>();
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    inPath.add(name);
    return encodeURIComponent(String(given[name]));
  });
  const others = isDetailed ? input.body : remaining(input, inPath);
  const query = isDetailed ? fieldsOf(input.query) : method === 'GET' ? fieldsOf(others) : {};
  const search = new URLSearchParams(queryEntries(query)).toString();
  return {
    method,
    url: search === '' ? filled : `${filled}?${search}`,
    body: method === 'GET' || others === undefined ? undefined : JSON.stringify(others),
  };
}

function remaining(input: Fields, taken: ReadonlySet<string>): Fields | undefined {
  const others = Object.entries(input).filter(([name]) => !taken.has(name));
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

/** A list is written as oRPC reads it: `kind[0]=…&kind[1]=…`. */
function queryEntries(query: Fields): [string, string][] {
  return Object.entries(query).flatMap(([name, value]) => {
    const each = Array.isArray(value) ? value.map((item, index) => [`${name}[${index}]`, item]) : [[name, value]];
    return each.flatMap(([key, item]): [string, string][] =>
      item === undefined || item === null ? [] : [[String(key), String(item)]],
    );
  });
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
