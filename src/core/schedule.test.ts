import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { cronProblem, executionDateOf, nextTick, openSchedule, ticks, timezoneProblem } from './schedule.ts';
import { openZone } from './zone.ts';

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
    '0 0 * * FRI-SUN',
    '*/60 */24 */31 */12 */7',
    '0 0 31 2 MON',
    '@WEEKLY ',
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
    ['daily', '1 field where'],
    ['5/15 * * * *', 'write 5-59/15 or */15'],
    ['0 0 * * 6-1', 'ends before it begins'],
    ['0 0 * DEC-FEB *', 'the month range DEC-FEB ends before it begins'],
    ['*/61 * * * *', 'step 61 is outside 1-60'],
    ['1,,2 * * * *', "minute that is not understood: '1,,2'"],
    ['0 9 * * MOO', 'day-of-week'],
    ['0 9 * * MON-MOO', 'day-of-week'],
    ['@', "'@' is not a known name"],
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

  it.each(['KST', 'EST'])('%j is said to be an abbreviation', (zone) => {
    expect(timezoneProblem(zone)).toContain('an abbreviation may mean several timezones');
  });

  it.each(['KST', 'EST', 'PST8PDT', '+09:00', '', 'Asia/Soul', 'Mars/Olympus'])('%j is refused', (zone) => {
    expect(timezoneProblem(zone)).toContain('is not an IANA name');
  });

  it('a mistyped zone gets a suggestion', () => {
    expect(timezoneProblem('Asia/Soul')).toContain("did you mean 'Asia/Seoul'?");
  });
});

