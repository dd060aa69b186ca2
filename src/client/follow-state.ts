import { DliError } from '../contract/errors.ts';
import type { BasecampEvent } from '../contract/events.ts';
import { unreachable } from './answer-errors.ts';
import { pause } from './pause.ts';
import { untilAborted } from './until-aborted.ts';

/** What is followed: how to hear of its changes, how to read it, and when it is over. */
export interface Followed<State> {
  readonly url: string;
  readonly subscribe: (after: number | undefined, signal: AbortSignal) => Promise<AsyncIterator<BasecampEvent>>;
  readonly read: (signal: AbortSignal) => Promise<State>;
  readonly isFinal: (state: State) => boolean;
  readonly isFinalEvent: (event: BasecampEvent) => boolean;
}

/** How to follow. */
export interface FollowOptions<State> {
  readonly signal?: AbortSignal | undefined;
  /** Called with every state that is read, the final one included. */
  readonly onState?: ((state: State) => void) | undefined;
  /** Reads the state at most once in this many milliseconds while it changes. @default 0 */
  readonly everyMs?: number | undefined;
  /** Reads the state after this many milliseconds also without an event, for what has none. @default never */
  readonly atLeastEveryMs?: number | undefined;
}

const idleStreamsAllowed = 5;

/**
 * Follows something until it is over and returns its final state. States: subscribed → state read → waiting for an event →
 * state read …; the subscription comes before the first read, so no change falls between them. A stream that ends early is
 * opened again after the last event that came.
 *
 * @throws DLI-501 when the server is gone
 */
export async function followState<State>(
  followed: Followed<State>,
  { signal = new AbortController().signal, onState, everyMs = 0, atLeastEveryMs }: FollowOptions<State> = {},
): Promise<State> {
  let after: number | undefined;
  for (let idleStreams = 0; idleStreams < idleStreamsAllowed; idleStreams += 1) {
    if (idleStreams > 0) await pause(100 * idleStreams, signal);
    const stream = await followed.subscribe(after, signal);
    try {
      const events = collectEvents(stream, followed.isFinalEvent);
      let hearing = events.next(everyMs);
      for (;;) {
        const state = await followed.read(signal);
        onState?.(state);
        if (followed.isFinal(state)) return state;
        const heard = await untilAborted(within(hearing, atLeastEveryMs), signal);
        if (heard === undefined) continue;
        if (heard.lastSeq !== undefined && heard.lastSeq !== after) idleStreams = 0;
        after = heard.lastSeq ?? after;
        if (heard.isOver) break;
        hearing = events.next(everyMs);
      }
    } finally {
      // Not waited for: a stream may end only after its next event.
      stream.return?.().catch(() => undefined);
    }
  }
  throw unreachable(followed.url, new DliError('DLI-500', 'the stream of events ends again and again'));
}

/** Waits for `work`, but no longer than `ms`: then the result is undefined. */
async function within<Result>(work: Promise<Result>, ms: number | undefined): Promise<Result | undefined> {
  if (ms === undefined) return work;
  const timer = new AbortController();
  const late = pause(ms, timer.signal).catch(() => undefined);
  return Promise.race([work, late.then(() => undefined)]).finally(() => timer.abort());
}

/** Takes events as they come; `next` resolves after at least one of them, bundling those of `everyMs` unless one is final. */
function collectEvents(stream: AsyncIterator<BasecampEvent>, isFinalEvent: (event: BasecampEvent) => boolean) {
  const take = () => {
    const result = stream.next().then(
      ({ done, value }) => (done ? undefined : value),
      // However the stream broke, reading the state again tells whether the server is there.
      () => undefined,
    );
    return result;
  };
  let coming = take();
  return {
    async next(everyMs: number) {
      let event = await coming;
      let lastSeq = event?.seq;
      const timer = new AbortController();
      const bundleEnd = pause(everyMs, timer.signal).then(
        () => 'bundle-end' as const,
        () => undefined,
      );
      while (event) {
        lastSeq = event.seq;
        const isFinal = isFinalEvent(event);
        coming = take();
        if (isFinal || everyMs === 0) break;
        const first = await Promise.race([coming, bundleEnd]);
        if (first === 'bundle-end') break;
        event = first;
      }
      timer.abort();
      return { lastSeq, isOver: event === undefined };
    },
  };
}
