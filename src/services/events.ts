import { setImmediate as turn } from 'node:timers/promises';
import type { BasecampEvent, StreamReset } from '../contract/events.ts';
import type { EventFilter } from '../store/queries/events.ts';
import { Doorbell } from './doorbell.ts';
import type { EventFeed, Follower } from './event-feed.ts';

/** A stream under way. */
export interface Followed<Item, End = undefined> {
  readonly items: AsyncGenerator<Item, End | undefined>;
  /** The id after which the stream would go on, were it to break now. */
  readonly place: () => number;
}

/**
 * Follows the log of events from `after` on (or from now), as they are committed, until `signal` aborts. The log is read
 * at the follower's pace, so a slow one costs no memory and misses nothing; what is no longer kept is told by a reset.
 */
export function followEvents(
  feed: EventFeed,
  {
    after = feed.last(),
    filter,
    signal,
  }: { readonly after?: number | undefined; readonly filter: EventFilter; readonly signal: AbortSignal },
): Followed<BasecampEvent | StreamReset> {
  const follower: Follower = { filter, place: after, bell: new Doorbell() };
  return { items: eventsFor(follower, feed, signal), place: () => follower.place };
}

/** States: behind → a page is sent → behind, or at the newest event → waits until there is something. */
async function* eventsFor(
  follower: Follower,
  feed: EventFeed,
  signal: AbortSignal,
): AsyncGenerator<BasecampEvent | StreamReset, undefined> {
  const leave = feed.join(follower);
  const end = () => follower.bell.ring();
  signal.addEventListener('abort', end);
  try {
    while (!signal.aborted) {
      const stretch = feed.read(follower);
      if (stretch.resetTo !== undefined) {
        yield { kind: 'reset', seq: stretch.resetTo };
        follower.place = stretch.resetTo;
        continue;
      }
      for (const event of stretch.events) {
        yield event;
        follower.place = event.seq;
      }
      follower.place = stretch.through;
      if (follower.place < feed.last()) await turn();
      else await follower.bell.heard();
    }
    return undefined;
  } finally {
    leave();
    signal.removeEventListener('abort', end);
  }
}
