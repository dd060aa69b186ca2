import type { BasecampEvent, StreamReset } from '../contract/events.ts';
import { type FollowedStream, followStream, reopened, type StreamOptions } from './follow-stream.ts';
import { Patience } from './patience.ts';
import { pause } from './pause.ts';
import { untilAborted } from './until-aborted.ts';

type Change = BasecampEvent | StreamReset;

/** What is followed: how to hear of its changes, how to read it, and when it is over. */
export interface Followed<State> {
  readonly url: string;
  readonly subscribe: (after: number | undefined, signal: AbortSignal) => Promise<AsyncIterator<Change>>;
  readonly read: (signal: AbortSignal) => Promise<State>;
  readonly isFinal: (state: State) => boolean;
  readonly isFinalEvent: (event: Change) => boolean;
}

/** How to follow. */
export interface FollowOptions<State> extends StreamOptions {
  /** Called with every state that is read, the final one included. */
  readonly onState?: ((state: State) => void) | undefined;
  /** Reads the state at most once in this many milliseconds while it changes. @default 0 */
  readonly everyMs?: number | undefined;
}

/**
 * Follows something until it is over and returns its final state. States: subscribed → state read → waiting for an event →
 * state read …; the subscription comes before the first read, so no change falls between them. A stream that ends early is
 * opened again after the last event that came, and then the state is read too.
 *
 * @throws DLI-501 when the server is gone
 */
export async function followState<State>(
  { url, subscribe, read, isFinal, isFinalEvent }: Followed<State>,
  { signal = new AbortController().signal, patienceMs = 1_000, onState, everyMs = 0 }: FollowOptions<State> = {},
): Promise<State> {
  const open = (lastId: string | undefined, until: AbortSignal) =>
    subscribe(lastId === undefined ? undefined : Number(lastId), until);
  const stream = await followStream({ url, open, idOf: ({ seq }) => String(seq) }, { signal, patienceMs });
  const patience = new Patience({ url, patienceMs });
  try {
    const changes = collectChanges(stream, isFinalEvent);
    let hearing = changes.next(everyMs);
    for (;;) {
      const state = await readPatiently(() => read(signal), { patience, signal });
      onState?.(state);
      if (isFinal(state)) return state;
      const heard = await untilAborted(hearing, signal);
      if (heard) throw heard.error;
      hearing = changes.next(everyMs);
    }
  } finally {
    await stream.return();
  }
}

async function readPatiently<State>(
  read: () => Promise<State>,
  { patience, signal }: { readonly patience: Patience; readonly signal: AbortSignal },
): Promise<State> {
  for (;;) {
    try {
      const state = await read();
      patience.restore();
      return state;
    } catch (error) {
      await patience.pause(error, signal);
    }
  }
}

/** What came next; how the stream failed is a value, because nobody waits for it while the state is being read. */
type Heard = { readonly change: Change | typeof reopened } | { readonly error: unknown };

/** Takes changes as they come; `next` resolves after at least one of them, bundling those of `everyMs` unless one is final. */
function collectChanges(stream: FollowedStream<Change, unknown>, isFinalEvent: (event: Change) => boolean) {
  const take = () =>
    stream.next().then(
      ({ done, value }): Heard => (done ? { error: new TypeError('the stream of events ended') } : { change: value }),
      (error: unknown): Heard => ({ error }),
    );
  const isFinal = (change: Change | typeof reopened) => change !== reopened && isFinalEvent(change);
  let coming = take();
  return {
    async next(everyMs: number): Promise<{ readonly error: unknown } | undefined> {
      const timer = new AbortController();
      let bundleEnd: Promise<undefined> | undefined;
      for (let heard: Heard | undefined = await coming; heard; ) {
        if ('error' in heard) return heard;
        coming = take();
        if (everyMs === 0 || isFinal(heard.change)) break;
        bundleEnd ??= pause(everyMs, timer.signal).then(
          () => undefined,
          () => undefined,
        );
        heard = await Promise.race([coming, bundleEnd]);
      }
      timer.abort();
      return undefined;
    },
  };
}
