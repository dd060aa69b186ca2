import { describe, expect, it } from 'vitest';
import { scheduleWarnings } from './schedule-warnings.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const warn = (cron: string, timezone: string) => scheduleWarnings({ cron, timezone }, now);

describe('what a change of the clock will do to a schedule', () => {
  it('is told with dates and times, of the next two years', () => {
    expect(warn('30 2 * * *', 'America/New_York')).toEqual([
      "The clocks of America/New_York change, and these ticks of '30 2 * * *' with them: 2027-03-14 03:00 (moved from 02:30), 2028-03-12 03:00 (moved from 02:30)",
    ]);
    expect(warn('30 1 * * *', 'America/New_York')[0]).toContain('2027-11-07 01:30 (drops the second 01:30)');
  });

  it('is told of a schedule that follows elapsed time, and not tick by tick when there are many', () => {
    expect(warn('0 * * * *', 'Europe/Berlin')[0]).toMatch(
      /2027-03-28 03:00 \(drops 02:00\), 2027-10-31 02:00 \(second 02:00\)/,
    );
    expect(warn('*/5 * * * *', 'Europe/Berlin')[0]).toMatch(
      / and 11 ticks more, 2028-03-26 03:00 \(drops 12 times, 02:00 to 02:55\), /,
    );
  });

  it('is not told where nothing happens', () => {
    expect(warn('0 9 * * *', 'America/New_York')).toEqual([]);
    expect(warn('30 2 * * *', 'Asia/Seoul')).toEqual([]);
    expect(warn('* * * * *', 'UTC')).toEqual([]);
    expect(warn('30 2 1 6 *', 'America/New_York')).toEqual([]);
  });
});
