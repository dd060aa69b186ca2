import { expect, it } from 'vitest';
import { OpenSchedules } from './open-schedules.ts';
import { rememberSchedules } from './remembered-schedules.ts';

const rules = ['0 9 * * *', '30 2 * * *', '0 0 29 2 *', '*/7 * * * *'].flatMap((cron) =>
  ['UTC', 'Asia/Seoul', 'America/New_York'].map((timezone) => ({ cron, timezone })),
);
const instants = ['2024-03-10T06:59:00Z', '2024-03-10T07:00:00Z', '2024-12-31T15:00:00Z', '9999-12-31T00:00:00Z'];

it('answer the first time and every other time what the schedules answer', () => {
  const schedules = new OpenSchedules();
  const remembered = rememberSchedules(schedules);
  for (const rule of [...rules, ...rules]) {
    for (const at of instants.map((instant) => Date.parse(instant))) {
      expect(remembered.open(rule).next(at)).toBe(schedules.open(rule).next(at));
      for (const date of ['same_day', 'previous_day'] as const) {
        expect(remembered.open(rule).executionDateOf(at, date)).toBe(schedules.open(rule).executionDateOf(at, date));
      }
    }
    const range = { from: Date.parse('2024-01-01T00:00:00Z'), to: Date.parse('2024-06-01T00:00:00Z') };
    expect(remembered.open(rule).count(range)).toBe(schedules.open(rule).count(range));
  }
});

it('ask for a schedule once, and for each of its answers once', () => {
  const schedules = new OpenSchedules();
  const asked: string[] = [];
  const remembered = rememberSchedules({
    open: (rule) => {
      asked.push(rule.cron);
      return schedules.open(rule);
    },
  });
  const rule = { cron: '0 9 * * *', timezone: 'UTC' };
  expect(remembered.open(rule)).toBe(remembered.open({ ...rule }));
  expect(asked).toEqual(['0 9 * * *']);
});

it('tell why a rule cannot be opened, each time', () => {
  const remembered = rememberSchedules(new OpenSchedules());
  for (let time = 0; time < 2; time += 1) {
    expect(() => remembered.open({ cron: '0 9 * * *', timezone: 'Mars/Olympus' })).toThrow('Mars/Olympus');
  }
});
