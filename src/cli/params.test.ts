import { expect, it } from 'vitest';
import { readParams } from './params.ts';

it('splits at the first equals sign and keeps values as text', () => {
  expect(readParams(['a=1', 'b=x=y', 'c='])).toEqual({ a: '1', b: 'x=y', c: '' });
});

it.each(['novalue', '=x', ''])('refuses %j', (text) => {
  expect(() => readParams([text])).toThrow(expect.objectContaining({ code: 'DLI-400' }));
});

it('refuses a parameter that is given twice', () => {
  expect(() => readParams(['a=1', 'a=2'])).toThrow("Parameter 'a' is given twice");
});
