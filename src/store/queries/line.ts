import { sourceTypeSchema } from '../../contract/fields.ts';
import { type RunType, runTypeSchema } from '../../contract/runs.ts';
import type { Run } from '../../core/run.ts';
import type { RunRow } from '../rows.ts';
import type { Queries } from '../sqlite.ts';
import { toWaitingRuns, type WaitingRuns } from './runs.ts';

/*
 * A dataset's waiting line: runs on demand (adhoc and scheduled) by `seq`, and after them a backfill's by `seq`. The first of
 * those on demand is found in `runs_unfinished`, as a merge of their kinds; a backfill's, of which thousands may be held, have
 * `runs_waiting`. An index of all that wait cost each trigger a page at the place of its dataset, 13 of its 105 µs.
 */

/** The next run of a dataset's waiting line. */
export interface WaitingHead {
  readonly runUid: string;
  readonly seq: number;
  readonly dataset: string;
  readonly warehouse: string;
  readonly isBackfill: boolean;
  readonly backfillId: string | null;
  /** How many dates of its backfill may be at work at once; 1 for a run of none. */
  readonly parallel: number;
  readonly executionDate: string | null;
  /** Its transaction met another one's writes before, so it is tried alone in its dataset. */
  readonly isAlone: boolean;
  /** The warehouse process died under it before, so it is tried alone. */
  readonly isSuspect: boolean;
}

type HeadRow = Pick<
  RunRow,
  | 'run_uid'
  | 'seq'
  | 'dataset'
  | 'warehouse'
  | 'process_deaths'
  | 'run_type'
  | 'backfill_id'
  | 'execution_date'
  | 'conflicts'
> & { readonly parallel: number | null };

const headColumns = `run_uid, seq, dataset, warehouse, process_deaths, run_type, backfill_id, execution_date, conflicts,
       (SELECT parallel FROM backfills WHERE backfills.backfill_id = runs.backfill_id) AS parallel`;

function toHead(row: HeadRow): WaitingHead {
  return {
    runUid: row.run_uid,
    seq: row.seq,
    dataset: row.dataset,
    warehouse: row.warehouse,
    isBackfill: row.run_type === 'backfill',
    backfillId: row.backfill_id,
    parallel: row.parallel ?? 1,
    executionDate: row.execution_date,
    isAlone: row.conflicts > 0,
    isSuspect: row.process_deaths > 0,
  };
}

/** The place in line of a run on demand that has just been stored and may start now. */
export function headOfNew({ runUid, seq, dataset, warehouse, executionDate }: Run): WaitingHead {
  const nothingYet = { isBackfill: false, backfillId: null, parallel: 1, isAlone: false, isSuspect: false };
  return { runUid, seq, dataset, warehouse, executionDate, ...nothingYet };
}

// A partial index is used only where its own condition stands in the query word for word.
const waiting = `runs INDEXED BY runs_unfinished
     WHERE status IN ('PENDING', 'RUNNING') AND status = 'PENDING' AND held = 0`;
const backfillWaiting = `runs INDEXED BY runs_waiting
     WHERE status = 'PENDING' AND held = 0 AND run_type = 'backfill'`;
const mayStart = 'dataset = ?1 AND available_at <= ?2';

/** Finds the dataset's runs on demand that may start, those before a `seq` only, in their order: SQLite merges the kinds and stops at the limit. */
const onDemand = runTypeSchema.options
  .filter((runType: RunType) => runType !== 'backfill')
  .flatMap((runType) => sourceTypeSchema.options.map((sourceType) => ({ runType, sourceType })))
  .map(
    ({ runType, sourceType }) =>
      `SELECT seq FROM ${waiting} AND ${mayStart} AND run_type = '${runType}' AND source_type = '${sourceType}' AND seq < ?3`,
  )
  .join(' UNION ALL ');

const everyone = Number.MAX_SAFE_INTEGER;

