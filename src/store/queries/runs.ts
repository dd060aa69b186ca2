import { type NewRun, notDelayed, type Run } from '../../core/run.ts';
import { labelSecond, numberLabel, readRunId, runLabel, runLabels, shortRunId } from '../../core/run-id.ts';
import { insertRows, rowInsert } from '../insert-rows.ts';
import type { Bindings } from '../prepared-statement.ts';
import { type RunRow, toRun } from '../rows.ts';
import type { Queries, Transaction } from '../sqlite.ts';
import { newestRun } from './history.ts';

const msPerDay = 86_400_000;

const insertion = rowInsert(
  `runs (run_uid, run_id, label_at, label_use, dataset, source_type, run_type, status, execution_date, params, revision,
         warehouse, logical_at, max_attempts, held, backfill_id, triggered_by, created_at)`,
  "(?, ?, ?, ?, ?, ?, ?, 'PENDING', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
);

/** A run's readable id, and the parts that it is found by. */
interface GivenId {
  readonly runId: string;
  readonly labelAt: number;
  readonly use: number;
}

/** How many of a dataset's runs a second has named, of those that are kept. */
function usesOf(queries: Queries, dataset: string, labelAt: number): number {
  const row = queries.get<{ used: number | null }>(
    'SELECT max(label_use) AS used FROM runs WHERE label_at = ? AND dataset = ?',
    [labelAt, dataset],
  );
  return row?.used ?? 0;
}

/** Stores a run as PENDING and gives it its readable id. Reading the row that was just written would cost as much as writing it. */
export function insertRun(transaction: Transaction, run: NewRun): Run {
  const { dataset, logicalAt, labelAt: at = logicalAt } = run;
  const labelAt = labelSecond(at);
  const use = usesOf(transaction, dataset, labelAt) + 1;
  const runId = numberLabel(runLabel(dataset, at), use, '_');
  const seq = transaction.insert(insertion.one, toValues(run, { runId, labelAt, use }));
  noteDays(transaction, [{ seq, createdAt: run.createdAt }]);
  return toStored(run, { seq, runId });
}

/** Stores runs as {@link insertRun} does, in their order. */
export function insertRuns(transaction: Transaction, runs: readonly NewRun[]): readonly Run[] {
  const given = giveIds(transaction, runs);
  const last = insertRows(
    transaction,
    insertion,
    given.map(({ run, id }) => toValues(run, id)),
  );
  // The numbers of one transaction's runs follow each other: nobody else inserts meanwhile.
  const first = last - runs.length + 1;
  const stored = given.map(({ run, id }, index) => toStored(run, { seq: first + index, runId: id.runId }));
  noteDays(transaction, stored);
  return stored;
}

/** Gives runs that are not stored yet their ids: a label that several of them have is read once and counted on here. */
function giveIds(queries: Queries, runs: readonly NewRun[]): readonly { readonly run: NewRun; readonly id: GivenId }[] {
  const labelled = runs.map((run) => ({ dataset: run.dataset, at: run.labelAt ?? run.logicalAt }));
  const labels = runLabels(labelled);
  const uses = new Map<string, number>();
  return runs.map((run, index) => {
    const { dataset, at } = labelled[index] ?? { dataset: run.dataset, at: run.logicalAt };
    const label = labels[index] ?? '';
    const labelAt = labelSecond(at);
    const use = (uses.get(label) ?? usesOf(queries, dataset, labelAt)) + 1;
    uses.set(label, use);
    return { run, id: { runId: numberLabel(label, use, '_'), labelAt, use } };
  });
}

function toValues(run: NewRun, { runId, labelAt, use }: GivenId): Bindings {
  return [
    run.runUid,
    runId,
    labelAt,
    use,
    run.dataset,
    run.sourceType,
    run.runType,
    run.executionDate,
    JSON.stringify(run.params),
    run.revision,
    run.warehouse,
    run.logicalAt,
    run.maxAttempts,
    run.held ? 1 : 0,
    run.backfillId,
    run.triggeredBy,
    run.createdAt,
  ];
}

function toStored({ labelAt, ...facts }: NewRun, given: Pick<Run, 'seq' | 'runId'>): Run {
  return { ...firstValues, ...facts, ...given };
}

