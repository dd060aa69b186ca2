/** How long a backfill may take. */
export interface Estimate {
  readonly totalMs: number;
  /** Median of the past runs. */
  readonly perDateMs: number;
  /** Dates at work at once, as far as the server allows it. */
  readonly atOnce: number;
  readonly pastRuns: number;
}

/** Estimates a backfill of `dates` dates from how long past runs took, in milliseconds; null when there is none. */
export function estimateBackfill({
  pastMs,
  dates,
  parallel,
  limit,
}: {
  readonly pastMs: readonly number[];
  readonly dates: number;
  readonly parallel: number;
  /** Runs that the server has at work at once, at most. */
  readonly limit: number;
}): Estimate | null {
  if (pastMs.length === 0) return null;
  const perDateMs = median(pastMs);
  const atOnce = Math.max(1, Math.min(parallel, limit, dates));
  return { totalMs: Math.ceil(dates / atOnce) * perDateMs, perDateMs, atOnce, pastRuns: pastMs.length };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
