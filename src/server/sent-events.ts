import { ErrorEvent, getEventMeta } from '@orpc/server';
import type { StandardHandleResult } from '@orpc/server/standard';
import { notLetIn } from './access.ts';
import { errorBody, type ReportBug, toDliError } from './error-answer.ts';
import type { RequestContext } from './router.ts';

/** Where the stream that answers a request stands; set by its handler. */
export interface StreamPlace {
  /** Tells whether whoever opened it may still read; asked with every heartbeat. */
  readonly isStillGood: () => boolean;
  /** The id after which the stream would go on, were it to break now. */
  read?: () => number;
}

/** How streams are sent. */
export interface StreamOptions {
  readonly heartbeatMs: number;
  readonly reportBug: ReportBug;
}

/**
 * Sends what a handler iterates over as server-sent events. Ours instead of the library's for two reasons: a heartbeat carries
 * the place as its id, so that whoever connects again goes on from there although nothing was sent, and none is put
 * into the queue of a reader that does not read.
 */
export function sendStreams(options: StreamOptions) {
  return async ({
    context,
    next,
  }: {
    readonly context: RequestContext;
    next(): Promise<StandardHandleResult>;
  }): Promise<StandardHandleResult> => {
    const result = await next();
    const { read } = context.stream;
    if (!result.matched || !read || !isIterator(result.response.body)) return result;
    const headers = {
      ...result.response.headers,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx collects answers unless it is told not to.
      'x-accel-buffering': 'no',
      'last-event-id': String(read()),
    };
    return {
      ...result,
      response: {
        ...result.response,
        headers,
        body: sentEvents(result.response.body, { ...context.stream, read }, options),
      },
    };
  };
}

/** The last message of a stream whose reader may not read on; undefined while they may. */
function endOf(isStillGood: () => boolean, reportBug: ReportBug): string | undefined {
  try {
    if (isStillGood()) return undefined;
  } catch (error) {
    return errorText(error, reportBug);
  }
  return eventText('error', errorBody(notLetIn('The stream may not go on without a token that is accepted').error));
}

function isIterator(body: unknown): body is AsyncIterator<unknown> {
  return typeof body === 'object' && body !== null && 'next' in body;
}

/** Encodes one item at a time, when the one before has been taken: what is not read stays in the state file. */
function sentEvents(
  items: AsyncIterator<unknown>,
  { read, isStillGood }: Required<StreamPlace>,
  { heartbeatMs, reportBug }: StreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let heart: NodeJS.Timeout;
  let isLeft = false;
  const beat = () => encoder.encode(`: \nid: ${read()}\n\n`);
  const leave = () => {
    isLeft = true;
    clearInterval(heart);
    return items.return?.();
  };
  return new ReadableStream({
    start(controller) {
      controller.enqueue(beat());
      heart = setInterval(() => {
        const end = endOf(isStillGood, reportBug);
        if (end !== undefined) {
          controller.enqueue(encoder.encode(end));
          controller.close();
          // What it waits for is given up.
          Promise.resolve(leave()).catch((error) => reportBug(error, 'a stream'));
        } else if ((controller.desiredSize ?? 0) > 0) controller.enqueue(beat());
      }, heartbeatMs).unref();
    },
    async pull(controller) {
      const { text, isLast } = await items.next().then(
        ({ done = false, value }) => ({ text: itemText(value, done), isLast: done }),
        (error: unknown) => ({ text: errorText(error, reportBug), isLast: true }),
      );
      if (isLeft) return;
      if (text !== '') controller.enqueue(encoder.encode(text));
      if (!isLast) return;
      clearInterval(heart);
      controller.close();
    },
    async cancel() {
      await leave();
    },
  });
}

function itemText(value: unknown, isEnd: boolean): string {
  return isEnd && value === undefined ? '' : eventText(isEnd ? 'done' : 'message', value);
}

function errorText(error: unknown, reportBug: ReportBug): string {
  const cause = error instanceof ErrorEvent ? error.cause : error;
  return eventText('error', errorBody(toDliError(cause, reportBug)));
}

function eventText(event: string, value: unknown): string {
  const id = getEventMeta(value)?.id;
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`;
}
