import { expect, it } from 'vitest';
import { duplicateSpecs } from './duplicate-specs.ts';

const file = (path: string, dataset: string) => ({ path, dataset });

it('says of each file where its dataset is defined too; names that differ in case are the same', () => {
  const found = duplicateSpecs([file('1', 'a'), file('2', 'b'), file('3', 'A'), file('4', 'c')]);
  expect([...found]).toEqual([
    ['1', "'a' is defined in 3 (as 'A': case is not told apart) too: keep one of them"],
    ['3', "'A' is defined in 1 (as 'a': case is not told apart) too: keep one of them"],
  ]);
});

it('names three of many', () => {
  const found = duplicateSpecs(['1', '2', '3', '4', '5', '6'].map((path) => file(path, 'a')));
  expect(found.get('2')).toBe("'a' is defined in 1, 3, 4 and 2 more too: keep one of them");
});

it('finds nothing where there is nothing', () => {
  expect(duplicateSpecs([file('1', 'a'), file('2', 'b')]).size).toBe(0);
});
