import { auditEvents } from './audit-events.ts';
import { auditTicks } from './audit-ticks.ts';
import { type RecordedState, type RunRow, readRecordedState } from './recorded-state.ts';
import type { AskedSchedule } from './schedules.ts';

/** What the clients were told, against which the state is judged. */
export interface Told {
  /** Run ids of adhoc runs that were acknowledged. Every request was repeated with its key until it was. */
  readonly runIds: readonly string[];
  /** Ids of backfills that were acknowledged, and the runs that each was said to have. @default none */
  readonly backfills?: readonly { readonly backfillId: string; readonly runIds: readonly string[] }[];
  /** Final states that were told, by run id. @default none */
  readonly ended?: ReadonlyMap<string, string>;
  /** Datasets with a post-statement. @default none */
  readonly posting?: readonly string[];
  /** Datasets that only read: their runs leave no row, neither in a table nor in the ledger. @default none */
  readonly reading?: readonly string[];
  /** Whether there may be more runs and backfills: requests that were not answered any more. @default false */
  readonly mayHaveMore?: boolean;
  /** What a run may have failed of. @default that it took its warehouse process down three times */
  readonly failures?: RegExp;
  /** The schedules that were asked for, by the revision of their spec. @default none */
  readonly schedules?: ReadonlyMap<string, AskedSchedule>;
}

const threeDeaths = /took its warehouse process down three times/;
const terminal: readonly string[] = ['COMPLETED', 'FAILED', 'KILLED'];

/** Judges what a stopped server has left. Returns every violation, in words; none is how it should be. */
export async function audit(dataDir: string, told: Told): Promise<readonly string[]> {
  const state = await readRecordedState(dataDir);
  return [
    ...auditPromises(state, told),
    ...state.runs.flatMap((run) => auditRun(run, state, told)),
    ...auditWarehouse(state, told),
    ...auditBackfills(state),
    ...auditDates(state),
    ...state.openAttempts.map(({ run_uid }) => `an attempt of ${run_uid} is still open`),
    ...auditEvents(state),
    ...auditTicks(state, told.schedules ?? new Map()),
  ];
}

/** What was acknowledged is there, and nothing that nobody asked for. */
function auditPromises({ runs, backfills }: RecordedState, told: Told): readonly string[] {
  const { runIds, backfills: toldBackfills = [], ended = new Map<string, string>(), mayHaveMore = false } = told;
  const status = new Map(runs.map((run) => [run.run_id, run.status]));
  const asked = runs.filter((run) => run.run_type !== 'scheduled' && !mayHaveMore).map((run) => run.run_id);
  const promised = [...runIds, ...toldBackfills.flatMap((backfill) => backfill.runIds)];
  // A resume answers how many runs it adds, and not which: those are judged by its events.
  const known = new Set([...promised, ...addedByResumes(runs, backfills)]);
  const stored = backfills.filter((backfill) => backfill.stored === 1);
  return [
    ...promised.filter((runId) => !status.has(runId)).map((runId) => `${runId} was acknowledged and is not there`),
    // Scheduled runs are asked for by their ticks.
    ...asked.filter((runId) => !known.has(runId)).map((runId) => `nobody asked for ${runId}`),
    ...(stored.length === backfills.length ? [] : ['a backfill that was never acknowledged is left']),
    ...(stored.length === toldBackfills.length || mayHaveMore
      ? []
      : [`${stored.length} backfills are stored, ${toldBackfills.length} were acknowledged`]),
    ...[...ended]
      .filter(([runId, end]) => status.get(runId) !== end)
      .map(([runId, end]) => `${runId} was told to be ${end} and is ${status.get(runId)}`),
  ];
}

function addedByResumes(runs: RecordedState['runs'], backfills: RecordedState['backfills']): readonly string[] {
  return backfills.flatMap(({ backfill_id, total_runs }) =>
    runs
      .filter((run) => run.backfill_id === backfill_id)
      .slice(total_runs)
      .map((run) => run.run_id),
  );
}

