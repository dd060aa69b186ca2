import fc from 'fast-check';
import { expect, it } from 'vitest';
import { visibleLine, visibleText } from './visible.ts';

it('shows escapes instead of obeying them', () => {
  expect(visibleLine('a\u001b]0;title\u0007b')).toBe('a\\x1b]0;title\\x07b');
  expect(visibleLine('\u009b31m')).toBe('\\x9b31m');
});

it('shows the marks that reorder text', () => {
  expect(visibleLine('a\u202eb\u2066c')).toBe('a\\u202eb\\u2066c');
});

it('keeps line breaks and tabs of longer texts only', () => {
  expect(visibleText('a\r\nb\tc\rd')).toBe('a\nb\tc\\rd');
  expect(visibleLine('a\nb\tc')).toBe('a\\nb\\tc');
});

it('leaves no control character in any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visibleLine(text)).not.toMatch(/\p{Cc}/u);
    }),
  );
});
