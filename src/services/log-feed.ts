import type { EventKind } from '../contract/events.ts';
import { lastLogId, runsWithNewLines } from '../store/queries/logs.ts';
import type { Database } from '../store/sqlite.ts';
import type { Doorbell } from './doorbell.ts';
import type { EventFeed } from './event-feed.ts';

/** A run whose log somebody follows. */
export interface FollowedRun {
  readonly runUid: string;
  readonly runId: string;
}

const endings: readonly EventKind[] = ['run.completed', 'run.failed', 'run.killed'];

/** Tells who follows a run's log that it has new lines or that the run has ended: one look at each commit, however many follow. */
export class LogFeed {
  readonly #database: Database;
  readonly #events: EventFeed;
  readonly #bells = new Map<string, Set<Doorbell>>();
  #lastId = 0;
  #stop: (() => void) | undefined;

  constructor(database: Database, events: EventFeed) {
    this.#database = database;
    this.#events = events;
  }

  /** Rings the bell when the run's log has more; returns what ends that. */
  join({ runUid, runId }: FollowedRun, bell: Doorbell): () => void {
    if (!this.#stop) {
      this.#lastId = lastLogId(this.#database);
      this.#stop = this.#database.onCommit(() => this.#takeCommit());
    }
    const bells = this.#bells.get(runUid) ?? new Set();
    this.#bells.set(runUid, bells.add(bell));
    const leaveEvents = this.#events.join({ filter: { runId, kinds: endings }, place: 0, bell });
    return () => {
      leaveEvents();
      bells.delete(bell);
      if (bells.size === 0) this.#bells.delete(runUid);
      if (this.#bells.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  #takeCommit(): void {
    for (const { runUid, lastId } of runsWithNewLines(this.#database, this.#lastId)) {
      this.#lastId = Math.max(this.#lastId, lastId);
      for (const bell of this.#bells.get(runUid) ?? []) bell.ring();
    }
  }
}
