import { expect, it } from 'vitest';
import { lineDifference } from './line-difference.ts';

const lines = (count: number, word: string) => Array.from({ length: count }, (_, index) => `${word} ${index}`);

it('a line that changes among many is shown with what is around it', () => {
  const before = lines(20_000, 'line');
  expect(lineDifference(before.join('\n'), before.with(9_999, 'changed').join('\n'))).toEqual([
    '@@ -9998,5 +9998,5 @@',
    ' line 9997',
    ' line 9998',
    '-line 9999',
    '+changed',
    ' line 10000',
    ' line 10001',
  ]);
});

it('at most 40 lines are shown, and how many more there are', () => {
  const shown = lineDifference(lines(100, 'old').join('\n'), lines(100, 'new').join('\n'));
  expect([shown.length, shown.at(-1)]).toEqual([40, '… 162 more lines']);
});

it('a text that is written anew is not compared to its end, which would take seconds', () => {
  const rewritten = ['(too much has changed to be shown)'];
  expect(lineDifference(lines(101, 'old').join('\n'), lines(101, 'new').join('\n'))).toEqual(rewritten);
  expect(lineDifference(lines(50_000, 'old').join('\n'), lines(50_000, 'new').join('\n'))).toEqual(rewritten);
});
