/** What a change of a dataset's schedule makes of its ticks. */
import { counted } from './counted.ts';
import type { Schedule, TickRule } from './schedule.ts';

/** How far ahead ticks are counted: a night, wherever it is. */
const dayMs = 24 * 60 * 60 * 1_000;

/** A change of a schedule; null where the dataset does not run by itself. Times are epoch ms. */
export interface ScheduleChange {
  readonly before: TickRule | null;
  readonly after: TickRule | null;
  /** When it comes into force: a changed schedule begins with the first tick after it and never replays the past. */
  readonly now: number;
  readonly isPaused: boolean;
  /** Opens a schedule. */
  readonly open: (rule: TickRule) => Schedule;
}

/** What becomes of the ticks: the next one, and how many there are within 24 hours. Times are epoch ms. */
export interface TickEffect {
  readonly nextBefore: number | null;
  readonly nextAfter: number | null;
  readonly dayBefore: number;
  readonly dayAfter: number;
  /** What changes, in words; null when nothing does. */
  readonly text: string | null;
}

/** Compares the ticks to come under two schedules. @throws DLI-805, DLI-400 as opening a schedule does */
export function tickEffect({ before, after, now, isPaused, open }: ScheduleChange): TickEffect {
  const [old, next] = [before && ticksOf(before, open, now), after && ticksOf(after, open, now)];
  const text = textOf(old, next);
  return {
    nextBefore: old?.at ?? null,
    nextAfter: next?.at ?? null,
    dayBefore: old?.count ?? 0,
    dayAfter: next?.count ?? 0,
    text: text !== null && isPaused ? `${text}; paused: none of them runs until it is unpaused` : text,
  };
}

interface ComingTicks {
  readonly at: number | null;
  /** The next one as a clock in the schedule's timezone shows it. */
  readonly local: string;
  readonly timezone: string;
  readonly count: number;
}

function ticksOf(rule: TickRule, open: ScheduleChange['open'], now: number): ComingTicks {
  const schedule = open(rule);
  const at = schedule.next(now);
  const first = at === null ? undefined : schedule.ticks({ from: at, to: at }).next().value;
  const count = schedule.count({ from: now + 1, to: now + dayMs });
  return { at, local: first?.localTime ?? 'never', timezone: rule.timezone, count };
}

function textOf(old: ComingTicks | null, next: ComingTicks | null): string | null {
  if (!next) return old && `no longer runs by itself; the next run would have been ${placed(old)}`;
  if (!old) return `runs by itself: the first run is ${placed(next)}, ${counted(next.count, 'run')} within 24 hours`;
  const moved = old.at === next.at ? [] : [movedText(old, next)];
  const more = next.count - old.count;
  const amount = more === 0 ? [] : [`${manyRuns(Math.abs(more))} ${more > 0 ? 'more' : 'fewer'} within 24 hours`];
  return moved.length + amount.length === 0 ? null : [...moved, ...amount].join(', ');
}

function movedText(old: ComingTicks, next: ComingTicks): string {
  const from = old.timezone === next.timezone ? old.local : placed(old);
  return `next run moves from ${from} to ${placed(next)}`;
}

function placed({ local, timezone }: ComingTicks): string {
  return `${local} (${timezone})`;
}

function manyRuns(count: number): string {
  return count === 1 ? 'one run' : `${count} runs`;
}
