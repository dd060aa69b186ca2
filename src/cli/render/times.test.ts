import { expect, it } from 'vitest';
import { formatDuration, formatTime, systemZone } from './times.ts';

it('writes UTC without an offset', () => {
  expect(formatTime('2024-01-15T09:30:45.123Z', { timeZone: 'UTC' })).toBe('2024-01-15 09:30');
});

it.each([
  ['Asia/Seoul', '2024-01-15 18:30 +09:00'],
  ['America/New_York', '2024-01-15 04:30 -05:00'],
  ['Asia/Kathmandu', '2024-01-15 15:15 +05:45'],
  ['America/St_Johns', '2024-01-15 06:00 -03:30'],
  ['Europe/London', '2024-01-15 09:30'],
])('writes a time in %s with its offset where it is not that of UTC', (timeZone, expected) => {
  expect(formatTime('2024-01-15T09:30:00Z', { timeZone })).toBe(expected);
});

it('uses the offset of that day, not of today', () => {
  expect(formatTime('2024-07-15T09:30:00Z', { timeZone: 'Europe/London' })).toBe('2024-07-15 10:30 +01:00');
});

it('writes seconds where they are asked for', () => {
  expect(formatTime('2024-01-15T09:30:45Z', { timeZone: 'UTC', precision: 'seconds' })).toBe('2024-01-15 09:30:45');
});

it.each([
  [0, '0.00 s'],
  [0.034, '0.03 s'],
  [0.4, '0.4 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [3600, '1 h'],
  [7500, '2 h 5 min'],
])('writes %f seconds as %s', (seconds, expected) => {
  expect(formatDuration(seconds)).toBe(expected);
});

it('knows the time zone of the system without its name', () => {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  for (const instant of ['2024-01-15T09:30:45Z', '2024-07-15T09:30:45Z']) {
    expect(formatTime(instant, { timeZone: systemZone })).toBe(formatTime(instant, { timeZone }));
  }
});
