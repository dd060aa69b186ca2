import { expect, it } from 'vitest';
import { padText, textWidth, truncateText } from './text-width.ts';

it.each([
  ['plain', 5],
  ['한국어', 6],
  ['日本', 4],
  ['é', 1],
  ['e\u0301', 1],
  ['🚀', 2],
  ['👩‍👩‍👧', 2],
  ['ｆｕｌｌ', 8],
  ['', 0],
])('%s takes %i cells', (text, cells) => {
  expect(textWidth(text)).toBe(cells);
});

it('never cuts a wide character in half', () => {
  expect(truncateText('한국어', 4)).toBe('한…');
  expect(truncateText('한국어', 6)).toBe('한국어');
});

it('pads on either side by cells', () => {
  expect(padText('한', { width: 4, align: 'left' })).toBe('한  ');
  expect(padText('한', { width: 4, align: 'right' })).toBe('  한');
});