/**
 * Reads the first run that may start now in a dataset's line, among its on-demand runs or its backfill runs. It costs the same
 * whatever the length of the line, 4 to 6 µs; those that are delayed or held before it are passed by, 0.6 ms of 10,000.
 */
export function readHead(
  queries: Queries,
  { dataset, isBackfill, now }: { readonly dataset: string; readonly isBackfill: boolean; readonly now: number },
): WaitingHead | undefined {
  const row = isBackfill
    ? queries.get<HeadRow>(`SELECT ${headColumns} FROM ${backfillWaiting} AND ${mayStart} ORDER BY seq LIMIT 1`, [
        dataset,
        now,
      ])
    : queries.get<HeadRow>(`SELECT ${headColumns} FROM runs WHERE seq = (${onDemand} ORDER BY seq LIMIT 1)`, [
        dataset,
        now,
        everyone,
      ]);
  return row && toHead(row);
}

/** Reads the runs of a backfill that may start now, in its order: at most as many as may be at work at once. */
export function readDatesThatMayStart(
  queries: Queries,
  { dataset, backfillId, now }: { readonly dataset: string; readonly backfillId: string; readonly now: number },
): readonly WaitingHead[] {
  return queries
    .all<HeadRow>(`SELECT ${headColumns} FROM ${backfillWaiting} AND ${mayStart} AND backfill_id = ?3 ORDER BY seq`, [
      dataset,
      now,
      backfillId,
    ])
    .map(toHead);
}

/** Names the datasets that have runs which may start now. */
export function datasetsWaiting(queries: Queries, now: number): readonly string[] {
  return queries
    .all<{ dataset: string }>(`SELECT DISTINCT dataset FROM ${waiting} AND available_at <= ?`, [now])
    .map(({ dataset }) => dataset);
}

/** The runs of its dataset that a waiting run lets go first: on-demand runs before it, and before a backfill's run all of them. */
export function waitingBefore(
  queries: Queries,
  { dataset, runType, seq }: Pick<Run, 'dataset' | 'runType' | 'seq'>,
  { now, limit }: { readonly now: number; readonly limit: number },
): WaitingRuns | null {
  const isBackfill = runType === 'backfill';
  const first = queries.all<{ run_id: string }>(
    `SELECT run_id FROM runs WHERE seq IN (${onDemand} ORDER BY seq LIMIT ?4) ORDER BY seq`,
    [dataset, now, isBackfill ? everyone : seq, limit],
  );
  if (!isBackfill) return toWaitingRuns(first);
  const backfill = queries.all<{ run_id: string }>(
    `SELECT run_id FROM ${backfillWaiting} AND ${mayStart} AND seq < ?3 ORDER BY seq LIMIT ?4`,
    [dataset, now, seq, limit],
  );
  return toWaitingRuns([...first, ...backfill].slice(0, limit));
}

/** How many runs could start now, from the index alone: it reads all that wait. */
export function countAvailable(queries: Queries, now: number): number {
  const row = queries.get<{ n: number }>(`SELECT count(*) AS n FROM ${waiting} AND available_at <= ?`, [now]);
  return row?.n ?? 0;
}

/**
 * Since when the run that has waited longest could have started; undefined when none could. Of those that nothing delayed it is
 * the first, looked for in the index alone; of those that were delayed (`runs_delayed`), the one whose delay ended first.
 */
export function oldestWaiting(queries: Queries, now: number): number | undefined {
  const row = queries.get<{ at: number | null }>(
    `SELECT min(at) AS at
     FROM (
       SELECT created_at AS at FROM runs WHERE seq = (SELECT min(seq) FROM ${waiting} AND available_at = 0)
       UNION ALL
       SELECT min(available_at) FROM runs INDEXED BY runs_delayed
       WHERE status = 'PENDING' AND available_at > 0 AND available_at <= ? AND held = 0
     )`,
    [now],
  );
  return row?.at ?? undefined;
}
