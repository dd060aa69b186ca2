import { expect, it } from 'vitest';
import { pickEffective } from './effective-spec.ts';

const code = { sourceType: 'code', name: 'c' } as const;
const manual = { sourceType: 'manual', name: 'm' } as const;

it('takes the code registration where there is one, in whatever order they come', () => {
  expect(pickEffective([manual, code])).toBe(code);
  expect(pickEffective([code, manual])).toBe(code);
});

it('takes the manual one where code has none', () => expect(pickEffective([manual])).toBe(manual));

it('finds none for a dataset without registrations', () => expect(pickEffective([])).toBeUndefined());
