import { counted } from '../core/counted.ts';
import { waitingWithOtherSpec } from '../store/queries/runs.ts';
import type { Queries } from '../store/sqlite.ts';

/** Runs that are counted for a warning. */
const runsCounted = 1_000;

/** Warns of waiting runs of a dataset that a spec just sent does not reach: a run keeps the revision that it was created with. */
export function keptSpecWarnings(
  queries: Queries,
  { dataset, revision }: { readonly dataset: string; readonly revision: string },
): string[] {
  const waiting = waitingWithOtherSpec(queries, { dataset, revision, limit: runsCounted });
  if (!waiting) return [];
  const { count, firstRunId } = waiting;
  const runs = `${count === runsCounted ? 'at least ' : ''}${counted(count, 'waiting run')}`;
  return [
    count === 1
      ? `${runs}, ${firstRunId}, keeps the spec that it was triggered with`
      : `${runs}, the first is ${firstRunId}, keep the spec that they were triggered with`,
  ];
}
