import { expect, it } from 'vitest';
import { Closers } from './wiring.ts';

it('undoes every step, the last one first, also when one fails, and only once', async () => {
  const closers = new Closers();
  const undone: string[] = [];
  const boom = new TypeError('boom');
  closers.add(() => void undone.push('first'));
  closers.add(() => Promise.reject(boom));
  closers.add(() => void undone.push('last'));
  await expect(closers.closeAll()).rejects.toBe(boom);
  await closers.closeAll();
  expect(undone).toEqual(['last', 'first']);
});
