import { expect, it } from 'vitest';
import { counted } from './counted.ts';

it('puts the thing in the plural unless there is one', () => {
  expect([0, 1, 2].map((count) => counted(count, 'post-statement'))).toEqual([
    '0 post-statements',
    '1 post-statement',
    '2 post-statements',
  ]);
});
