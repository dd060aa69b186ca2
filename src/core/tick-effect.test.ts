import { describe, expect, it } from 'vitest';
import { openSchedule, type TickRule } from './schedule.ts';
import { tickEffect } from './tick-effect.ts';

const now = Date.parse('2026-11-26T18:00:00Z');
const seoul = (cron: string): TickRule => ({ cron, timezone: 'Asia/Seoul' });
const utc = (cron: string): TickRule => ({ cron, timezone: 'UTC' });

function effect(before: TickRule | null, after: TickRule | null, isPaused = false) {
  return tickEffect({ before, after, now, isPaused, open: openSchedule });
}

describe('the effect of a new schedule on the ticks to come', () => {
  it.each<[string, TickRule | null, TickRule | null, string | null]>([
    [
      'moves the next run',
      seoul('0 9 * * *'),
      seoul('0 7 * * *'),
      'next run moves from 2026-11-27 09:00 to 2026-11-27 07:00 (Asia/Seoul)',
    ],
    [
      'moves it by the timezone',
      seoul('0 9 * * *'),
      utc('0 9 * * *'),
      'next run moves from 2026-11-27 09:00 (Asia/Seoul) to 2026-11-27 09:00 (UTC)',
    ],
    ['adds one', utc('0 20 * * *'), utc('0 20,22 * * *'), 'one run more within 24 hours'],
    ['takes some away', utc('0 * * * *'), utc('0 19 * * *'), '23 runs fewer within 24 hours'],
    [
      'moves and adds',
      utc('0 20 * * *'),
      utc('0 19,20 * * *'),
      'next run moves from 2026-11-26 20:00 to 2026-11-26 19:00 (UTC), one run more within 24 hours',
    ],
    [
      'begins',
      null,
      utc('0 20 * * *'),
      'runs by itself: the first run is 2026-11-26 20:00 (UTC), 1 run within 24 hours',
    ],
    ['ends', utc('0 20 * * *'), null, 'no longer runs by itself; the next run would have been 2026-11-26 20:00 (UTC)'],
    ['changes nothing that is seen', utc('0 20 * * *'), utc('00 20 * * *'), null],
    ['changes nothing where nothing runs', null, null, null],
  ])('%s', (_, before, after, text) => {
    expect(effect(before, after).text).toBe(text);
  });

  it('tells times and numbers; the tick of this very moment is over', () => {
    expect(effect(utc('0 18 * * *'), utc('30 * * * *'))).toMatchObject({
      nextBefore: Date.parse('2026-11-27T18:00:00Z'),
      nextAfter: Date.parse('2026-11-26T18:30:00Z'),
      dayBefore: 1,
      dayAfter: 24,
    });
    expect(effect(null, null)).toEqual({ nextBefore: null, nextAfter: null, dayBefore: 0, dayAfter: 0, text: null });
  });

  it('says of a paused dataset that none of them runs', () => {
    expect(effect(null, utc('0 20 * * *'), true).text).toMatch(/; paused: none of them runs until it is unpaused$/);
    expect(effect(utc('0 20 * * *'), utc('0 20 * * *'), true).text).toBeNull();
  });
});
