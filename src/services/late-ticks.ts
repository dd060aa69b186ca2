import type { Explanation } from '../contract/explanations.ts';
import { isLate } from '../core/late.ts';
import type { LateTicks } from '../core/notification-texts.ts';
import type { Run } from '../core/run.ts';
import { dateSuccess } from '../store/queries/dates.ts';
import type { LateWatch } from '../store/queries/late-watches.ts';
import { readPause } from '../store/queries/pauses.ts';
import { runWithId } from '../store/queries/runs.ts';
import { getSchedule } from '../store/queries/schedules.ts';
import { type StoredTicks, ticksBefore, ticksFrom } from '../store/queries/ticks.ts';
import type { Transaction } from '../store/sqlite.ts';
import { explainRun, explainWorkflow } from './explain.ts';
import type { ServiceParts } from './parts.ts';

/** Rows of ticks that one look reads. */
const most = 500;
const msPerMinute = 60_000;

/** Late ticks, and the run of the last of them, if it made one. */
export interface FoundLate extends LateTicks {
  readonly runId: string | null;
}

/** Ticks that are late for one reason, as far as they lie between two instants. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly run: Run | null;
  /** What kept them from making a run; null when they have no outcome. */
  readonly reason: string | null;
}

/**
 * Looks at the ticks of a watched dataset that should be completed by `now` (epoch ms). Tells which of them are late, and up to
 * which tick it has looked.
 */
export function findLateTicks(
  transaction: Transaction,
  parts: ServiceParts,
  { watch, now }: { readonly watch: LateWatch; readonly now: number },
): { readonly late: FoundLate | null; readonly judgedUntil: number } {
  const { dataset, judgedUntil } = watch;
  const until = Math.max(judgedUntil, now - watch.afterMinutes * msPerMinute);
  const rows = recordedTicks(transaction, { dataset, after: judgedUntil, until });
  const isAll = rows.length < most;
  const reached = isAll ? until : (rows.at(-1)?.untilAt ?? until);
  const look = { watch, until: Math.min(reached, until), isPaused: readPause(transaction, dataset) !== undefined };
  const found = rows.flatMap((ticks) => judgeRecorded(transaction, parts, { ...look, ticks }) ?? []);
  const open = isAll ? judgeOpen(transaction, parts, look) : undefined;
  const stretches = open ? [...found, open] : found;
  return { late: summary(parts, dataset, stretches), judgedUntil: look.until };
}

function recordedTicks(
  transaction: Transaction,
  { dataset, after, until }: { readonly dataset: string; readonly after: number; readonly until: number },
): readonly StoredTicks[] {
  const before = ticksBefore(transaction, dataset, after);
  const rows = ticksFrom(transaction, { dataset, from: after + 1, limit: most });
  return [...(before && before.untilAt > after ? [before] : []), ...rows]
    .filter(({ scheduledAt }) => scheduledAt <= until)
    .slice(0, most);
}

interface Look {
  readonly watch: LateWatch;
  readonly until: number;
  readonly isPaused: boolean;
}

function judgeRecorded(
  transaction: Transaction,
  { schedules }: ServiceParts,
  { watch, until, isPaused, ticks }: Look & { readonly ticks: StoredTicks },
): Stretch | undefined {
  const { scheduledAt, untilAt, outcome, reason, rule, runId } = ticks;
  const run = runId === null ? null : (runWithId(transaction, runId) ?? null);
  const schedule = schedules.open(rule);
  const date = run?.executionDate ?? schedule.executionDateOf(untilAt, rule.executionDate);
  const otherSuccessAt = otherSuccess(transaction, watch.dataset, date);
  const dueAt = untilAt + watch.afterMinutes * msPerMinute;
  if (!isLate({ scheduledAt, dueAt, outcome, run, otherSuccessAt, isPaused })) return undefined;
  // Of a stretch only the ticks that are due and have not been looked at.
  const range = { from: Math.max(scheduledAt, watch.judgedUntil + 1), to: Math.min(untilAt, until) };
  const [first, last] = [schedule.next(range.from - 1), schedule.last(range)];
  if (first === null || last === null) return undefined;
  return { from: first, to: last, count: schedule.count(range), run, reason: reason ?? 'it was skipped' };
}

/** Ticks that are due and have no outcome yet: nobody looked at them. */
function judgeOpen(
  transaction: Transaction,
  { schedules }: ServiceParts,
  { watch, until, isPaused }: Look,
): Stretch | undefined {
  const record = getSchedule(transaction, watch.dataset);
  if (!record || record.nextAt === null) return undefined;
  const rule = schedules.open(record);
  const range = {
    from: Math.max(record.nextAt, record.since, record.recordedUntil + 1, watch.judgedUntil + 1),
    to: until,
  };
  const last = range.from > until ? null : rule.last(range);
  if (last === null) return undefined;
  const dueAt = last + watch.afterMinutes * msPerMinute;
  const open = { scheduledAt: range.from, dueAt, outcome: null, run: null, otherSuccessAt: null, isPaused };
  if (!isLate(open)) return undefined;
  return { from: rule.next(range.from - 1) ?? range.from, to: last, count: rule.count(range), run: null, reason: null };
}

/** When a run that was not scheduled completed a date: somebody ran it by hand, or in a backfill. */
function otherSuccess(transaction: Transaction, dataset: string, date: string): number | null {
  const success = dateSuccess(transaction, dataset, date);
  return success && success.runType !== 'scheduled' ? success.at : null;
}

function summary(parts: ServiceParts, dataset: string, stretches: readonly Stretch[]): FoundLate | null {
  const [first] = stretches;
  const last = stretches.at(-1);
  if (!first || !last) return null;
  const count = stretches.reduce((sum, stretch) => sum + stretch.count, 0);
  const explanation = explain(parts, dataset, last);
  return { first: first.from, last: last.to, count, explanation, runId: last.run?.runId ?? null };
}

function explain(parts: ServiceParts, dataset: string, { run, reason, to }: Stretch): Explanation {
  if (run?.status === 'COMPLETED') {
    const at = new Date(run.finishedAt ?? 0).toISOString().slice(0, 19);
    const sentence = `Run ${run.runId} completed at ${at}Z, too late.`;
    return { sentence, command: `dli workflow status ${run.runId}`, facts: [] };
  }
  if (run) return explainRun(parts, run.runId);
  if (reason === null) return explainWorkflow(parts, dataset);
  const tick = `${new Date(to).toISOString().slice(0, 19)}Z`;
  return {
    sentence: `Its tick ${tick} made no run: ${reason}.`,
    command: `dli workflow explain ${dataset}`,
    facts: [],
  };
}
