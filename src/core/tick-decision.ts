/**
 * What becomes of the ticks that are due. A tick is either *live*, or it fell into a time in which it was not looked at: the
 * server was down, or its workflow was paused. Live ticks each run, or are skipped by the schedule's `overlap`. Of the others
 * `catchup` lets none, the newest or all run; the rest keeps the outcome of that time, as one stretch.
 */
import type { TickOutcome } from '../contract/ticks.ts';
import { counted } from './counted.ts';
import type { Schedule } from './schedule.ts';
import type { InstantRange } from './tick-count.ts';

/** Which of the ticks that were not looked at run. */
export type Catchup = 'none' | 'latest' | 'all';

/** What becomes of a tick while an earlier scheduled run is unfinished. */
export type Overlap = 'queue' | 'skip';

/** The scheduled runs of a dataset that have not ended. */
export interface ScheduledQueue {
  /** How many have not ended, those at work included; counting stops at {@link longestQueue} + 1. */
  readonly unfinished: number;
  /** How many of them wait. */
  readonly waiting: number;
  /** The oldest of them; null when there is none. */
  readonly oldestRunId: string | null;
}

/** A time in which ticks were not looked at. */
export interface Absence {
  /** The first instant at which ticks are live again, epoch ms. */
  readonly until: number;
  readonly outcome: 'missed' | 'skipped_paused';
  readonly catchup: Catchup;
  /** Why they were not looked at, for people. */
  readonly reason: string;
}

/** One outcome: of a single tick, or of a stretch of them without a run. */
export interface TickRecord {
  /** Epoch ms of the first tick. */
  readonly scheduledAt: number;
  /** Epoch ms of the last one. */
  readonly untilAt: number;
  readonly count: number;
  readonly outcome: TickOutcome;
  readonly reason: string | null;
}

/** What the decision looks at. */
export interface DueTicks {
  readonly schedule: Schedule;
  /** From the tick that is due next to now. */
  readonly range: InstantRange;
  readonly overlap: Overlap;
  readonly queue: ScheduledQueue;
  /** Null when every tick is live. */
  readonly absence: Absence | null;
  /** Ticks up to this instant were promised a run by a decision that was not stored as a whole; null when there is none. */
  readonly catchupUntil: number | null;
  /** The command that computes what a catch-up leaves out of a range; null when there is none. */
  readonly remedyFor: (range: InstantRange) => string | null;
  /** How many runs one decision may make. @default {@link runsAtOnce} */
  readonly mostRuns?: number;
}

/** What to store, in order, and how far the ticks are decided. */
export interface TickDecision {
  readonly records: readonly TickRecord[];
  /** Every tick up to this instant (epoch ms) is decided. */
  readonly decidedUntil: number;
  /** As in {@link DueTicks}. */
  readonly catchupUntil: number | null;
}

/** Waiting scheduled runs of one dataset; a tick that finds this many is skipped. */
export const longestQueue = 100;

/** The most ticks that one catch-up runs. */
export const mostCaughtUp = 1_000;

/** Runs that one transaction inserts for one schedule, so that the event loop is never held for long. */
export const runsAtOnce = 100;

/** Decides what becomes of the ticks that are due. Every tick up to `decidedUntil` has exactly one outcome. */
export function decideTicks(due: DueTicks): TickDecision {
  const { range, absence, catchupUntil } = due;
  if (catchupUntil !== null && range.from <= catchupUntil) return goOnCatchingUp(due, catchupUntil);
  const absentTo = Math.min(range.to, (absence?.until ?? Number.NEGATIVE_INFINITY) - 1);
  if (absence && range.from <= absentTo) return decideAbsent(due, absence, { from: range.from, to: absentTo });
  return decideLive(due);
}

function goOnCatchingUp(due: DueTicks, catchupUntil: number): TickDecision {
  const { schedule, range, mostRuns = runsAtOnce } = due;
  const records: TickRecord[] = [];
  let decidedUntil = range.from - 1;
  for (let at = schedule.next(decidedUntil); at !== null && at <= catchupUntil; at = schedule.next(at)) {
    if (records.length === mostRuns) return { records, decidedUntil, catchupUntil };
    const reason = due.absence === null ? 'caught up' : `caught up: ${due.absence.reason}`;
    records.push(single(at, { outcome: 'run', reason }));
    decidedUntil = at;
  }
  return { records, decidedUntil: Math.max(decidedUntil, catchupUntil), catchupUntil: null };
}

