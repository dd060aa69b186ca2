import fc from 'fast-check';
import { expect, it } from 'vitest';
import { didYouMean, nearestName } from './did-you-mean.ts';

it.each([
  ['ownr', 'owner'],
  ['onwer', 'owner'],
  ['OWNER', 'owner'],
  ['lookback_day', 'lookback_days'],
  ['tema', 'team'],
])('%s was meant to be %s', (given, meant) => {
  expect(nearestName(given, ['name', 'owner', 'team', 'lookback_days'])).toBe(meant);
});

it.each(['xyz', '', 'a-name-that-nothing-here-is-near-to'])('nothing is suggested for %j', (given) => {
  expect(nearestName(given, ['name', 'owner', 'team'])).toBeUndefined();
  expect(didYouMean(given, ['name', 'owner', 'team'])).toEqual([]);
});

it('a hint names the suggestion', () => {
  expect(didYouMean('ownr', ['owner'])).toEqual(["Did you mean 'owner'?"]);
});

it('an overlong name is not compared', () => {
  expect(nearestName('x'.repeat(201), ['x'.repeat(201)])).toBeUndefined();
});

it('a known name is its own nearest, wherever it stands in the list', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1 }), fc.nat(), (names, at) => {
      const name = names[at % names.length] ?? '';
      expect(nearestName(name, names)?.toLowerCase()).toBe(name.toLowerCase());
    }),
  );
});
