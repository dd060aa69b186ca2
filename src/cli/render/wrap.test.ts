import fc from 'fast-check';
import { expect, it } from 'vitest';
import { foldText, wrapText } from './wrap.ts';

it('breaks between words', () => {
  expect(wrapText('one two three four', 9)).toEqual(['one two', 'three', 'four']);
});

it('gives a word that does not fit a line of its own', () => {
  expect(wrapText('a iceberg.analytics.clicks b', 8)).toEqual(['a', 'iceberg.analytics.clicks', 'b']);
});

it('loses no word and fills no line too far', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,10}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 10, max: 40 }), (all, width) => {
      const lines = wrapText(all.join(' '), width);
      expect(lines.join(' ')).toBe(all.join(' '));
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});

it('folds lines that are too long for a terminal below their beginning', () => {
  expect(foldText('  one two three four\nfive', 12)).toBe('  one two\n    three\n    four\nfive');
  expect(foldText('데이터가 아직 없음', 10)).toBe('데이터가\n  아직\n  없음');
});

it('leaves what fits, what is a command, and what goes to no terminal', () => {
  expect(foldText('LINE 1:   x\n          ^', 20)).toBe('LINE 1:   x\n          ^');
  expect(foldText('  See its log: dli workflow logs a.b.c', 20)).toBe('  See its log: dli workflow logs a.b.c');
  expect(foldText('one two three four', undefined)).toBe('one two three four');
});
