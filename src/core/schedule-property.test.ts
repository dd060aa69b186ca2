import { Cron as Croner } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RandomCron, randomCrons } from './random-cron.suite.ts';
import { openSchedule, type Schedule, type Tick, ticks } from './schedule.ts';
import { type ClockWalk, clockReader, type OracleTick, oracleTicks, walkClock } from './schedule-oracle.suite.ts';

const msPerHour = 3_600_000;
const msPerDay = 24 * msPerHour;

function changeOf({ note }: Tick): string {
  const kind = note?.split('; ').find((part) => /^(moved|merges|second)/.test(part));
  return kind?.split(' ')[0] ?? 'none';
}

/** Holds the product against the oracle along a walk: all ticks of a range, and each tick after any moment. */
function checkAgainstOracle(cron: RandomCron, walk: ClockWalk, moments: readonly number[]): void {
  const { timezone, from, instants } = walk;
  const to = instants.at(-1) ?? from;
  const wanted = oracleTicks(cron, walk);
  const schedule = openSchedule({ cron: cron.text, timezone });
  const found = [...schedule.ticks({ from, to })].map(({ offsetMinutes, ...tick }) => {
    const local = tick.scheduledAt + Math.round(offsetMinutes * 60) * 1_000;
    expect(new Date(local).toISOString().slice(0, 16).replace('T', ' ')).toBe(tick.localTime);
    const { scheduledAt, localTime, executionDate } = tick;
    return { scheduledAt, localTime, executionDate, change: changeOf({ ...tick, offsetMinutes }) };
  });
  expect(found).toEqual(wanted.map(({ hasDropped, ...tick }) => tick));
  const dropping = wanted.filter(({ hasDropped }) => hasDropped).map(({ scheduledAt }) => scheduledAt);
  for (const at of dropping) expect([...schedule.ticks({ from: at, to: at })][0]?.note).toMatch(/^drops /);
  for (const share of moments) {
    const after = Math.floor(from + (to - from) * share);
    const expected = wanted.find(({ scheduledAt }) => scheduledAt > after);
    const next = schedule.next(after);
    if (expected) expect(next).toBe(expected.scheduledAt);
    else expect(next ?? Number.POSITIVE_INFINITY).toBeGreaterThan(to);
    const [first] = schedule.ticks({ from: after + 1, to });
    expect(first?.scheduledAt).toBe(expected?.scheduledAt);
  }
  checkCounts(schedule, wanted, { from, to, moments });
}

/** Holds what is counted without a walk against the walk: how many ticks a range has, and which is its newest. */
function checkCounts(
  schedule: Schedule,
  wanted: readonly OracleTick[],
  { from, to, moments: shares }: { readonly from: number; readonly to: number; readonly moments: readonly number[] },
): void {
  const edges = [from, ...shares.map((share) => Math.floor(from + (to - from) * share)), to];
  for (const start of edges) {
    for (const end of edges) {
      const inside = wanted.filter(({ scheduledAt }) => scheduledAt >= start && scheduledAt <= end);
      expect(schedule.count({ from: start, to: end })).toBe(inside.length);
      expect(schedule.last({ from: start, to: end })).toBe(inside.at(-1)?.scheduledAt ?? null);
    }
  }
}

const moments = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });

function holdsFor(walk: ClockWalk, numRuns: number): void {
  fc.assert(
    fc.property(randomCrons, moments, (cron, shares) => checkAgainstOracle(cron, walk, shares)),
    { numRuns },
  );
}

