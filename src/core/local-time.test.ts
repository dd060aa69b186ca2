import { describe, expect, it } from 'vitest';
import { readMoment } from './local-time.ts';
import { openZone } from './zone.ts';

const read = (text: string, timezone: string, edge: 'first' | 'last') => {
  const moment = readMoment(text, openZone(timezone), edge);
  return moment === undefined ? undefined : new Date(moment).toISOString();
};

describe('moments', () => {
  it.each([
    ['2024-01-15', '2024-01-14T15:00:00.000Z', '2024-01-15T14:59:59.999Z'],
    ['2024-01-15T09:30', '2024-01-15T00:30:00.000Z', '2024-01-15T00:30:00.000Z'],
    ['2024-01-15 09:30:15', '2024-01-15T00:30:15.000Z', '2024-01-15T00:30:15.000Z'],
    ['2024-01-15T09:30:59.999Z', '2024-01-15T09:30:59.999Z', '2024-01-15T09:30:59.999Z'],
    ['2024-01-15T09:30Z', '2024-01-15T09:30:00.000Z', '2024-01-15T09:30:00.000Z'],
    ['2024-01-15T09:30-05:30', '2024-01-15T15:00:00.000Z', '2024-01-15T15:00:00.000Z'],
  ])('%s in Seoul begins and ends as a clock there shows', (text, first, last) => {
    expect([read(text, 'Asia/Seoul', 'first'), read(text, 'Asia/Seoul', 'last')]).toEqual([first, last]);
  });

  it.each([
    // In the gap, in the hour that comes twice, and a day whose last hour comes twice.
    ['2024-03-10T02:30', 'America/New_York', '2024-03-10T07:00:00.000Z', '2024-03-10T06:59:59.999Z'],
    ['2024-11-03T01:30', 'America/New_York', '2024-11-03T05:30:00.000Z', '2024-11-03T06:30:00.000Z'],
    ['2018-02-17', 'America/Sao_Paulo', '2018-02-17T02:00:00.000Z', '2018-02-18T02:59:59.999Z'],
  ])('%s in %s takes in all that it may mean', (text, timezone, first, last) => {
    expect([read(text, timezone, 'first'), read(text, timezone, 'last')]).toEqual([first, last]);
  });

  it.each([
    '',
    'tomorrow',
    '2024-02-30',
    '2024-01-15T24:00',
    '2024-01-15T09:60',
    '2024-01-15T09:30:60',
    '2024-01-15T09:30+24:00',
    '2024-1-5',
  ])('%j is none', (text) => {
    expect(read(text, 'UTC', 'first')).toBeUndefined();
  });
});
