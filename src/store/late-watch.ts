import type { OpenSchedules } from '../core/open-schedules.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { deleteLateWatch, getLateWatch, saveLateWatch } from './queries/late-watches.ts';
import { getSchedule } from './queries/schedules.ts';
import { ticksBefore, ticksFrom } from './queries/ticks.ts';
import type { Queries, Transaction } from './sqlite.ts';

const msPerMinute = 60_000;

/**
 * Makes the watch over a dataset's ticks follow its schedule, in the transaction that changed that. A watch that begins looks at
 * ticks from `now` (epoch ms) on; one that goes on forgets none.
 */
export function applyLateWatch(
  transaction: Transaction,
  dataset: string,
  {
    now,
    schedules,
    specOf,
  }: {
    readonly now: number;
    readonly schedules: OpenSchedules;
    readonly specOf: (revision: string) => DatasetSpec;
  },
): void {
  const schedule = getSchedule(transaction, dataset);
  const onLate = schedule && specOf(schedule.revision).schedule?.notifications.onLate;
  if (!onLate) {
    deleteLateWatch(transaction, dataset);
    return;
  }
  const { afterMinutes } = onLate;
  const judgedUntil = getLateWatch(transaction, dataset)?.judgedUntil ?? now;
  const dueAt = nextDueAt(transaction, { dataset, afterMinutes, judgedUntil, schedules });
  saveLateWatch(transaction, { dataset, afterMinutes, judgedUntil, dueAt });
}

/** When the first tick after `judgedUntil` is to be completed, epoch ms; null when there is none. */
export function nextDueAt(
  queries: Queries,
  {
    dataset,
    afterMinutes,
    judgedUntil,
    schedules,
  }: {
    readonly dataset: string;
    readonly afterMinutes: number;
    readonly judgedUntil: number;
    readonly schedules: OpenSchedules;
  },
): number | null {
  const tick = nextTickAfter(queries, { dataset, at: judgedUntil, schedules });
  return tick === null ? null : tick + afterMinutes * msPerMinute;
}

/** The first tick after an instant: one that has an outcome, or the one that comes next. */
function nextTickAfter(
  queries: Queries,
  { dataset, at, schedules }: { readonly dataset: string; readonly at: number; readonly schedules: OpenSchedules },
): number | null {
  const before = ticksBefore(queries, dataset, at);
  const within = before && before.untilAt > at ? schedules.open(before.rule).next(at) : null;
  const recorded = ticksFrom(queries, { dataset, from: at + 1, limit: 1 })[0]?.scheduledAt ?? null;
  const schedule = getSchedule(queries, dataset);
  // While it is paused, the cursor stays where it was.
  const coming = schedule && (schedule.nextAt ?? 0) <= at ? schedules.open(schedule).next(at) : schedule?.nextAt;
  const found = [within, recorded, coming ?? null].filter((tick) => tick !== null);
  return found.length === 0 ? null : Math.min(...found);
}

/** Takes a watch back to an instant (epoch ms) to which its schedule went back, because the clock had been ahead. */
export function rewindLateWatch(
  transaction: Transaction,
  dataset: string,
  { to, schedules }: { readonly to: number; readonly schedules: OpenSchedules },
): void {
  const watch = getLateWatch(transaction, dataset);
  if (!watch) return;
  const judgedUntil = Math.min(watch.judgedUntil, to);
  saveLateWatch(transaction, {
    ...watch,
    judgedUntil,
    dueAt: nextDueAt(transaction, { ...watch, judgedUntil, schedules }),
  });
}
