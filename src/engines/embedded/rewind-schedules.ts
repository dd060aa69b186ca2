import { setImmediate as turn } from 'node:timers/promises';
import type { OpenSchedules } from '../../core/open-schedules.ts';
import type { Schedule } from '../../core/schedule.ts';
import { rewindLateWatch } from '../../store/late-watch.ts';
import { appendEvent } from '../../store/queries/events.ts';
import { getSchedule, moveSchedule, type ScheduleRecord, schedulesAfter } from '../../store/queries/schedules.ts';
import { recordedUntil, removeMissedAfter, shortenTicks, ticksBefore } from '../../store/queries/ticks.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';
import { scheduler } from './store-ticks.ts';

/** Schedules that one transaction looks at. */
const batch = 100;

/**
 * Lets every schedule go on with the first tick after `to` (epoch ms), because the clock had gone ahead of it. A tick after
 * `to` has not come yet, so it cannot have been missed: that outcome is taken back. What made a run, or was skipped, stays,
 * and is passed over when it is due.
 */
export async function rewindSchedules(
  database: Database,
  {
    to,
    schedules,
    onTrouble,
  }: {
    readonly to: number;
    readonly schedules: OpenSchedules;
    /** Told of a schedule that cannot be opened; the others go on. */
    readonly onTrouble: (error: unknown, doing: string) => void;
  },
): Promise<void> {
  const firstAfter = (record: ScheduleRecord) => {
    try {
      return schedules.open(record).next(to);
    } catch (error) {
      onTrouble(error, `reading the schedule of ${record.dataset}`);
      return null;
    }
  };
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = schedulesAfter(database, after, batch);
    after = page.length === batch ? page.at(-1)?.dataset : undefined;
    const ahead = page.filter((record) => {
      const at = firstAfter(record);
      return at !== null && (record.nextAt === null || record.nextAt > at);
    });
    if (ahead.length === 0) {
      await turn();
      continue;
    }
    await database.write((transaction) => {
      for (const { dataset } of ahead) rewind(transaction, dataset, { to, schedules });
    });
  }
}

function rewind(
  transaction: Transaction,
  dataset: string,
  { to, schedules }: { readonly to: number; readonly schedules: OpenSchedules },
): void {
  // Read again: it may have been edited since the page was read.
  const record = getSchedule(transaction, dataset);
  if (!record) return;
  const schedule = schedules.open(record);
  const taken = removeMissedAfter(transaction, dataset, to) + cutStretch(transaction, dataset, { to, schedules });
  moveSchedule(transaction, {
    ...record,
    nextAt: schedule.next(to),
    since: Math.min(record.since, to),
    recordedUntil: recordedUntil(transaction, dataset),
    catchupUntil: record.catchupUntil === null ? null : Math.min(record.catchupUntil, to),
  });
  rewindLateWatch(transaction, dataset, { to, schedules });
  if (taken > 0) noteTaken(transaction, { record, to, count: taken });
}

/** Cuts the stretch of missed ticks that reaches over `to`; tells how many ticks lay behind it. */
function cutStretch(
  transaction: Transaction,
  dataset: string,
  { to, schedules }: { readonly to: number; readonly schedules: OpenSchedules },
): number {
  const stretch = ticksBefore(transaction, dataset, to);
  if (stretch?.outcome !== 'missed' || stretch.untilAt <= to) return 0;
  const { scheduledAt, rule, count: before } = stretch;
  const schedule: Schedule = schedules.open(rule);
  const range = { from: scheduledAt, to };
  const untilAt = schedule.last(range) ?? scheduledAt;
  const count = schedule.count(range);
  shortenTicks(transaction, { dataset, scheduledAt, untilAt, count });
  return before - count;
}

function noteTaken(
  transaction: Transaction,
  { record, to, count }: { readonly record: ScheduleRecord; readonly to: number; readonly count: number },
): void {
  appendEvent(transaction, {
    at: to,
    kind: 'tick.taken_back',
    dataset: record.dataset,
    runId: null,
    backfillId: null,
    actor: scheduler,
    reason: 'the clock was ahead: these ticks, which it had missed, are still to come',
    data: { after: new Date(to).toISOString(), count },
  });
}
