import { AsyncIteratorClass, withEventMeta } from '@orpc/server';
import { DliError } from '../contract/errors.ts';
import type { EventKind } from '../contract/events.ts';
import { EventFeed } from '../services/event-feed.ts';
import { type Followed, followEvents } from '../services/events.ts';
import { LogFeed } from '../services/log-feed.ts';
import { followLog } from '../services/log-stream.ts';
import type { Database } from '../store/sqlite.ts';
import type { StreamPlace } from './sent-events.ts';

/** What of a request matters to a stream besides its input. */
interface StreamRequest {
  readonly context: { readonly stream: Pick<StreamPlace, 'read'> };
  readonly lastEventId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface EventsInput {
  readonly run_id?: string | undefined;
  readonly backfill_id?: string | undefined;
  readonly dataset_name?: string | undefined;
  readonly kind?: EventKind | readonly EventKind[] | undefined;
  readonly after?: number | undefined;
}

interface LogInput {
  readonly run_id: string;
  readonly attempt?: number | undefined;
  readonly after?: number | undefined;
}

/** Makes the two streams of the API; `closing` lets everybody go. */
export function createStreams({ database, closing }: { readonly database: Database; readonly closing: AbortSignal }) {
  const feed = new EventFeed(database);
  const logs = new LogFeed(database, feed);
  return {
    // The place is read before the answer begins, so that a bad one is refused and nothing after it is missed.
    events: (input: EventsInput, request: StreamRequest) => {
      const { run_id: runId, backfill_id: backfillId, dataset_name: dataset, kind } = input;
      const filter = { runId, backfillId, dataset, kinds: typeof kind === 'string' ? [kind] : kind };
      const after = placeOf(request, input);
      return streamed((signal) => followEvents(feed, { after, filter, signal }), {
        request,
        closing,
        send: (event) => withEventMeta(event, { id: String(event.seq) }),
      });
    },
    log: (input: LogInput, request: StreamRequest) => {
      const { run_id: runId, attempt } = input;
      const after = placeOf(request, input);
      return streamed((signal) => followLog({ database, logs }, { runId, attempt, after, signal }), {
        request,
        closing,
        send: ({ id, line }) => withEventMeta(line, { id: String(id) }),
      });
    },
  };
}

/** Makes the answer of a stream: its items get their ids, and it ends with the request, the reader or the server. */
function streamed<Item, Sent, End>(
  follow: (signal: AbortSignal) => Followed<Item, End>,
  {
    request: { context, signal },
    closing,
    send,
  }: {
    readonly request: StreamRequest;
    readonly closing: AbortSignal;
    readonly send: (item: Item) => Sent;
  },
): AsyncIteratorClass<Sent, End | undefined> {
  const left = new AbortController();
  const { items, place } = follow(AbortSignal.any([left.signal, closing, ...(signal ? [signal] : [])]));
  context.stream.read = place;
  const next = async () => {
    const { done, value } = await items.next();
    return done ? { done: true as const, value } : { done: false as const, value: send(value) };
  };
  return new AsyncIteratorClass<Sent, End | undefined>(next, async () => {
    // A generator that waits ends by the signal, one that has just given an item by its return: it leaves what it joined.
    left.abort();
    await items.return(undefined);
  });
}

/** After which id a stream goes on: what a client that connects again says goes before what it asked for at first. */
function placeOf({ lastEventId }: StreamRequest, { after }: { readonly after?: number | undefined }) {
  if (lastEventId === undefined) return after;
  const id = Number(lastEventId);
  if (/^\d+$/.test(lastEventId) && Number.isSafeInteger(id)) return id;
  throw new DliError('DLI-400', `Last-Event-ID '${lastEventId}' is not the number of an event`);
}
