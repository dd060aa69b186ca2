import type { BasecampClient } from '../../src/client/basecamp-client.ts';
import type { BasecampEvent, EventKind } from '../../src/contract/events.ts';

/** Reads the events of a run or a backfill from the first on, and waits for those to come. */
export interface Happenings {
  /** Resolves with the next event of this kind; each is given once. */
  readonly next: (kind: EventKind) => Promise<BasecampEvent>;
  readonly close: () => void;
}

/** Follows what happens to a run or a backfill. */
export async function happeningsOf(
  client: BasecampClient,
  what: { readonly run_id: string } | { readonly backfill_id: string },
): Promise<Happenings> {
  const end = new AbortController();
  const filter = 'run_id' in what ? { run_id: what.run_id } : { backfill_id: what.backfill_id };
  const events = await client.events.follow({ ...filter, after: 0 }, { signal: end.signal });
  return {
    async next(kind) {
      for (;;) {
        const { done, value } = await events.next();
        if (done) throw new Error(`the events ended before ${kind}`);
        if (value.kind === kind) return value;
      }
    },
    close: () => end.abort(),
  };
}
