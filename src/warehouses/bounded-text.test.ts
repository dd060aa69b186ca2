import { describe, expect, it } from 'vitest';
import { boundText } from './bounded-text.ts';

describe('boundText', () => {
  it('leaves a text that is short enough as it is', () => {
    expect(boundText('abc', 3)).toBe('abc');
  });

  it('cuts a longer one, and not through a character', () => {
    expect(boundText('abcd', 3)).toBe('abc…');
    expect(boundText('ab😀d', 3)).toBe('ab…');
  });
});