/** Notes where in the order of runs a day begins (UTC): the first run of a day has a row, and the first one after the clock was set back. */
function noteDays(transaction: Transaction, runs: readonly Pick<Run, 'seq' | 'createdAt'>[]): void {
  let last = transaction.get<{ day: number }>('SELECT day FROM run_days ORDER BY first_seq DESC LIMIT 1')?.day;
  for (const { seq, createdAt } of runs) {
    const day = Math.floor(createdAt / msPerDay);
    if (day !== last) transaction.run('INSERT INTO run_days (first_seq, day) VALUES (?, ?)', [seq, day]);
    last = day;
  }
}

/** What the table gives a run that has just been stored. */
const firstValues = {
  status: 'PENDING',
  attempt: 0,
  owner: null,
  claims: 0,
  availableAt: notDelayed,
  waitReason: null,
  waitingSince: null,
  processDeaths: 0,
  uncertain: false,
  published: false,
  postIndex: 0,
  conflicts: 0,
  superseded: false,
  reason: null,
  error: null,
  stopRequestedAt: null,
  startedAt: null,
  finishedAt: null,
} as const satisfies Partial<Run>;

/** Reads a run by its identity. */
export function getRun(queries: Queries, runUid: string): Run | undefined {
  const row = queries.get<RunRow>('SELECT * FROM runs WHERE run_uid = ?', [runUid]);
  return row && toRun(row);
}

/** Tells whether somebody asked for the stop of a run. */
export function isStopRequested(queries: Queries, runUid: string): boolean {
  return queries.get('SELECT 1 FROM runs WHERE run_uid = ? AND stop_requested_at IS NOT NULL', [runUid]) !== undefined;
}

/** Reads the run with exactly this id. */
export function runWithId(queries: Queries, runId: string): Run | undefined {
  const parts = readRunId(runId);
  if (!parts) return undefined;
  const row = queries.get<RunRow>('SELECT * FROM runs WHERE label_at = ? AND dataset = ? AND label_use = ?', [
    parts.labelAt,
    parts.dataset,
    parts.use,
  ]);
  return row && toRun(row);
}

/** Finds the runs that a typed id can mean: the one with exactly this id, else those whose id ends with it after a dot. */
export function findRuns(queries: Queries, typedId: string): readonly Run[] {
  const exact = runWithId(queries, typedId);
  if (exact) return [exact];
  const parts = readRunId(typedId);
  if (!parts) return [];
  const { dataset, labelAt, use } = parts;
  return queries
    .all<RunRow>(`SELECT * FROM runs WHERE ${ofAnyDataset} ORDER BY seq DESC LIMIT 50`, [labelAt, use, `.${dataset}`])
    .map(toRun);
}

/** The ids of runs that end like a typed one, whatever their leading name parts are; the newest first, at most `limit`. */
export function runsLabelled(queries: Queries, typedId: string, limit: number): readonly string[] {
  const parts = readRunId(typedId);
  if (!parts) return [];
  return queries
    .all<{ run_id: string }>(`SELECT run_id FROM runs WHERE ${ofAnyDataset} ORDER BY seq DESC LIMIT ?`, [
      parts.labelAt,
      parts.use,
      `.${shortRunId(parts.dataset)}`,
      limit,
    ])
    .map((row) => row.run_id);
}

/** From the index alone: all that one second has named are looked at, some thousands where many schedules share a tick. */
const ofAnyDataset = "label_at = ?1 AND label_use = ?2 AND substr('.' || dataset, -length(?3)) = ?3";

/** The run of a dataset that started last; while none has started, the one that was created last. */
export function lastRun(queries: Queries, dataset: string): Run | undefined {
  const row = queries.get<RunRow>(
    `SELECT * FROM runs INDEXED BY runs_started
     WHERE dataset = ? AND started_at IS NOT NULL
     ORDER BY started_at DESC, seq DESC
     LIMIT 1`,
    [dataset],
  );
  return row ? toRun(row) : newestRun(queries, dataset);
}

/** How long the last completed runs of a dataset took, in milliseconds, at most `limit` of its last 200 runs. */
export function lastDurations(queries: Queries, dataset: string, limit: number): readonly number[] {
  return queries
    .all<{ ms: number }>(
      `SELECT finished_at - started_at AS ms
       FROM (SELECT status, started_at, finished_at FROM runs INDEXED BY runs_started
             WHERE dataset = ? AND started_at IS NOT NULL
             ORDER BY started_at DESC
             LIMIT 200)
       WHERE status = 'COMPLETED'
       LIMIT ?`,
      [dataset, limit],
    )
    .map(({ ms }) => ms);
}