describe('ticks are those of a minute-by-minute walk', () => {
  it.each([
    ['America/New_York', '2024-03-10T07:00Z', 'an hour forward'],
    ['America/New_York', '2024-11-03T06:00Z', 'an hour back'],
    ['America/St_Johns', '2024-03-10T05:30Z', 'a half-hour zone forward'],
    ['America/St_Johns', '2006-10-29T02:31Z', 'one minute past midnight, back into the day before'],
    ['America/St_Johns', '1988-04-03T03:31Z', 'two hours forward, one minute past midnight'],
    ['Australia/Lord_Howe', '2024-10-05T15:30Z', 'half an hour forward'],
    ['Australia/Lord_Howe', '2024-04-06T15:00Z', 'half an hour back'],
    ['Africa/Casablanca', '2024-03-10T02:00Z', 'back for Ramadan'],
    ['Africa/Casablanca', '2024-04-14T02:00Z', 'forward after Ramadan'],
    ['Asia/Tehran', '2022-03-21T20:30Z', 'a gap at midnight'],
    ['Asia/Tehran', '1977-10-20T20:30Z', 'half an hour, then daylight saving, in one year'],
    ['Europe/Dublin', '2024-03-31T01:00Z', 'where winter is the exception'],
    ['Europe/Dublin', '2024-10-27T01:00Z', 'where winter is the exception, back'],
    ['Pacific/Apia', '2011-12-30T10:00Z', 'a day that was skipped'],
    ['Pacific/Kwajalein', '1993-08-21T12:00Z', 'a day that was skipped, 24 hours'],
    ['Antarctica/Troll', '2024-03-31T01:00Z', 'two hours forward'],
    ['Antarctica/Troll', '2024-10-27T01:00Z', 'two hours back'],
    ['America/Sao_Paulo', '2018-11-04T03:00Z', 'a gap at midnight'],
    ['America/Sao_Paulo', '2018-02-18T02:00Z', 'midnight that comes twice'],
    ['America/Toronto', '1919-03-31T04:30Z', 'a gap across midnight'],
    ['Asia/Pyongyang', '2015-08-14T15:00Z', 'half an hour back for good'],
    ['America/Caracas', '2016-05-01T07:00Z', 'half an hour forward for good'],
    ['Europe/Lisbon', '1992-09-27T01:00Z', 'a change of zone on the day of a change of season'],
    ['Antarctica/Casey', '2023-03-08T16:00Z', 'three hours back'],
    ['Asia/Gaza', '2040-10-20T00:00Z', 'seven days between two changes'],
    ['America/Noronha', '2000-10-14T15:00Z', 'a daylight saving that lasted a week'],
  ])('%s at %s: %s', (timezone, at, _what) => {
    const change = Date.parse(at);
    holdsFor(walkClock({ timezone, from: change - 30 * msPerHour, to: change + 40 * msPerHour }), 25);
  });

  it.each([
    ['Asia/Tehran', '1935-06-12T20:34:16Z', 'from local mean time to +03:30'],
    ['Africa/Monrovia', '1972-01-07T00:44:30Z', 'from -00:44:30 to UTC'],
    ['Europe/Paris', '1911-03-10T23:50:39Z', 'back by 9 minutes and 21 seconds'],
  ])('%s at %s, second by second: %s', (timezone, at, _what) => {
    const change = Date.parse(at);
    const hours = 2 * msPerHour;
    const walk = walkClock({ timezone, from: change - hours, to: change + hours, stepMs: 1_000, before: hours });
    holdsFor(walk, 25);
  });

  it('in any zone, around any of its changes', () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone').filter((zone) => /\//.test(zone)));
    const years = fc.integer({ min: 1972, max: 2060 });
    fc.assert(
      fc.property(zones, years, fc.double({ min: 0, max: 0.99, noNaN: true }), (timezone, year, share) => {
        const changes = daysOfChange(timezone, year);
        const around = changes[Math.floor(changes.length * share)] ?? Date.UTC(year, 0, 1) + share * 365 * msPerDay;
        const from = Math.floor(around / msPerHour) * msPerHour - 10 * msPerHour;
        holdsFor(walkClock({ timezone, from, to: from + 50 * msPerHour }), 8);
      }),
      { numRuns: 40 },
    );
  });
});

/** Days on which the zone's clock is set, found by comparing what it shows from one day to the next. */
function daysOfChange(timezone: string, year: number): readonly number[] {
  const read = clockReader(timezone);
  const days = Array.from({ length: 365 }, (_, day) => Date.UTC(year, 0, 1) + day * msPerDay);
  return days.filter((day) => read(day + msPerDay) - read(day) !== msPerDay);
}

describe('ticks on the calendar', () => {
  it('are those of another implementation where no clock is ever set', () => {
    fc.assert(
      fc.property(randomCrons, fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2090, 0, 1) }), (cron, from) => {
        // Croner takes SUN-SUN for the whole week.
        fc.pre(!cron.text.includes('SUN-SUN'));
        const other = new Croner(cron.text, { timezone: 'UTC', mode: '5-part', paused: true });
        const wanted = other.nextRuns(5, new Date(from)).map((date) => date.getTime());
        fc.pre(wanted.length === 5);
        const range = { from: (Math.floor(from / 1_000) + 1) * 1_000, to: wanted.at(-1) };
        const found = [...ticks({ cron: cron.text, timezone: 'UTC', ...range })];
        expect(found.map(({ scheduledAt }) => scheduledAt)).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });

  it('are in order and each once, whatever the zone', () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
    const starts = fc.integer({ min: Date.UTC(1850, 0, 1), max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(randomCrons, zones, starts, ({ text }, timezone, from) => {
        fc.pre(!/^[A-Z0-9]+$/.test(timezone) || timezone === 'UTC');
        let before = from - 1;
        for (const { scheduledAt } of ticks({ cron: text, timezone, from }).take(50)) {
          expect(scheduledAt).toBeGreaterThan(before);
          before = scheduledAt;
        }
      }),
      { numRuns: 200 },
    );
  });
});
