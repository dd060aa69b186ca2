import { AsyncIteratorClass } from '@orpc/client';
import { EventStream } from './event-stream.ts';
import { Patience } from './patience.ts';
import { untilAborted } from './until-aborted.ts';

/** A stream that can be opened again where it broke. */
export interface StreamSource<Item, End> {
  readonly url: string;
  /** Opens it after the item with this id; undefined: where the caller wants it to begin. */
  readonly open: (lastId: string | undefined, signal: AbortSignal) => Promise<AsyncIterator<Item, End | undefined>>;
  readonly idOf: (item: Item) => string | undefined;
}

/** How long to follow, and how long to wait for a server that is gone. */
export interface StreamOptions {
  /** Ends the following with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How many milliseconds of pauses in a row to spend on a server that does not answer. @default 1000 */
  readonly patienceMs?: number | undefined;
}

/** Comes between the items when the stream was opened again; nothing was missed. */
export const reopened = Symbol('reopened');

/** Items over as many connections as it takes. Ending the iteration gives up the connection at once. */
export type FollowedStream<Item, End> = AsyncIteratorClass<Item | typeof reopened, End>;

/**
 * Opens a stream and gives its items, each once, over as many connections as it takes; it resolves when the first is there.
 *
 * @throws whatever the first attempt meets; later DLI-501 when the server does not come back, or the error that it sent
 */
export async function followStream<Item, End>(
  source: StreamSource<Item, End>,
  { signal, patienceMs = 1_000 }: StreamOptions = {},
): Promise<FollowedStream<Item, End>> {
  const left = new AbortController();
  const until = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const patience = new Patience({ url: source.url, patienceMs });
  const connection = { stream: await source.open(undefined, until), patience, signal: until };
  const items = itemsOf(source, connection);
  return new AsyncIteratorClass<Item | typeof reopened, End>(
    () => items.next(),
    // A generator cannot be ended while it waits, nor does it hear a signal between two items: its stream is closed from here.
    async () => {
      left.abort();
      closeStream(connection.stream);
    },
  );
}

interface Connection<Item, End> {
  /** The one that is open now. */
  stream: AsyncIterator<Item, End | undefined>;
  readonly patience: Patience;
  readonly signal: AbortSignal;
}

type Step<Item, End> = { readonly item: Item } | { readonly end: End } | { readonly lost: unknown };

/** A stream that lived this long was no accident: the server is there, it only had nothing to say. */
const steadyMs = 5_000;

/** States: open → an item is given → open … → lost → pause → opened again after the last item → open … → the end. */
async function* itemsOf<Item, End>(
  { open, idOf }: StreamSource<Item, End>,
  connection: Connection<Item, End>,
): AsyncGenerator<Item | typeof reopened, End> {
  const { patience, signal } = connection;
  let openedAt = performance.now();
  let lastId = placeOf(connection.stream);
  try {
    for (;;) {
      const step: Step<Item, End> = await take(connection.stream, signal);
      lastId = placeOf(connection.stream) ?? ('item' in step ? idOf(step.item) : undefined) ?? lastId;
      if ('end' in step) return step.end;
      if ('item' in step) {
        patience.restore();
        yield step.item;
        continue;
      }
      if (performance.now() - openedAt >= steadyMs) patience.restore();
      connection.stream = await openAgain(() => open(lastId, signal), { patience, lost: step.lost, signal });
      openedAt = performance.now();
      yield reopened;
    }
  } finally {
    closeStream(connection.stream);
  }
}

/** Not waited for: a stream may end only after its next item. */
function closeStream(stream: AsyncIterator<unknown, unknown>): void {
  stream.return?.().catch(() => undefined);
}

async function take<Item, End>(
  stream: AsyncIterator<Item, End | undefined>,
  signal: AbortSignal,
): Promise<Step<Item, End>> {
  try {
    const { done, value } = await untilAborted(stream.next(), signal);
    if (!done) return { item: value };
    return value === undefined ? { lost: new TypeError('the stream ended') } : { end: value };
  } catch (lost) {
    return { lost };
  }
}

async function openAgain<Stream>(
  open: () => Promise<Stream>,
  { patience, lost, signal }: { readonly patience: Patience; readonly lost: unknown; readonly signal: AbortSignal },
): Promise<Stream> {
  for (let error = lost; ; ) {
    await patience.pause(error, signal);
    try {
      return await open();
    } catch (cause) {
      error = cause;
    }
  }
}

function placeOf(stream: unknown): string | undefined {
  return stream instanceof EventStream ? stream.lastEventId : undefined;
}
