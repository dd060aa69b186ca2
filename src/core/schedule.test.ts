import { describe, expect, it } from 'vitest';
import { cronProblem, executionDateOf, nextTick, timezoneProblem } from './schedule.ts';

const at = (iso: string) => Date.parse(iso);
const next = (cron: string, timezone: string, after: string) => {
  const tick = nextTick({ cron, timezone, after: at(after) });
  return tick === null ? null : new Date(tick).toISOString();
};

describe('cron', () => {
  it.each([
    '0 9 * * *',
    '*/15 0-6,22-23 1,15 JAN-MAR mon-fri',
    '0 0 29 2 *',
    '0 9 * * 7',
    '0 0 1-31/2 * *',
    ' 0  9 * * * ',
    '@hourly',
    '@Daily',
    '@weekly',
    '@monthly',
    '@yearly',
    '@annually',
    '@midnight',
  ])('%j is valid', (cron) => {
    expect(cronProblem(cron)).toBeUndefined();
  });

  it.each([
    ['', '0 fields'],
    ['0 9 * *', '4 fields'],
    ['0 0 9 * * *', '6 fields'],
    ['0 0 9 * * * 2024', '7 fields'],
    ['@reboot', 'not a known name'],
    ['@dayly', "did you mean '@daily'"],
    ['60 * * * *', 'not valid'],
    ['* 24 * * *', 'not valid'],
    ['* * 0 * *', 'not valid'],
    ['* * * 13 *', 'not valid'],
    ['* * * * 8', 'not valid'],
    ['*/0 * * * *', 'not valid'],
    ['5-1 * * * *', 'not valid'],
    ['0 9 L * *', 'day-of-month'],
    ['0 9 15W * *', 'day-of-month'],
    ['0 9 ? * *', 'day-of-month'],
    ['0 9 * * 5#2', 'day-of-week'],
    ['0 9 * * FRIDAY', 'day-of-week'],
    ['0 9 * MON *', 'month'],
    ['a * * * *', 'minute'],
    ['0 -1 * * *', 'hour'],
    ['0 0 30 2 *', 'never fires'],
    ['0 0 31 4,6,9,11 *', 'never fires'],
  ])('%j is refused: %s', (cron, reason) => {
    expect(cronProblem(cron)).toContain(reason);
  });
});

describe('timezones', () => {
  it.each(['UTC', 'GMT', 'Asia/Seoul', 'America/Argentina/Buenos_Aires', 'Europe/Berlin'])('%s is known', (zone) => {
    expect(timezoneProblem(zone)).toBeUndefined();
  });

  it.each(['KST', 'EST', 'PST8PDT', '+09:00', '', 'Asia/Soul', 'Mars/Olympus'])('%j is refused', (zone) => {
    expect(timezoneProblem(zone)).toContain('is not an IANA name');
  });

  it('a mistyped zone gets a suggestion', () => {
    expect(timezoneProblem('Asia/Soul')).toContain("did you mean 'Asia/Seoul'?");
  });
});

describe('ticks', () => {
  it('are computed in the timezone, strictly after the moment', () => {
    expect(next('0 9 * * *', 'Asia/Seoul', '2024-01-15T00:00:00Z')).toBe('2024-01-16T00:00:00.000Z');
    expect(next('0 9 * * *', 'Asia/Seoul', '2024-01-14T23:59:59.999Z')).toBe('2024-01-15T00:00:00.000Z');
  });

  it('fire on either day when day-of-month and day-of-week are both restricted', () => {
    expect(next('0 0 13 * FRI', 'UTC', '2024-09-01T00:00:00Z')).toBe('2024-09-06T00:00:00.000Z');
    expect(next('0 0 13 * FRI', 'UTC', '2024-10-11T00:00:00Z')).toBe('2024-10-13T00:00:00.000Z');
  });

  it('find the next leap day', () => {
    expect(next('0 0 29 2 *', 'UTC', '2024-03-01T00:00:00Z')).toBe('2028-02-29T00:00:00.000Z');
  });

  it('a fixed time in the daylight-saving gap fires once, at the first instant after it', () => {
    expect(next('30 2 * * *', 'America/New_York', '2024-03-10T05:00:00Z')).toBe('2024-03-10T07:00:00.000Z');
  });

  it('have the local date, or the one before, as execution date', () => {
    const tick = at('2024-02-29T20:00:00Z');
    expect(executionDateOf(tick, 'Asia/Seoul', 'same_day')).toBe('2024-03-01');
    expect(executionDateOf(tick, 'Asia/Seoul', 'previous_day')).toBe('2024-02-29');
    expect(executionDateOf(tick, 'America/Los_Angeles', 'same_day')).toBe('2024-02-29');
  });
});
