import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wrapText } from './wrap.ts';

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
