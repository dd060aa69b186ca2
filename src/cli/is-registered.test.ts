import { expect, it, vi } from 'vitest';
import type { BasecampClient } from '../client/basecamp-client.ts';
import { isRegistered } from './is-registered.ts';

const { signal } = new AbortController();

/** A client whose list is what a test says; nothing else of it is asked. */
function clientThatLists(list: () => Promise<unknown>): BasecampClient {
  return { workflow: { list: vi.fn(list) } } as unknown as BasecampClient;
}

it.each([
  [true, 'lake.shop.orders'],
  [false, 'lake.shop.orders_daily'],
  [false, undefined],
])('is %s where the first name that begins so is %s', async (is, name) => {
  const items = name === undefined ? [] : [{ dataset_name: name }];
  const client = clientThatLists(() => Promise.resolve({ items }));
  expect(await isRegistered(client, 'lake.shop.orders', signal)).toBe(is);
});

it('makes no error of what was done where the server has gone away', async () => {
  const client = clientThatLists(() => Promise.reject(new TypeError('fetch failed')));
  expect(await isRegistered(client, 'lake.shop.orders', signal)).toBe(true);
});