describe('cron fields', () => {
  it.each([
    ['0 0 * * 7', '2024-01-07'],
    ['0 0 * * FRI-SUN', '2024-01-05'],
    ['0 0 * * SUN-SUN', '2024-01-07'],
    ['0 0 * * 5-7', '2024-01-05'],
    ['0 0 */10 2 *', '2024-02-01'],
    ['0 0 * * */7', '2024-01-07'],
    ['@yearly', '2025-01-01'],
    ['@monthly', '2024-02-01'],
    ['@weekly', '2024-01-07'],
    ['@daily', '2024-01-03'],
    ['0 0 31 4,5 *', '2024-05-31'],
    // Either of two restricted fields is enough, also where one of them is a step.
    ['0 0 13 * FRI', '2024-01-05'],
    ['0 0 */2 * MON', '2024-01-03'],
    ['0 0 1-31 * MON', '2024-01-03'],
    // A star that leaves nothing out does not restrict.
    ['0 0 */1 * MON', '2024-01-08'],
  ])('%j fires next at midnight of %s', (cron, date) => {
    expect(next(cron, 'UTC', '2024-01-02T00:00:00Z')).toBe(`${date}T00:00:00.000Z`);
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

  it('come after any moment, whole minutes or not, and end with the year 9999', () => {
    expect(next('* * * * *', 'UTC', '2024-01-01T00:00:00.001Z')).toBe('2024-01-01T00:01:00.000Z');
    expect(nextTick({ cron: '* * * * *', timezone: 'UTC', after: at('2024-01-01T00:00Z') - 0.5 })).toBe(
      at('2024-01-01T00:00Z'),
    );
    expect(next('0 0 29 2 *', 'Europe/Berlin', '9997-01-01T00:00:00Z')).toBeNull();
    expect(nextTick({ cron: '* * * * *', timezone: 'Asia/Seoul', after: 8.64e15 })).toBeNull();
    expect(nextTick({ cron: '@yearly', timezone: 'UTC', after: -8.64e15 })).toBe(at('0002-01-01T00:00Z'));
  });

  it('find a leap day across a century that has none', () => {
    expect(next('0 0 29 2 *', 'UTC', '2096-03-01T00:00:00Z')).toBe('2104-02-29T00:00:00.000Z');
  });

  it('refuse a rule that was not checked', () => {
    const code = (cron: string, timezone: string) => {
      try {
        openSchedule({ cron, timezone });
      } catch (error) {
        return error instanceof DliError ? [error.code, error.message] : error;
      }
      return undefined;
    };
    expect(code('0 0 30 2 *', 'UTC')).toEqual(['DLI-805', "Cron '0 0 30 2 *' never fires"]);
    expect(code('@daily', 'Asia/Soul')).toEqual(['DLI-400', expect.stringContaining("did you mean 'Asia/Seoul'")]);
  });

  it('of schedules that share a zone are the same', () => {
    const zone = openZone('America/New_York');
    const crons = ['30 2 * * *', '*/20 1 * * *'];
    const after = at('2024-03-10T00:00Z');
    for (const cron of crons) {
      const rule = { cron, timezone: 'America/New_York' };
      expect(openSchedule(rule, zone).next(after)).toBe(nextTick({ ...rule, after }));
    }
  });

  it('have the local date, or the one before, as execution date', () => {
    const tick = at('2024-02-29T20:00:00Z');
    expect(executionDateOf(tick, 'Asia/Seoul', 'same_day')).toBe('2024-03-01');
    expect(executionDateOf(tick, 'Asia/Seoul', 'previous_day')).toBe('2024-02-29');
    expect(executionDateOf(tick, 'America/Los_Angeles', 'same_day')).toBe('2024-02-29');
    const schedule = openSchedule({ cron: '@daily', timezone: 'Asia/Seoul' });
    expect(schedule.executionDateOf(tick, 'previous_day')).toBe('2024-02-29');
    const [yesterday] = ticks({ cron: '0 5 1 3 *', timezone: 'Asia/Seoul', from: tick, executionDate: 'previous_day' });
    expect(yesterday).toMatchObject({ scheduledAt: tick, localTime: '2024-03-01 05:00', executionDate: '2024-02-29' });
  });
});

// Worked out by hand from the zones' rules.
describe('daylight saving', () => {
  const newYork = 'America/New_York';
  it.each<[cron: string, timezone: string, from: string, to: string, wanted: readonly string[]]>([
    // Fixed, in the gap 02:00-03:00 of 10 March.
    ['30 2 * * *', newYork, '2024-03-10', '2024-03-11', ['07:00 03:00 -240 moved from 02:30']],
    ['0,30 2 * * *', newYork, '2024-03-10', '2024-03-11', ['07:00 03:00 -240 merges 02:00, 02:30']],
    [
      '0,30 2-3 * * *',
      newYork,
      '2024-03-10',
      '2024-03-11',
      ['07:00 03:00 -240 merges 02:00, 02:30, 03:00', '07:30 03:30 -240'],
    ],
    ['5-59/9 2 * * *', newYork, '2024-03-10', '2024-03-11', ['07:00 03:00 -240 merges 7 times, 02:05 to 02:59']],
    ['59 1 * * *', newYork, '2024-03-10', '2024-03-11', ['06:59 01:59 -300']],
    ['0 3 * * *', newYork, '2024-03-10', '2024-03-11', ['07:00 03:00 -240']],
    // Elapsed, in the same gap.
    ['*/30 2 * * *', newYork, '2024-03-10', '2024-03-11', []],
    [
      '*/30 2 * * *',
      newYork,
      '2024-03-11',
      '2024-03-12',
      ['06:00 02:00 -240 drops 2024-03-10 02:00, 02:30', '06:30 02:30 -240'],
    ],
    [
      '30 * * * *',
      newYork,
      '2024-03-10T06:00',
      '2024-03-10T08:00',
      ['06:30 01:30 -300', '07:30 03:30 -240 drops 02:30'],
    ],
    // Fixed, in the hour that comes twice on 3 November.
    ['30 1 * * *', newYork, '2024-11-03', '2024-11-04', ['05:30 01:30 -240 drops the second 01:30']],
    ['30 1 * * *', newYork, '2024-11-03T05:31', '2024-11-04', []],
    ['0 2 * * *', newYork, '2024-11-03', '2024-11-04', ['07:00 02:00 -300']],
    // Elapsed, in the same hour.
    [
      '@hourly',
      newYork,
      '2024-11-03T05:00',
      '2024-11-03T07:01',
      ['05:00 01:00 -240', '06:00 01:00 -300 second 01:00', '07:00 02:00 -300'],
    ],
    [
      '*/30 1 * * *',
      newYork,
      '2024-11-03T05:15',
      '2024-11-03T06:15',
      ['05:30 01:30 -240', '06:00 01:00 -300 second 01:00'],
    ],
    // Half an hour at Lord Howe: 02:00 becomes 02:30, and 02:00 becomes 01:30 again.
    ['15 2 * * *', 'Australia/Lord_Howe', '2024-10-05T12:00', '2024-10-06', ['15:30 02:30 660 moved from 02:15']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2024-04-06', '2024-04-07', ['14:45 01:45 660 drops the second 01:45']],
    // Two hours at Troll: 01:00 becomes 03:00.
    ['0 1,2 * * *', 'Antarctica/Troll', '2024-03-31', '2024-03-31T12:00', ['01:00 03:00 120 merges 01:00, 02:00']],
    // Samoa had no 30 December 2011: its 09:00 fires when the 31st begins, which is then its date.
    [
      '0 9 * * *',
      'Pacific/Apia',
      '2011-12-30',
      '2011-12-31',
      ['10:00 00:00 840 moved from 2011-12-30 09:00', '19:00 09:00 840'],
    ],
    [
      '0 */8 * * *',
      'Pacific/Apia',
      '2011-12-30T09:00',
      '2011-12-30T17:00',
      ['10:00 00:00 840 drops 2011-12-30 00:00, 08:00, 16:00'],
    ],
    // A clock that goes back over midnight: a Friday's last half hour comes again after it ended.
    ['45 23 * * 5', 'Asia/Pyongyang', '2015-08-14', '2015-08-15', ['14:45 23:45 540 drops the second 23:45']],
    [
      '45 * * * 5',
      'Asia/Pyongyang',
      '2015-08-14T14:00',
      '2015-08-15',
      ['14:45 23:45 540', '15:15 23:45 510 second 23:45'],
    ],
    // Alaska had its 18 October 1867 twice; before standard time clocks differ by seconds.
    ['0 12 19 10 *', 'America/Juneau', '1867-10-18', '1867-10-20', ['20:57 12:00 902.317 drops the second 12:00']],
    ['0 0 * * *', 'Asia/Tehran', '1935-06-12', '1935-06-13', ['20:34 00:04 210 moved from 00:00']],
  ])('%s in %s from %s to %s', (cron, timezone, from, to, wanted) => {
    const utc = (text: string) => at(text.includes('T') ? `${text}Z` : `${text}T00:00Z`);
    const found = [...ticks({ cron, timezone, from: utc(from), to: utc(to) - 1 })];
    const shown = found.map(({ scheduledAt, localTime, offsetMinutes, note }) =>
      [
        new Date(scheduledAt).toISOString().slice(11, 16),
        localTime.slice(11),
        String(Number(offsetMinutes.toFixed(3))),
        ...(note === null ? [] : [note]),
      ].join(' '),
    );
    expect(shown).toEqual(wanted);
  });

  it('leaves the date of a moved tick to the tick itself', () => {
    const rule = { cron: '0 9 * * *', timezone: 'Pacific/Apia', from: at('2011-12-30T00:00Z') };
    const dates = [...ticks(rule).take(2)].map(({ executionDate }) => executionDate);
    expect(dates).toEqual(['2011-12-31', '2011-12-31']);
  });

  it('is noted on a tick wherever the range begins', () => {
    const rule = { cron: '*/30 2 * * SUN', timezone: newYork };
    const wanted = 'drops 2024-03-10 02:00, 02:30';
    for (const from of ['2024-03-01', '2024-03-10', '2024-03-11', '2024-03-17T06:00Z']) {
      const drop = ticks({ ...rule, from: at(from) }).find(({ note }) => note !== null);
      expect(drop).toMatchObject({ localTime: '2024-03-17 02:00', note: wanted });
    }
  });
});
