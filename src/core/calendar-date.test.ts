import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  compareDates,
  countDays,
  dateRange,
  isCalendarDate,
  monthStart,
  utcDateOf,
  utcMidnight,
  weekStart,
} from './calendar-date.ts';

const instants = fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(9998, 11, 31) });
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);

describe('calendar dates', () => {
  it.each(['2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31', '2023-12-31'])('%s is a calendar date', (date) => {
    expect(isCalendarDate(date)).toBe(true);
  });

  it.each([
    '2023-02-29',
    '1900-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-04-31',
    '2024-01-00',
    '0000-01-01',
    '2024-1-1',
    '20240101',
    ' 2024-01-01',
    '2024-01-01\n',
    '2024-01-01T00:00:00Z',
    '+2024-01-01',
    '２０２４-01-01',
    '',
  ])('%j is not a calendar date', (date) => {
    expect(isCalendarDate(date)).toBe(false);
    expect(addDays(date, 1)).toBeUndefined();
    expect(weekStart(date)).toBeUndefined();
    expect(monthStart(date)).toBeUndefined();
    expect(countDays(date, '2024-01-01')).toBeUndefined();
    expect(dateRange(date, '2024-01-01')).toEqual([]);
    expect(utcMidnight(date)).toBeUndefined();
  });

  it('counts days like the platform does for every date', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -400_000, max: 400_000 }), (ms, days) => {
        const shifted = Math.floor(ms / 86_400_000) * 86_400_000 + days * 86_400_000;
        fc.pre(shifted > Date.UTC(1, 0, 1) && shifted < Date.UTC(9999, 11, 31));
        expect(utcDateOf(ms)).toBe(iso(ms));
        fc.pre(iso(shifted).length === 10);
        expect(addDays(iso(ms), days)).toBe(iso(shifted));
      }),
    );
  });

  it('goes to a Monday at most six days back', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        const monday = weekStart(iso(ms)) ?? '';
        expect(new Date(`${monday}T00:00:00Z`).getUTCDay()).toBe(1);
        expect(countDays(monday, iso(ms))).toBeGreaterThanOrEqual(1);
        expect(countDays(monday, iso(ms))).toBeLessThanOrEqual(7);
      }),
    );
  });

  it('does not leave the years that four digits hold', () => {
    expect(addDays('9999-12-31', 1)).toBeUndefined();
    expect(addDays('0001-01-01', -1)).toBeUndefined();
    expect(addDays('2024-01-01', 0.5)).toBeUndefined();
    expect(addDays('2024-01-01', Number.NaN)).toBeUndefined();
  });

  it('lists a range with both ends', () => {
    expect(dateRange('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect(dateRange('2024-01-01', '2024-01-01')).toEqual(['2024-01-01']);
    expect(dateRange('2024-01-02', '2024-01-01')).toEqual([]);
    expect(dateRange('2001-01-01', '2001-06-30')).toHaveLength(181);
  });

  it('orders dates and finds the start of their month and midnight', () => {
    expect(compareDates('2024-01-01', '2024-01-02')).toBeLessThan(0);
    expect(compareDates('2024-01-02', '2024-01-01')).toBeGreaterThan(0);
    expect(compareDates('2024-01-01', '2024-01-01')).toBe(0);
    expect(monthStart('2024-02-29')).toBe('2024-02-01');
    expect(utcMidnight('1970-01-02')).toBe(86_400_000);
    expect(utcDateOf(-1)).toBe('1969-12-31');
  });
});
