import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RecordedState, TickRow } from '../recorded-state.ts';
import { ticksOf } from '../schedules.ts';

interface ScheduleRow {
  readonly dataset: string;
  readonly cron: string;
  readonly next_at: number;
  readonly since: number;
  readonly recorded_until: number;
  readonly paused: number;
}

interface ScheduleState {
  readonly schedules: readonly ScheduleRow[];
  readonly paused: readonly string[];
}

/** The next tick of any cron of `schedules.ts` comes within an hour. */
const hourMs = 3_600_000;

/**
 * Judges ticks as a loss of power has left them: every one has one outcome, the cursor of each schedule stands right behind
 * the last, and what is paused is so wherever it is written. Returns every violation, in words.
 */
export function judgeTicks(dataDir: string, state: RecordedState): readonly string[] {
  const { schedules, paused } = readSchedules(dataDir);
  const violations = [
    ...state.ticks.flatMap((row) => judgeRow(row, state)),
    ...judgeApart(state.ticks),
    ...judgeRuns(state),
    ...schedules.flatMap((schedule) => judgeCursor(schedule, state.ticks)),
    ...schedules
      .filter((schedule) => (schedule.paused === 1) !== paused.includes(schedule.dataset))
      .map(({ dataset }) => `the schedule of ${dataset} and its pause disagree`),
    ...judgePauses(state, paused),
  ];
  return violations;
}

function readSchedules(dataDir: string): ScheduleState {
  const sqlite = new DatabaseSync(join(dataDir, 'state.sqlite'));
  try {
    return {
      // Columns of the table.
      schedules: sqlite.prepare('SELECT * FROM schedules').all() as unknown as ScheduleRow[],
      paused: sqlite
        .prepare('SELECT dataset FROM pauses')
        .all()
        .map(({ dataset }) => String(dataset)),
    };
  } finally {
    sqlite.close();
  }
}

function judgeRow(
  { dataset, cron, scheduled_at: from, until_at: to, count, outcome, run_id }: TickRow,
  { runs }: RecordedState,
) {
  const ticks = ticksOf(cron, { from, to });
  const isWhole = ticks.length === count && ticks[0] === from && ticks.at(-1) === to;
  const run = runs.find((one) => one.run_id === run_id);
  const isRight = outcome === 'run' ? run?.logical_at === from && count === 1 : run_id === null;
  return [
    ...(isWhole ? [] : [`${dataset}: the ${count} ticks from ${from} to ${to} are ${ticks.length}`]),
    ...(isRight ? [] : [`${dataset}: the tick at ${from} is ${outcome} with ${run_id}`]),
  ];
}

/** Rows come in the order of their datasets and times. */
function judgeApart(rows: readonly TickRow[]): readonly string[] {
  return rows
    .filter((row, index) => {
      const before = rows[index - 1];
      return before?.dataset === row.dataset && before.until_at >= row.scheduled_at;
    })
    .map(({ dataset, scheduled_at }) => `${dataset}: the tick at ${scheduled_at} has two outcomes`);
}

function judgeRuns({ runs, ticks }: RecordedState): readonly string[] {
  const ticked = ticks.flatMap(({ run_id }) => run_id ?? []);
  const known = new Set(ticked);
  return [
    ...(known.size === ticked.length ? [] : ['two ticks have one run']),
    ...runs
      .filter((run) => run.run_type === 'scheduled' && !known.has(run.run_id))
      .map(({ run_id }) => `${run_id} has no tick`),
  ];
}

function judgeCursor({ dataset, cron, next_at, since, recorded_until }: ScheduleRow, ticks: readonly TickRow[]) {
  const rows = ticks.filter((row) => row.dataset === dataset);
  const last = Math.max(0, ...rows.map((row) => row.until_at));
  const own = rows.filter((row) => row.scheduled_at > since);
  const decided = own.reduce((sum, { count }) => sum + count, 0);
  const due = ticksOf(cron, { from: since + 1, to: next_at - 1 }).length;
  const from = Math.max(since, ...own.map((row) => row.until_at)) + 1;
  const [next] = ticksOf(cron, { from, to: from + hourMs });
  return [
    ...(recorded_until === last ? [] : [`${dataset}: recorded until ${recorded_until}, and its last tick is ${last}`]),
    ...(next === next_at ? [] : [`${dataset}: the cursor is at ${next_at} instead of ${next}`]),
    ...(decided === due ? [] : [`${dataset}: ${due} ticks lie before the cursor and ${decided} have an outcome`]),
  ];
}

/** What the log of events has of pauses is what holds. */
function judgePauses({ events }: RecordedState, paused: readonly string[]): readonly string[] {
  const last = new Map<string | null, string>();
  for (const { kind, dataset } of events) if (/^workflow\.(un)?paused$/.test(kind)) last.set(dataset, kind);
  const expected = [...last].flatMap(([dataset, kind]) => (kind === 'workflow.paused' ? (dataset ?? []) : []));
  return expected.toSorted().join() === paused.toSorted().join()
    ? []
    : [`paused are ${paused}, and by the events ${expected}`];
}
