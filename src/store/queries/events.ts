import type { EventKind } from '../../contract/events.ts';
import { insertRows, rowInsert } from '../insert-rows.ts';
import type { Bindings } from '../prepared-statement.ts';
import { type EventRecord, type EventRow, toEvent } from '../rows.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** What an event says; its number comes with the commit. */
export type NewEvent = Omit<EventRecord, 'seq'>;

const insertEvents = rowInsert(
  'events (at, kind, dataset, run_id, backfill_id, actor, reason, data)',
  '(?, ?, ?, ?, ?, ?, ?, ?)',
);

/** Appends an event in the transaction of the change that it tells of. */
export function appendEvent(transaction: Transaction, event: NewEvent): void {
  transaction.insert(insertEvents.one, toValues(event));
}

/** Appends events, in their order, in the transaction of the changes that they tell of. */
export function appendEvents(transaction: Transaction, events: readonly NewEvent[]): void {
  insertRows(transaction, insertEvents, events.map(toValues));
}

function toValues({ at, kind, dataset, runId, backfillId, actor, reason, data }: NewEvent): Bindings {
  return [at, kind, dataset, runId, backfillId, actor, reason, JSON.stringify(data)];
}

/** Which events a follower wants. */
export interface EventFilter {
  readonly runId?: string | undefined;
  readonly backfillId?: string | undefined;
  readonly dataset?: string | undefined;
  /** @default every kind */
  readonly kinds?: readonly EventKind[] | undefined;
}

/** Tells whether an event is one that a follower wants. {@link readEvents} asks the same in SQL. */
export function isWanted(event: EventRecord, { runId, backfillId, dataset, kinds }: EventFilter): boolean {
  return (
    (runId === undefined || event.runId === runId) &&
    (backfillId === undefined || event.backfillId === backfillId) &&
    (dataset === undefined || event.dataset === dataset) &&
    (kinds === undefined || kinds.includes(event.kind))
  );
}

/**
 * Reads the events after `after`, up to `through` where it is given, oldest first. Run and backfill lean on an index each
 * (`events_run`, `events_backfill`); a dataset and a kind are looked for row by row, which `through` bounds.
 */
export function readEvents(
  queries: Queries,
  {
    after,
    through = Number.MAX_SAFE_INTEGER,
    filter,
    limit,
  }: {
    readonly after: number;
    readonly through?: number;
    readonly filter: EventFilter;
    readonly limit: number;
  },
): readonly EventRecord[] {
  const conditions = ['seq > ?', 'seq <= ?'];
  const bindings: (string | number)[] = [after, through];
  const narrow = (column: string, value: string | undefined) => {
    if (value === undefined) return;
    conditions.push(`${column} = ?`);
    bindings.push(value);
  };
  narrow('run_id', filter.runId);
  // What `events_run` begins with: the time at the end of a run id, so that the rows of one commit share its pages.
  if (filter.runId !== undefined) narrow('substr(run_id, -15)', filter.runId.slice(-15));
  narrow('backfill_id', filter.backfillId);
  narrow('dataset', filter.dataset);
  if (filter.kinds) {
    conditions.push(`kind IN (${filter.kinds.map(() => '?').join(', ')})`);
    bindings.push(...filter.kinds);
  }
  return queries
    .all<EventRow>(`SELECT * FROM events WHERE ${conditions.join(' AND ')} ORDER BY seq LIMIT ?`, [...bindings, limit])
    .map(toEvent);
}

/** The number of the newest event that ever was, kept or not; 0 when there was none. */
export function lastEventSeq(queries: Queries): number {
  return queries.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?.seq ?? 0;
}

/**
 * The number up to which events are no longer kept; 0 when all are. Numbers are given without gaps (a write that is undone
 * gives its number back) and events are only ever deleted from the oldest on, so what lies before the oldest was deleted.
 */
export function forgottenEventSeq(queries: Queries): number {
  const oldest = queries.get<{ seq: number | null }>('SELECT min(seq) AS seq FROM events')?.seq ?? null;
  return oldest === null ? lastEventSeq(queries) : oldest - 1;
}
