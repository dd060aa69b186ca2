import { DliError } from '../contract/errors.ts';
import { countDays, dateRange, isCalendarDate } from './calendar-date.ts';

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
