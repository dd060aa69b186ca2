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
    expect(time.look(start + 5 * minute)).toEqual({
      kind: 'gap',
      reason: 'the machine slept or its clock was set forward from 2024-01-15T09:00:00Z to 2024-01-15T09:05:00Z',
    });
    expect(time.absenceOf(start + 5 * minute - 1)).not.toBeNull();
    expect(time.absenceOf(start + 5 * minute)).toBeNull();
  });

  it('stands still after a leap, and believes it when the clock has stood', () => {
    const time = open();
    expect(time.look(start + 2 * day)?.kind).toBe('leap');
    expect(time.at(start + 2 * day + minute)).toBe(start);
    expect(time.hold?.until).toBe(start + 2 * day + 10 * minute);
    for (let n = 1; n <= 10; n += 1) expect(time.look(start + 2 * day + n * minute)).toBeUndefined();
    expect(time.hold).toBeNull();
    expect(time.absenceOf(start + 1)?.until).toBe(start + 2 * day);
  });

  it('forgets a leap that was set right, and a second leap leaves schedules where they stood', () => {
    const time = open();
    time.look(start + 2 * day);
    expect(time.look(start + 9 * day)?.kind).toBe('leap');
    expect(time.at(start + 9 * day)).toBe(start);
    expect(time.look(start + minute)?.kind).toBe('back');
    expect([time.hold, time.at(start + minute), time.absenceOf(start + 1)]).toEqual([null, start + minute, null]);
  });

  it('forgets what a wrong clock said of the future', () => {
    const time = open(start - day);
    expect(time.look(start - minute)?.kind).toBe('back');
    expect(time.absenceOf(start - 2 * minute)).toBeNull();
  });
});
