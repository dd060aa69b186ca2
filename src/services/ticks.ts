import { DliError } from '../contract/errors.ts';
import type { WorkflowTick } from '../contract/ticks.ts';
import type { Tick } from '../core/schedule.ts';
import { readPause } from '../store/queries/pauses.ts';
import { getSchedule } from '../store/queries/schedules.ts';
import { newestTicks, type StoredTicks, ticksBefore, ticksFrom } from '../store/queries/ticks.ts';
import { readCursor } from './cursor.ts';
import { findEffective } from './find-workflow.ts';
import type { ServiceParts } from './parts.ts';
import { type Page, pageOf } from './runs.ts';
import { tickView } from './views.ts';

/** Ticks with an outcome that a list begins with where it is not told where to begin. */
const pastShown = 10;
/** Stored rows that are read at a time. */
const rowPage = 100;

/** A tick, and the stored row that it comes from; undefined when it has no outcome yet. */
interface ListedTick {
  readonly tick: Tick;
  readonly stored: StoredTicks | undefined;
}

interface ListInput {
  readonly dataset: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Reads a page of a schedule's ticks in order of time: those with an outcome, one by one, and those to come. @throws DLI-800, DLI-814 */
export function listTicks(parts: ServiceParts, input: ListInput): Page<WorkflowTick> {
  const { database, specs, clock } = parts;
  findEffective(database, specs, input.dataset);
  const range = rangeOf(parts, input);
  const now = clock.now();
  const waiting = waitingReason(parts, input.dataset);
  const ticks = pastTicks(parts, input.dataset, range);
  return pageOf([...ticks.take(input.limit + 1)], {
    limit: input.limit,
    place: ({ tick }) => [tick.scheduledAt],
    view: ({ tick, stored }) => tickView(tick, stored ?? { reason: tick.scheduledAt <= now ? waiting : null }),
  });
}

/** Reads the newest ticks with an outcome and the next ones of a workflow, each in order of time. */
export function ticksAround(
  parts: ServiceParts,
  dataset: string,
  shown: number,
): { readonly last: WorkflowTick[]; readonly next: WorkflowTick[] } {
  const now = parts.clock.now();
  const from = startOfNewest(parts, dataset, shown);
  const openFrom = openSince(parts, dataset, { now, count: shown });
  const start = Math.min(from ?? now, openFrom ?? now);
  const past = [...pastTicks(parts, dataset, { from: start, to: now })];
  const next = openTicks(parts, dataset, { from: now + 1, to: Number.POSITIVE_INFINITY }).take(shown);
  return {
    last: past
      .slice(-shown)
      .map(({ tick, stored }) => tickView(tick, stored ?? { reason: waitingReason(parts, dataset) })),
    next: [...next].map(({ tick }) => tickView(tick, { reason: null })),
  };
}

/** Why a tick that is due has no outcome yet. */
function waitingReason({ database }: ServiceParts, dataset: string): string {
  const pause = readPause(database, dataset);
  return pause ? `the workflow is paused by ${pause.by}` : 'it waits for its outcome';
}

function pastTicks(parts: ServiceParts, dataset: string, range: Range): Generator<ListedTick> {
  return mergeTicks(recordedTicks(parts, dataset, range), openTicks(parts, dataset, range));
}

/** When the newest `count` ticks that are due without an outcome begin (epoch ms); undefined when there is none. */
function openSince(
  { database, schedules }: ServiceParts,
  dataset: string,
  { now, count }: { readonly now: number; readonly count: number },
): number | undefined {
  const schedule = getSchedule(database, dataset);
  if (!schedule || schedule.nextAt === null || schedule.nextAt > now) return undefined;
  let at: number | null = now + 1;
  for (let left = count; left > 0 && at !== null; left -= 1) {
    at = schedules.open(schedule).last({ from: schedule.nextAt, to: at - 1 });
  }
  return at ?? schedule.nextAt;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function rangeOf(parts: ServiceParts, { dataset, cursor, ...input }: ListInput): Range {
  const to = input.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(input.to);
  const asked = input.from === undefined ? undefined : Date.parse(input.from);
  if (asked !== undefined && asked > to) {
    throw new DliError('DLI-814', `from ${input.from} is after to ${input.to}`, {
      hints: ['Give a range that ends after it begins'],
    });
  }
  if (cursor !== undefined) return { from: readCursor(cursor, ['number'])[0] + 1, to };
  return { from: asked ?? startOfNewest(parts, dataset, pastShown) ?? parts.clock.now(), to };
}

/** When the newest `count` ticks with an outcome begin (epoch ms); undefined when none has one. */
function startOfNewest({ database, schedules }: ServiceParts, dataset: string, count: number): number | undefined {
  const rows = newestTicks(database, dataset, count);
  let missing = count;
  for (const { count: ticks, scheduledAt, untilAt, rule } of rows) {
    if (ticks >= missing) {
      const schedule = schedules.open(rule);
      let at = untilAt;
      for (; missing > 1; missing -= 1) at = schedule.last({ from: scheduledAt, to: at - 1 }) ?? scheduledAt;
      return at;
    }
    missing -= ticks;
  }
  return rows.at(-1)?.scheduledAt;
}

/** Lists the ticks that have an outcome, each of a stretch by itself. */
function* recordedTicks(
  { database, schedules }: ServiceParts,
  dataset: string,
  { from, to }: Range,
): Generator<ListedTick> {
  const first = ticksBefore(database, dataset, from);
  let rows: readonly StoredTicks[] = first && first.untilAt >= from ? [first] : [];
  for (let next = from; ; ) {
    for (const stored of rows) {
      const { rule, scheduledAt, untilAt } = stored;
      if (scheduledAt > to) return;
      const range = { from: Math.max(from, scheduledAt), to: Math.min(to, untilAt), executionDate: rule.executionDate };
      for (const tick of schedules.open(rule).ticks(range)) yield { tick, stored };
      next = untilAt + 1;
    }
    rows = ticksFrom(database, { dataset, from: next, limit: rowPage });
    if (rows.length === 0) return;
  }
}

/** Lists the ticks of the schedule in force that have no outcome yet. */
function* openTicks(
  { database, schedules }: ServiceParts,
  dataset: string,
  { from, to }: Range,
): Generator<ListedTick> {
  const schedule = getSchedule(database, dataset);
  if (!schedule || schedule.nextAt === null) return;
  const range = { from: Math.max(from, schedule.nextAt), to, executionDate: schedule.executionDate };
  for (const tick of schedules.open(schedule).ticks(range)) yield { tick, stored: undefined };
}

/** Merges two lists in order of time. What has an outcome hides what the schedule in force says of the same time. */
function* mergeTicks(recorded: Generator<ListedTick>, open: Generator<ListedTick>): Generator<ListedTick> {
  let [past, future] = [recorded.next().value, open.next().value];
  while (past !== undefined || future !== undefined) {
    const pastAt = past?.tick.scheduledAt ?? Number.POSITIVE_INFINITY;
    const futureAt = future?.tick.scheduledAt ?? Number.POSITIVE_INFINITY;
    if (past !== undefined && pastAt <= futureAt) {
      yield past;
      if (futureAt === pastAt) future = open.next().value;
      past = recorded.next().value;
    } else if (future !== undefined) {
      yield future;
      future = open.next().value;
    }
  }
}
