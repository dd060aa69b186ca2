import type { BasecampEvent } from '../contract/events.ts';
import { type EventFilter, forgottenEventSeq, isWanted, lastEventSeq, readEvents } from '../store/queries/events.ts';
import type { EventRecord } from '../store/rows.ts';
import type { Database } from '../store/sqlite.ts';
import type { Doorbell } from './doorbell.ts';
import { eventView } from './views.ts';

/** Somebody who follows the log. */
export interface Follower {
  readonly filter: EventFilter;
  /** Everything that the filter wants up to this number was sent. */
  place: number;
  readonly bell: Doorbell;
}

/** What comes next for a follower: a number to go on from because events are gone, or a stretch of the log. */
export type Stretch =
  | { readonly resetTo: number }
  | {
      readonly resetTo?: undefined;
      readonly events: readonly BasecampEvent[];
      /** Everything that the filter wants up to this number is in `events`. */
      readonly through: number;
    };

/** The newest events are kept in memory: followers that keep up, however many, cost one read of each commit. */
const recentLimit = 1_000;
const pageSize = 200;
/** A filter looks at so many events in one go (some 3 ms), so that one that finds nothing does not hold up the server. */
const windowSize = 10_000;

interface RecentEvent {
  readonly record: EventRecord;
  readonly view: BasecampEvent;
}

/**
 * Tells the followers of the log what was committed. Those that keep up share one read a commit; one that is behind reads
 * pages of its own at its own pace, so that it neither takes memory nor holds up the others. A follower whose filter wants
 * nothing of a commit is not woken, but its place moves on.
 */
export class EventFeed {
  readonly #database: Database;
  readonly #followers = new Set<Follower>();
  /** Every event after `#recentAfter` up to `#head`. */
  #recent: RecentEvent[] = [];
  #recentAfter = 0;
  #head = 0;
  #stop: (() => void) | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The number of the newest event. */
  last(): number {
    return this.#stop ? this.#head : lastEventSeq(this.#database);
  }

  /** Rings the follower's bell when there is something for it; returns what ends that. */
  join(follower: Follower): () => void {
    if (!this.#stop) {
      this.#restart(lastEventSeq(this.#database));
      this.#stop = this.#database.onCommit(() => this.#takeCommit());
    }
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
      this.#restart(0);
    };
  }

  /** Reads on for a follower that has joined. */
  read({ place, filter }: Follower): Stretch {
    if (place > this.#head) return { resetTo: this.#head };
    if (place >= this.#recentAfter) return this.#readRecent(place, filter);
    const forgotten = forgottenEventSeq(this.#database);
    if (place < forgotten) return { resetTo: forgotten };
    const end = Math.min(place + windowSize, this.#head);
    const records = readEvents(this.#database, { after: place, through: end, filter, limit: pageSize });
    const isFull = records.length === pageSize;
    return { events: records.map(eventView), through: isFull ? (records.at(-1)?.seq ?? end) : end };
  }

  #readRecent(place: number, filter: EventFilter): Stretch {
    const first = this.#recent.findLastIndex(({ record }) => record.seq <= place) + 1;
    const fresh = this.#recent.slice(first, first + pageSize);
    const events = fresh.filter(({ record }) => isWanted(record, filter)).map(({ view }) => view);
    return { events, through: fresh.at(-1)?.record.seq ?? place };
  }

  #takeCommit(): void {
    const records = readEvents(this.#database, { after: this.#head, filter: {}, limit: recentLimit });
    const last = records.at(-1);
    if (!last) return;
    if (records.length === recentLimit) {
      // One commit of many changes: each follower reads them page by page.
      this.#restart(lastEventSeq(this.#database));
      for (const { bell } of this.#followers) bell.ring();
      return;
    }
    this.#head = last.seq;
    this.#recent.push(...records.map((record) => ({ record, view: eventView(record) })));
    const dropped = this.#recent.splice(0, this.#recent.length - recentLimit).at(-1);
    this.#recentAfter = dropped?.record.seq ?? this.#recentAfter;
    for (const follower of this.#followers) {
      if (records.some((record) => isWanted(record, follower.filter))) follower.bell.ring();
      // One that does not wait is reading, and comes here by itself.
      else if (follower.bell.isAwaited) follower.place = this.#head;
    }
  }

  #restart(head: number): void {
    this.#recent = [];
    this.#recentAfter = head;
    this.#head = head;
  }
}