/** One terminal state; published exactly once if COMPLETED, else not at all. */
function auditRun(run: RunRow, state: RecordedState, told: Told): readonly string[] {
  const { run_id, status } = run;
  const { posting = [], reading = [], failures = threeDeaths } = told;
  const isPosting = posting.includes(run.dataset);
  // A run can die of its post-statements after it was published; then it says so.
  const mayBePublished = status === 'COMPLETED' || (status === 'FAILED' && isPosting && run.published === 1);
  const expected = mayBePublished ? 1 : 0;
  const expectedRows = reading.includes(run.dataset) ? 0 : expected;
  const rows = state.rows.get(run_id) ?? 0;
  const posted = state.posted.get(run_id) ?? 0;
  const leftOut = /post-statements? left out/.test(run.reason ?? '');
  return [
    ...(terminal.includes(status) ? [] : [`${run_id} is left ${status}`]),
    ...(run.owner === null && run.uncertain === 0 ? [] : [`${run_id} has ended and still has an owner or a doubt`]),
    ...(rows === expectedRows ? [] : [`${run_id} is ${status} and has ${rows} row(s)`]),
    ...(run.published === expected ? [] : [`${run_id} is ${status} with published ${run.published}`]),
    ...(status === 'FAILED' && !failures.test(run.error ?? '') ? [`${run_id} failed: ${run.error}`] : []),
    ...(status === 'COMPLETED' && isPosting && posted === 0 && !leftOut
      ? [`${run_id} is COMPLETED without its post-statement`]
      : []),
    ...(expected === 0 && posted > 0 ? [`${run_id} is ${status} and its post-statement ran`] : []),
  ];
}

/** Rows and ledger name the same runs, each once. */
function auditWarehouse({ runs, rows, posted, ledger }: RecordedState, { reading = [] }: Told): readonly string[] {
  const known = new Set(runs.map((run) => run.run_id));
  const writing = runs.filter((run) => !reading.includes(run.dataset));
  const published = new Set(writing.filter((run) => run.published === 1).map((run) => run.run_uid));
  return [
    ...[...rows.keys(), ...posted.keys()].filter((runId) => !known.has(runId)).map((runId) => `rows of ${runId}?`),
    ...ledger.filter((uid) => !published.has(uid)).map((uid) => `${uid} is in the ledger and not published`),
    ...[...published].filter((uid) => !ledger.includes(uid)).map((uid) => `${uid} is published and not in the ledger`),
    ...(new Set(ledger).size === ledger.length ? [] : ['the ledger names a run twice']),
  ];
}

/** What its dates are left as; in which order they came there is judged by the events. */
function auditBackfills({ runs, backfills }: RecordedState): readonly string[] {
  return backfills.flatMap(({ backfill_id, status, total_runs, finished_at }) => {
    const states = runs
      .filter((run) => run.backfill_id === backfill_id && run.superseded === 0)
      .map((run) => run.status);
    return [
      ...(terminal.includes(status) && finished_at !== null ? [] : [`${backfill_id} is left ${status}`]),
      ...(states.length === total_runs ? [] : [`${backfill_id} has ${states.length} of ${total_runs} runs`]),
    ];
  });
}

function auditDates({ runs, dates }: RecordedState): readonly string[] {
  const status = new Map(runs.map((run) => [run.run_uid, run.status]));
  const succeeded = new Set(
    runs.filter((run) => run.status === 'COMPLETED').map((run) => `${run.dataset} ${run.execution_date}`),
  );
  const recorded = new Set(
    dates.flatMap((date) => (date.success_run_uid === null ? [] : [`${date.dataset} ${date.execution_date}`])),
  );
  return [
    ...dates
      .filter((date) => status.get(date.started_run_uid) !== date.started_status)
      .map((date) => `${date.dataset} ${date.execution_date} is recorded as ${date.started_status}`),
    ...[...succeeded].filter((date) => !recorded.has(date)).map((date) => `${date} has a success without a record`),
    ...[...recorded].filter((date) => !succeeded.has(date)).map((date) => `${date} has a record without a success`),
  ];
}
