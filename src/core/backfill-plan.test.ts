import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { backfillDateLimit, chooseDate, planDates, planTicks } from './backfill-plan.ts';
import { countDays } from './calendar-date.ts';
import { type ExecutionDateRule, openSchedule } from './schedule.ts';

function refusal(start: string, end: string): DliError {
  try {
    planDates({ start, end });
  } catch (error) {
    if (error instanceof DliError) return error;
  }
  expect.unreachable(`${start}..${end} was planned`);
}

describe('planDates', () => {
  it('lists both ends, in order, over a leap day', () => {
    expect(planDates({ start: '2024-02-28', end: '2024-03-01' })).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
  });

  it('plans one date when both ends are the same', () => {
    expect(planDates({ start: '2024-01-01', end: '2024-01-01' })).toEqual(['2024-01-01']);
  });

  it('plans as many dates as one backfill may have, and not one more', () => {
    expect(planDates({ start: '2000-01-01', end: '2027-05-18' })).toHaveLength(backfillDateLimit);
    const error = refusal('2000-01-01', '2027-05-19');
    expect(error).toMatchObject({ code: 'DLI-814', message: expect.stringContaining('10001 dates') });
    expect(error.hints).not.toEqual([]);
  });

  it('refuses a start after the end and offers the other order', () => {
    const error = refusal('2024-01-07', '2024-01-01');
    expect(error.code).toBe('DLI-814');
    expect(error.hints.join()).toContain('--start 2024-01-01 --end 2024-01-07');
  });

  it.each(['2024-02-30', '2023-02-29', '20240101', '2024-1-1', '', 'yesterday', '2024-01-01T00:00:00Z', ' 2024-01-01'])(
    'refuses %j as either end and names it',
    (date) => {
      expect(refusal(date, '2024-01-01')).toMatchObject({ code: 'DLI-814', message: expect.stringContaining('start') });
      expect(refusal('2024-01-01', date)).toMatchObject({ code: 'DLI-814', message: expect.stringContaining('end') });
    },
  );
});

describe('planTicks', () => {
  interface Asked {
    readonly timezone?: string;
    readonly rule?: ExecutionDateRule;
    readonly start?: string;
    readonly end?: string;
  }
  const plan = (cron: string, asked: Asked = {}) => {
    const { timezone = 'UTC', rule = 'same_day', start = '2024-03-09' } = asked;
    return planTicks({ start, end: asked.end ?? start, schedule: openSchedule({ cron, timezone }), rule });
  };
  const times = (planned: ReturnType<typeof plan>) =>
    planned.map(({ scheduledAt }) => new Date(scheduledAt ?? 0).toISOString().slice(0, 16));

  it('lists the ticks of each date in the timezone of the schedule', () => {
    const planned = plan('0 */12 * * *', { timezone: 'Asia/Seoul', end: '2024-03-10' });
    expect(times(planned)).toEqual(['2024-03-08T15:00', '2024-03-09T03:00', '2024-03-09T15:00', '2024-03-10T03:00']);
    expect(planned.map(({ executionDate }) => executionDate)).toEqual([
      '2024-03-09',
      '2024-03-09',
      '2024-03-10',
      '2024-03-10',
    ]);
  });

  it('goes by the date that a tick computes', () => {
    expect(times(plan('0 9 * * *', { rule: 'previous_day' }))).toEqual(['2024-03-10T09:00']);
  });

  it('has 23 hours on the day when a clock is set forward, and 25 when it is set back', () => {
    const zone = { timezone: 'America/New_York' };
    expect(plan('0 * * * *', { ...zone, start: '2024-03-10' })).toHaveLength(23);
    expect(plan('0 * * * *', { ...zone, start: '2024-11-03' })).toHaveLength(25);
  });

  it('is empty where the schedule has no tick', () => expect(plan('0 0 1 1 *')).toEqual([]));

  it('has at most 10,000, and tells how many there would be', () => {
    expect(plan('* * * * *', { end: '2024-03-14' })).toHaveLength(6 * 1_440);
    expect(() => plan('* * * * *', { end: '2024-03-15' })).toThrow(
      expect.objectContaining({ code: 'DLI-814', message: expect.stringContaining(`${7 * 1_440} ticks`) }),
    );
    // 27 years are counted at once, over every change of the clock.
    const years = { timezone: 'America/New_York', end: '2051-03-08' };
    const minutes = countDays('2024-03-09', '2051-03-08');
    expect(() => plan('* * * * *', years)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`${(minutes ?? 0) * 1_440} ticks`) }),
    );
  });
});

describe('chooseDate', () => {
  const known = { successAt: 1, startedStatus: 'COMPLETED' } as const;
  it.each([
    [null, undefined, 'run', 'no run of it has started'],
    [null, known, 'run', 'it is computed again: its last run is COMPLETED'],
    ['missing', undefined, 'run', 'it has no success: no run of it has started'],
    ['missing', known, 'skip', 'it has succeeded'],
    ['missing', { ...known, startedStatus: 'FAILED' }, 'skip', 'it has succeeded'],
    ['missing', { successAt: null, startedStatus: 'KILLED' }, 'run', 'it has no success: its last run is KILLED'],
    ['failed', undefined, 'skip', 'no run of it has started'],
    ['failed', known, 'skip', 'its last run is COMPLETED'],
    ['failed', { ...known, startedStatus: 'FAILED' }, 'run', 'its last run is FAILED'],
    ['failed', { successAt: null, startedStatus: 'KILLED' }, 'run', 'its last run is KILLED'],
  ] as const)('with only %s and %j: %s, %s', (only, record, action, reason) => {
    expect(chooseDate(only, record)).toEqual({ action, reason });
  });
});
