/** The dates of the backfill. */
export const dates = Array.from({ length: 181 }, (_, day) =>
  new Date(Date.UTC(2001, 0, 1 + day)).toISOString().slice(0, 10),
);

export const columns = '(flight_date DATE, origin VARCHAR, flights BIGINT, on_time_share DOUBLE, average_delay DOUBLE)';

export const query = (target: string, { start, end }: { readonly start: string; readonly end: string }) => `
INSERT INTO ${target}
SELECT CAST(date AS date), origin, count(*), avg(CASE WHEN delay <= 15 THEN 1.0 ELSE 0.0 END), avg(delay)
FROM iceberg.raw.flights
WHERE date >= TIMESTAMP '${start} 00:00:00' AND date < TIMESTAMP '${end} 00:00:00'
GROUP BY 1, 2`;

/** How long all dates took, and each of them but the first, in milliseconds. */
export interface Loop {
  readonly ms: number;
  readonly dates: readonly number[];
}

/** What a bare loop does: `ledger` adds a row of a ledger to each transaction. */
export interface BareWork {
  readonly target: string;
  readonly ledger: boolean;
}

/** The times between one end and the next. */
export function lapsOf(ends: readonly number[]): readonly number[] {
  return ends.slice(1).map((end, date) => end - (ends[date] ?? NaN));
}
