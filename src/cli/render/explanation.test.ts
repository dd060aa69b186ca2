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
