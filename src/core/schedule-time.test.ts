import { describe, expect, it } from 'vitest';
import { ScheduleTime } from './schedule-time.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const start = Date.parse('2024-01-15T09:00:00Z');
const open = (seenAt: number | undefined = undefined) => new ScheduleTime({ now: start, seenAt });

describe('the time that schedules go by', () => {
  it('has an absence until the start of the server, where one was there before', () => {
    expect(open().absenceOf(start - 1)).toBeNull();
    const time = open(start - day);
    expect(time.awayReason).toBe('the server was down from 2024-01-14T09:00:00Z to 2024-01-15T09:00:00Z');
    expect([time.absenceOf(start - 1)?.until, time.absenceOf(start)]).toEqual([start, null]);
    expect(open(start + day).awayReason, 'a clock that was ahead').toBe(
      'the server was down until 2024-01-15T09:00:00Z',
    );
  });

  it('moves with the clock as long as somebody looks', () => {
    const time = open();
    for (let at = start; at < start + day; at += minute) expect(time.look(at)).toBeUndefined();
    expect(time.look(start + day + 2 * minute), 'a late look').toBeUndefined();
    expect(time.look(start + day + 2 * minute - 900), 'a correction').toBeUndefined();
  });

  it('has an absence where nobody looked', () => {
    const time = open();
    expect(time.look(start + 5 * minute)?.reason).toBe(
      'the machine slept or its clock was set forward from 2024-01-15T09:00:00Z to 2024-01-15T09:05:00Z',
    );
    expect(time.absenceOf(start + 5 * minute - 1)).not.toBeNull();
    expect(time.absenceOf(start + 5 * minute)).toBeNull();
  });
});

describe('a clock that leaps forward by more than a day', () => {
  it('makes schedules stand still, and is believed when it has stood', () => {
    const time = open();
    expect(time.look(start + 2 * day)?.reason).toContain('no tick fires before 2024-01-17T09:10:00Z');
    expect(time.at(start + 2 * day + minute)).toBe(start);
    expect(time.hold?.until).toBe(start + 2 * day + 10 * minute);
    for (let n = 1; n <= 10; n += 1) expect(time.look(start + 2 * day + n * minute)).toBeUndefined();
    expect(time.hold).toBeNull();
    expect(time.absenceOf(start + 1)?.until).toBe(start + 2 * day);
  });

  it('is forgotten when it is set right, and a second leap leaves schedules where they stood', () => {
    const time = open();
    time.look(start + 2 * day);
    time.look(start + 9 * day);
    expect(time.at(start + 9 * day)).toBe(start);
    expect(time.look(start + minute)).toMatchObject({ rewindTo: start + minute });
    expect([time.hold, time.at(start + minute), time.absenceOf(start + 1)]).toEqual([null, start + minute, null]);
  });

  it('is waited for anew when it is corrected a little', () => {
    const time = open();
    time.look(start + 5 * day);
    time.look(start + 5 * day - 500);
    expect(time.hold?.until).toBe(start + 5 * day - 500 + 10 * minute);
    expect(time.at(start + 5 * day)).toBe(start);
    time.look(start + 5 * day - 5 * minute);
    for (let n = 1; n <= 10; n += 1) time.look(start + 5 * day + (n - 5) * minute);
    expect(time.hold).toBeNull();
    expect(time.absenceOf(start + 1)?.until).toBe(start + 5 * day - 5 * minute);
  });

  it('is not believed at the start either, after more than a year', () => {
    expect(open(start - 300 * day).hold).toBeNull();
    const time = open(start - 400 * day);
    expect(time.at(start)).toBe(start - 400 * day);
    expect(time.look(start)?.reason).toContain('went forward');
    const right = start - 400 * day + 60 * minute;
    time.look(right);
    expect([time.hold, time.absenceOf(right - 1)?.until, time.absenceOf(right)]).toEqual([null, right, null]);
  });
});

describe('a clock that is set back', () => {
  it('rewinds at once within a day, and forgets what was said of the future', () => {
    const time = open(start - day);
    expect(time.look(start - minute)).toMatchObject({ rewindTo: start - minute });
    expect(time.absenceOf(start - 2 * minute)).toBeNull();
    expect(open(start + minute).look(start)).toMatchObject({ rewindTo: start });
  });

  it('by more rewinds when it has stood', () => {
    const time = open();
    const back = start - 5 * day;
    expect(time.look(back)).toMatchObject({ rewindTo: null });
    expect(time.hold?.reason).toContain('set back');
    for (let n = 1; n < 10; n += 1) expect(time.look(back + n * minute)).toBeUndefined();
    expect(time.look(back + 10 * minute)).toMatchObject({ rewindTo: back });
    expect(time.hold).toBeNull();
  });

  it('by more and is right again changes nothing', () => {
    const time = open();
    time.look(start - 5 * day);
    expect(time.look(start + 2 * minute)).toMatchObject({ rewindTo: null });
    expect([time.hold, time.absenceOf(start)]).toEqual([null, null]);
    expect(time.look(start + 3 * minute)).toBeUndefined();
  });
});
