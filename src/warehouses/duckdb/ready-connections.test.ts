import { DuckDBInstance } from '@duckdb/node-api';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { ReadyConnections } from './ready-connections.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
});

async function fixture() {
  const instance = await DuckDBInstance.create(':memory:');
  onTestFinished(() => instance.closeSync());
  const opened: Awaited<ReturnType<typeof instance.connect>>[] = [];
  const state = { broken: false, asked: 0 };
  const connections = new ReadyConnections(async () => {
    state.asked += 1;
    if (state.broken) throw new TypeError('no more connections');
    const connection = await instance.connect();
    opened.push(connection);
    return connection;
  });
  return { connections, opened, state };
}

it('hands each connection out once', async () => {
  const { connections, opened } = await fixture();
  const first = await connections.take();
  vi.runAllTimers();
  const [second, third] = await Promise.all([connections.take(), connections.take()]);
  expect(new Set([first, second, third]).size).toBe(3);
  for (const taken of [first, second, third]) expect(opened.some((one) => one === taken)).toBe(true);
  await first.run('CREATE TEMP TABLE mine (n INTEGER)');
  await expect(second.run('SELECT * FROM mine')).rejects.toThrow('mine');
  await connections.close();
});

it('has the next one ready, but not at once, when the taker wants to get on', async () => {
  const { connections, opened, state } = await fixture();
  await connections.take();
  expect(state.asked).toBe(1);
  vi.runAllTimers();
  expect(state.asked).toBe(2);
  expect(await connections.take()).toBe(opened[1]);
  expect(state.asked).toBe(2);
  await connections.close();
});

it('makes one, however many were taken meanwhile', async () => {
  const { connections, state } = await fixture();
  await Promise.all([connections.take(), connections.take(), connections.take()]);
  expect(vi.getTimerCount()).toBe(1);
  vi.runAllTimers();
  expect(state.asked).toBe(4);
  await connections.close();
});

it('says why there is none only to whoever needs one, and goes on when there are again', async () => {
  const { connections, state } = await fixture();
  state.broken = true;
  await expect(connections.take()).rejects.toThrow('no more connections');
  vi.runAllTimers();
  state.broken = false;
  expect((await (await connections.take()).run('SELECT 1')).rowCount).toBe(1);
  vi.runAllTimers();
  state.broken = true;
  await connections.take();
  await expect(connections.take()).rejects.toThrow('no more connections');
});

it('closes the one that is left, and only that', async () => {
  const { connections, opened } = await fixture();
  const taken = await connections.take();
  vi.runAllTimers();
  await connections.close();
  const [left] = opened.filter((connection) => connection !== taken);
  await expect(left?.run('SELECT 1')).rejects.toThrow();
  expect((await taken.run('SELECT 1')).rowCount).toBe(1);
  await connections.close();
});

it('hands one that was given back to the next who asks for the same dataset, and to nobody else', async () => {
  const { connections, state } = await fixture();
  const given = await connections.take('a');
  connections.giveBack('a', given);
  vi.runAllTimers();
  expect(await connections.take('b')).not.toBe(given);
  expect(await connections.take()).not.toBe(given);
  vi.runAllTimers();
  const { asked } = state;
  expect(await connections.take('a')).toBe(given);
  expect(vi.getTimerCount()).toBe(0);
  expect(state.asked).toBe(asked);
  expect(await connections.take('a')).not.toBe(given);
  await connections.close();
});

it('keeps one of a dataset, the last', async () => {
  const { connections } = await fixture();
  const [first, second] = [await connections.take('a'), await connections.take('a')];
  connections.giveBack('a', first);
  connections.giveBack('a', second);
  await expect(first.run('SELECT 1')).rejects.toThrow();
  expect(await connections.take('a')).toBe(second);
  await connections.close();
});

it('keeps those of the 16 datasets that were given back last, until it is closed', async () => {
  const { connections, opened } = await fixture();
  const taken = await Promise.all(Array.from({ length: 17 }, () => connections.take()));
  for (const [nth, connection] of taken.entries()) connections.giveBack(`${nth}`, connection);
  await expect(taken[0]?.run('SELECT 1')).rejects.toThrow();
  expect((await taken[1]?.run('SELECT 1'))?.rowCount).toBe(1);
  const later = await connections.take();
  connections.giveBack('1', later);
  connections.giveBack('17', await connections.take());
  await expect(taken[2]?.run('SELECT 1')).rejects.toThrow();
  expect((await later.run('SELECT 1')).rowCount).toBe(1);
  await connections.close();
  for (const connection of opened) await expect(connection.run('SELECT 1')).rejects.toThrow();
});

it('makes none when it is closed', async () => {
  const { connections, state } = await fixture();
  await connections.take();
  await connections.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(state.asked).toBe(1);
});
