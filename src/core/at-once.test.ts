import { expect, it } from 'vitest';
import { doAtOnce } from './at-once.ts';

it('does everything, at most so many at once', async () => {
  let busy = 0;
  const most: number[] = [];
  const done: number[] = [];
  await doAtOnce([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    busy += 1;
    most.push(busy);
    await Promise.resolve();
    busy -= 1;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(Math.max(...most)).toBe(3);
});

it('begins nothing more after a failure, and throws it when nothing is under way', async () => {
  const begun: number[] = [];
  let ended = 0;
  const work = doAtOnce([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('one failed');
    await Promise.resolve();
    await Promise.resolve();
    ended += 1;
  });
  await expect(work).rejects.toThrow('one failed');
  expect(begun.length).toBeLessThan(5);
  expect(ended).toBe(begun.length - 1);
});
