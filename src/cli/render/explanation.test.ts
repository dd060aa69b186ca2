import { expect, it } from 'vitest';
import { explanationLines } from './explanation.ts';

const explanation = {
  sentence: 'Run a is tried again at 2024-01-15T09:35:00Z.',
  facts: [
    { name: 'status', value: 'PENDING' },
    { name: 'available at', value: '2024-01-15T09:35:00Z' },
    { name: 'stop', value: 'stopped by ann: before 2024-01-15T09:35:00Z' },
  ],
  command: null,
};

it("writes facts that are instants in the user's time zone, and leaves texts alone", () => {
  expect(explanationLines(explanation, { timeZone: 'Asia/Seoul', maxWidth: undefined })).toEqual([
    'Run a is tried again at 2024-01-15T09:35:00Z.',
    '  status        PENDING',
    '  available at  2024-01-15 18:35:00 +09:00',
    '  stop          stopped by ann: before 2024-01-15T09:35:00Z',
  ]);
});

it('gives the command a line of its own where it does not fit behind its name', () => {
  const helped = { ...explanation, facts: [], command: 'dli workflow unpause a' };
  const lines = (maxWidth: number) => explanationLines(helped, { timeZone: 'UTC', maxWidth });
  expect(lines(28).at(-1)).toBe('Next: dli workflow unpause a');
  expect(lines(27).at(-1)).toBe('Next:\ndli workflow unpause a');
});
