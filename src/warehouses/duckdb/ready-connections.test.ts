import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { ReadyConnections } from './ready-connections.ts';

async function fixture() {
  const instance = await DuckDBInstance.create(':memory:');
  onTestFinished(() => instance.closeSync());
  const opened: Awaited<ReturnType<typeof instance.connect>>[] = [];
  const state = { broken: false };
  const connections = new ReadyConnections(async () => {
    if (state.broken) throw new TypeError('no more connections');
    const connection = await instance.connect();
    opened.push(connection);
    return connection;
  });
  return { connections, opened, state };
}

it('hands each connection out once, and has the next one ready', async () => {
  const { connections, opened } = await fixture();
  const first = await connections.take();
  const [second, third] = await Promise.all([connections.take(), connections.take()]);
  expect(new Set([first, second, third]).size).toBe(3);
  expect(opened).toEqual(expect.arrayContaining([first, second, third]));
  await first.run('CREATE TEMP TABLE mine (n INTEGER)');
  await expect(second.run('SELECT * FROM mine')).rejects.toThrow('mine');
  await connections.close();
});

it('says why there is none only to whoever needs one, and goes on when there are again', async () => {
  const { connections, state } = await fixture();
  state.broken = true;
  await expect(connections.take()).rejects.toThrow('no more connections');
  state.broken = false;
  expect((await (await connections.take()).run('SELECT 1')).rowCount).toBe(1);
  state.broken = true;
  await connections.take();
  await expect(connections.take()).rejects.toThrow('no more connections');
});

it('closes the one that is left, and only that', async () => {
  const { connections, opened } = await fixture();
  const taken = await connections.take();
  await connections.close();
  const [left] = opened.filter((connection) => connection !== taken);
  await expect(left?.run('SELECT 1')).rejects.toThrow();
  expect((await taken.run('SELECT 1')).rowCount).toBe(1);
  await connections.close();
});