function decideAbsent(due: DueTicks, absence: Absence, range: InstantRange): TickDecision {
  const { schedule } = due;
  const { outcome, reason, catchup } = absence;
  const decided = (records: readonly TickRecord[]) => ({ records, decidedUntil: range.to, catchupUntil: null });
  const last = schedule.last(range);
  if (last === null) return decided([]);
  if (catchup === 'all') return catchUpAll(due, absence, { ...range, to: last });
  if (catchup === 'none') return decided([stretch(schedule, { ...range, to: last }, { outcome, reason })]);
  const before = { from: range.from, to: last - 1 };
  const rest = schedule.last(before);
  return decided([
    ...(rest === null ? [] : [stretch(schedule, { ...before, to: rest }, { outcome, reason })]),
    runOrSkip(due, last, { queue: due.queue, reason: `caught up: ${reason}` }),
  ]);
}

/** The oldest ticks are promised a run; what is beyond the limit is told at once, so that it is told whatever happens. */
function catchUpAll(due: DueTicks, { outcome, reason }: Absence, range: InstantRange): TickDecision {
  const { schedule } = due;
  let promised = range.from - 1;
  for (let count = 0; count < mostCaughtUp && promised < range.to; count += 1) {
    promised = schedule.next(promised) ?? range.to;
  }
  const first = goOnCatchingUp(due, promised);
  const beyond = schedule.next(promised);
  if (beyond === null || beyond > range.to) return first;
  const left = { from: beyond, to: range.to };
  const remedy = due.remedyFor(left);
  const limit = `${reason}; a catch-up runs at most ${mostCaughtUp} ticks${remedy === null ? '' : `, the others with: ${remedy}`}`;
  const rest = stretch(schedule, left, { outcome, reason: limit });
  return { ...first, records: [...first.records, rest] };
}

function decideLive(due: DueTicks): TickDecision {
  const { schedule, range, mostRuns = runsAtOnce } = due;
  const records: TickRecord[] = [];
  let { queue } = due;
  let runs = 0;
  let decidedUntil = range.from - 1;
  for (let at = schedule.next(decidedUntil); at !== null && at <= range.to; at = schedule.next(at)) {
    if (runs === mostRuns) return { records, decidedUntil, catchupUntil: null };
    const record = runOrSkip(due, at, { queue, reason: null });
    if (record.outcome === 'run') {
      runs += 1;
      queue = { ...queue, unfinished: queue.unfinished + 1, waiting: queue.waiting + 1 };
    }
    appendRecord(records, record);
    decidedUntil = at;
  }
  return { records, decidedUntil: range.to, catchupUntil: null };
}

function runOrSkip(
  { overlap }: DueTicks,
  at: number,
  { queue, reason }: { readonly queue: ScheduledQueue; readonly reason: string | null },
): TickRecord {
  const before = queue.oldestRunId === null ? 'the scheduled run before it' : `run ${queue.oldestRunId}`;
  if (overlap === 'skip' && queue.unfinished > 0) {
    return single(at, { outcome: 'skipped_overlap', reason: `${before} had not finished (overlap: skip)` });
  }
  if (queue.waiting >= longestQueue) {
    const waiting = counted(longestQueue, 'scheduled run');
    return single(at, { outcome: 'skipped_overlap', reason: `${waiting} were waiting already, behind ${before}` });
  }
  return single(at, { outcome: 'run', reason });
}

/** Adds an outcome to those before it: one without a run that is like the last one makes that a longer stretch. */
function appendRecord(records: TickRecord[], record: TickRecord): void {
  const last = records.at(-1);
  if (!last || last.outcome === 'run' || last.outcome !== record.outcome || last.reason !== record.reason) {
    records.push(record);
    return;
  }
  records[records.length - 1] = { ...last, untilAt: record.untilAt, count: last.count + record.count };
}

function single(at: number, { outcome, reason }: Pick<TickRecord, 'outcome' | 'reason'>): TickRecord {
  return { scheduledAt: at, untilAt: at, count: 1, outcome, reason };
}

/** A stretch of ticks; both ends of the range are ticks, or lie before the first one. */
function stretch(
  schedule: Schedule,
  { from, to }: InstantRange,
  { outcome, reason }: Pick<TickRecord, 'outcome' | 'reason'>,
): TickRecord {
  return {
    scheduledAt: schedule.next(from - 1) ?? from,
    untilAt: to,
    count: schedule.count({ from, to }),
    outcome,
    reason,
  };
}