/** Runs of a dataset that have not ended, at most `limit`. Those of a backfill that is still being stored do not count yet. */
export function unfinishedRuns(queries: Queries, dataset: string, limit: number): readonly Run[] {
  return queries
    .all<RunRow>(
      `SELECT * FROM runs INDEXED BY runs_unfinished
       WHERE dataset = ? AND status IN ('PENDING', 'RUNNING')
         AND NOT EXISTS (SELECT 1 FROM backfills WHERE backfills.backfill_id = runs.backfill_id AND stored = 0)
       ORDER BY seq
       LIMIT ?`,
      [dataset, limit],
    )
    .map(toRun);
}

/** Runs of a dataset that are at work. */
export function datasetAtWork(queries: Queries, dataset: string, limit: number): readonly string[] {
  return queries
    .all<{ run_id: string }>(
      `SELECT run_id FROM runs INDEXED BY runs_unfinished
       WHERE dataset = ? AND status IN ('PENDING', 'RUNNING') AND status = 'RUNNING'
       ORDER BY seq
       LIMIT ?`,
      [dataset, limit],
    )
    .map((row) => row.run_id);
}

/** Runs that are at work, in the order of their creation, at most `limit`. */
export function runsAtWork(queries: Queries, limit: number): readonly Run[] {
  return queries
    .all<RunRow>(`SELECT * FROM runs INDEXED BY runs_status WHERE status = 'RUNNING' ORDER BY seq LIMIT ?`, [limit])
    .map(toRun);
}

/** Some runs that wait, counted up to `limit`, and the first of them. */
export interface WaitingRuns {
  readonly count: number;
  readonly firstRunId: string;
}

/** Counts runs of a line, in its order. */
export function toWaitingRuns(rows: readonly { readonly run_id: string }[]): WaitingRuns | null {
  const [first] = rows;
  return first ? { count: rows.length, firstRunId: first.run_id } : null;
}

/** The runs of a dataset that wait for whatever reason. Those of a backfill that is still being stored do not count yet. */
export function waitingRuns(queries: Queries, dataset: string, limit: number): WaitingRuns | null {
  return toWaitingRuns(
    queries.all(
      `SELECT run_id FROM runs INDEXED BY runs_unfinished
       WHERE dataset = ? AND status IN ('PENDING', 'RUNNING') AND status = 'PENDING'
         AND NOT EXISTS (SELECT 1 FROM backfills WHERE backfills.backfill_id = runs.backfill_id AND stored = 0)
       ORDER BY seq
       LIMIT ?`,
      [dataset, limit],
    ),
  );
}

/** The runs of a dataset that wait, as {@link waitingRuns} does, but only those made of another revision than this one. */
export function waitingWithOtherSpec(
  queries: Queries,
  { dataset, revision, limit }: { readonly dataset: string; readonly revision: string; readonly limit: number },
): WaitingRuns | null {
  return toWaitingRuns(
    queries.all(
      `SELECT run_id FROM runs INDEXED BY runs_unfinished
       WHERE dataset = ? AND status IN ('PENDING', 'RUNNING') AND status = 'PENDING' AND revision <> ?
         AND NOT EXISTS (SELECT 1 FROM backfills WHERE backfills.backfill_id = runs.backfill_id AND stored = 0)
       ORDER BY seq
       LIMIT ?`,
      [dataset, revision, limit],
    ),
  );
}

/** How many runs are waiting and running. */
export function countUnfinished(queries: Queries): { readonly PENDING: number; readonly RUNNING: number } {
  const rows = queries.all<{ status: 'PENDING' | 'RUNNING'; n: number }>(
    `SELECT status, count(*) AS n FROM runs INDEXED BY runs_unfinished
     WHERE status IN ('PENDING', 'RUNNING')
     GROUP BY status`,
  );
  return { PENDING: 0, RUNNING: 0, ...Object.fromEntries(rows.map(({ status, n }) => [status, n])) };
}

/** How many runs of each kind have not ended, from the index `runs_status` alone. */
export function countUnfinishedByKind(queries: Queries): readonly {
  readonly status: string;
  readonly run_type: string;
  readonly source_type: string;
  readonly count: number;
}[] {
  return queries.all(
    `SELECT status, run_type, source_type, count(*) AS count FROM runs INDEXED BY runs_status
     WHERE status IN ('PENDING', 'RUNNING')
     GROUP BY status, run_type, source_type`,
  );
}
