import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { backfillDateLimit, planDates } from './backfill-plan.ts';

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
