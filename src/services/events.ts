import type { BasecampEvent } from '../contract/events.ts';
import { type EventFilter, lastEventSeq, readEvents } from '../store/queries/events.ts';
import type { Database } from '../store/sqlite.ts';
import { eventView } from './views.ts';

const pageSize = 200;

/**
 * Follows the log of events from `after` on (or from now), as they are committed, until `signal` aborts. The log is read
 * at the follower's pace, so a slow one costs no memory and misses nothing.
 */
export async function* followEvents(
  database: Database,
  {
    after = lastEventSeq(database),
    filter,
    signal,
  }: { readonly after?: number | undefined; readonly filter: EventFilter; readonly signal: AbortSignal },
): AsyncGenerator<BasecampEvent> {
  let place = after;
  let wake: (() => void) | undefined;
  let changed = false;
  const notice = () => {
    changed = true;
    wake?.();
  };
  const end = database.onCommit(notice);
  signal.addEventListener('abort', notice);
  try {
    while (!signal.aborted) {
      changed = false;
      const events = readEvents(database, { after: place, filter, limit: pageSize });
      for (const event of events) {
        yield eventView(event);
        place = event.seq;
      }
      if (events.length > 0 || changed || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    end();
    signal.removeEventListener('abort', notice);
  }
}
