import { describe, expect, it } from 'vitest';
import { readExpiry } from './expiry.ts';

const now = new Date('2024-01-15T09:30:45Z');

describe('--expires', () => {
  it.each([
    ['90d', '2024-04-14T09:30:45.000Z'],
    ['12h', '2024-01-15T21:30:45.000Z'],
    ['2030-02-01', '2030-02-01T00:00:00.000Z'],
    ['2030-02-01T09:00:00+09:00', '2030-02-01T00:00:00.000Z'],
    ['2030-02-01T09:00Z', '2030-02-01T09:00:00.000Z'],
    ['never', null],
  ])('takes %s', (text, at) => {
    expect(readExpiry(text, now)).toBe(at);
  });

  it.each([
    '',
    '90',
    '0d',
    '-1d',
    '1.5d',
    '999999d',
    '5w',
    'tomorrow',
    '2030-02-30',
    '2030-13-01T00:00:00Z',
    '2030-02-01 09:00',
  ])('refuses %j and says what is allowed', (text) => {
    expect(() => readExpiry(text, now)).toThrow(
      expect.objectContaining({ code: 'DLI-400', hints: [expect.stringContaining('never')] }),
    );
  });
});
