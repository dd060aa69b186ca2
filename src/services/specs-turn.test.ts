import { expect, it } from 'vitest';
import { SpecsTurn } from './specs-turn.ts';

it('changes of the spec store happen one at a time, in order, also after one that failed', async () => {
  const turn = new SpecsTurn();
  const happened: string[] = [];
  const first = Promise.withResolvers<void>();
  const work = (name: string, until: Promise<void> = Promise.resolve()) =>
    turn.run(async () => {
      happened.push(`${name} begins`);
      await until;
      happened.push(`${name} ends`);
      if (name === 'one') throw new Error('one failed');
      return name;
    });
  const results = Promise.allSettled([work('one', first.promise), work('two'), work('three')]);
  first.resolve();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(happened).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends']);
});
