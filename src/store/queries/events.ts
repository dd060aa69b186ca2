import { type EventRecord, type EventRow, toEvent } from '../rows.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** What an event says; its number comes with the commit. */
export type NewEvent = Omit<EventRecord, 'seq'>;

/** Appends an event in the transaction of the change that it tells of. */
export function appendEvent(transaction: Transaction, event: NewEvent): void {
  transaction.run(
    `INSERT INTO events (at, kind, dataset, run_id, backfill_id, actor, reason, data)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      event.at,
      event.kind,
      event.dataset,
      event.runId,
      event.backfillId,
      event.actor,
      event.reason,
      JSON.stringify(event.data),
    ],
  );
}

/** Which events a follower wants. */
export interface EventFilter {
  readonly runId?: string | undefined;
  readonly backfillId?: string | undefined;
  readonly dataset?: string | undefined;
}

/** Reads the events after `after`, oldest first. Each filter leans on its own index (`events_run`, `events_backfill`, `events_dataset`). */
export function readEvents(
  queries: Queries,
  { after, filter, limit }: { readonly after: number; readonly filter: EventFilter; readonly limit: number },
): readonly EventRecord[] {
  const conditions = ['seq > ?'];
  const bindings: (string | number)[] = [after];
  const narrow = (column: string, value: string | undefined) => {
    if (value === undefined) return;
    conditions.push(`${column} = ?`);
    bindings.push(value);
  };
  narrow('run_id', filter.runId);
  narrow('backfill_id', filter.backfillId);
  narrow('dataset', filter.dataset);
  return queries
    .all<EventRow>(`SELECT * FROM events WHERE ${conditions.join(' AND ')} ORDER BY seq LIMIT ?`, [...bindings, limit])
    .map(toEvent);
}

/** The number of the newest event; 0 when there is none. */
export function lastEventSeq(queries: Queries): number {
  return queries.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM events')?.seq ?? 0;
}
