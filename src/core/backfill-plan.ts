import { DliError } from '../contract/errors.ts';
import type { RunStatus } from '../contract/runs.ts';
import type { OnlyDates } from './backfill.ts';
import { countDays, dateRange, isCalendarDate, utcMidnight } from './calendar-date.ts';
import type { ExecutionDateRule, Schedule } from './schedule.ts';

/** The most dates that one backfill may have. */
export const backfillDateLimit = 10_000;

/**
 * Lists the dates of a backfill, in order, both ends included.
 *
 * @throws DLI-814 when an end is no date, the start is after the end, or there are more than {@link backfillDateLimit}
 */
export function planDates({ start, end }: { readonly start: string; readonly end: string }): readonly string[] {
  for (const [name, date] of Object.entries({ start, end })) {
    if (!isCalendarDate(date)) {
      throw new DliError('DLI-814', `The ${name} date '${date}' is not a calendar date`, {
        hints: ['Write dates as YYYY-MM-DD, for example --start 2024-01-01 --end 2024-01-07'],
      });
    }
  }
  const count = countDays(start, end) ?? 0;
  if (count < 1) {
    throw new DliError('DLI-814', `The start date ${start} is after the end date ${end}`, {
      hints: [`Both ends are included; did you mean --start ${end} --end ${start}?`],
    });
  }
  if (count > backfillDateLimit) {
    throw new DliError(
      'DLI-814',
      `From ${start} to ${end} there are ${count} dates; one backfill may have ${backfillDateLimit}`,
      {
        hints: ['Split the range into several backfills'],
      },
    );
  }
  return dateRange(start, end);
}

/** One run of a backfill to be: a date, or a tick of the schedule (epoch ms) and the date that it computes. */
export interface PlannedRun {
  readonly executionDate: string;
  readonly scheduledAt: number | null;
}

const msPerDay = 86_400_000;

/**
 * Lists the ticks of a schedule whose execution dates lie from `start` to `end`, both included, in order.
 *
 * @throws DLI-814 when there are more than {@link backfillDateLimit}, with their number
 */
export function planTicks({
  start,
  end,
  schedule,
  rule,
}: {
  readonly start: string;
  readonly end: string;
  readonly schedule: Schedule;
  readonly rule: ExecutionDateRule;
}): readonly PlannedRun[] {
  // A zone shifts a date by less than a day, and the rule by one more.
  const from = (utcMidnight(start) ?? 0) - msPerDay;
  const to = (utcMidnight(end) ?? 0) + 3 * msPerDay;
  const planned: PlannedRun[] = [];
  for (const { scheduledAt, executionDate } of schedule.ticks({ from, to, executionDate: rule })) {
    if (executionDate < start || executionDate > end) continue;
    if (planned.length === backfillDateLimit) throw tooManyTicks({ start, end, schedule, rule }, planned);
    planned.push({ executionDate, scheduledAt });
  }
  return planned;
}

function tooManyTicks(
  { start, end, schedule, rule }: Parameters<typeof planTicks>[0],
  [first]: readonly PlannedRun[],
): DliError {
  // Counted without a walk up to the last day, and walked from there.
  const lastDay = (utcMidnight(end) ?? 0) - msPerDay;
  let count = schedule.count({ from: first?.scheduledAt ?? lastDay, to: lastDay - 1 });
  for (const { executionDate } of schedule.ticks({ from: lastDay, to: lastDay + 4 * msPerDay, executionDate: rule })) {
    if (executionDate <= end) count += 1;
  }
  return new DliError(
    'DLI-814',
    `From ${start} to ${end} the schedule has ${count} ticks; one backfill may have ${backfillDateLimit} runs`,
    { hints: ['Split the range into several backfills, or leave out --ticks for one run a date'] },
  );
}

/** What is known of a date. */
export interface KnownDate {
  readonly successAt: number | null;
  readonly startedStatus: RunStatus;
}

/** Decides whether a date is computed, by what is known of it, and says why. */
export function chooseDate(
  only: OnlyDates | null,
  known: KnownDate | undefined,
): { readonly action: 'run' | 'skip'; readonly reason: string } {
  const succeeded = known !== undefined && known.successAt !== null;
  const lastRun = known === undefined ? 'no run of it has started' : `its last run is ${known.startedStatus}`;
  if (only === 'missing') {
    return succeeded
      ? { action: 'skip', reason: 'it has succeeded' }
      : { action: 'run', reason: `it has no success: ${lastRun}` };
  }
  if (only === 'failed') {
    return { action: known === undefined || known.startedStatus === 'COMPLETED' ? 'skip' : 'run', reason: lastRun };
  }
  return { action: 'run', reason: succeeded ? `it is computed again: ${lastRun}` : lastRun };
}
