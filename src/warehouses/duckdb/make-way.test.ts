import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { execute, workOf } from '../warehouse.suite.ts';
import { openFixture } from './duckdb-fixture.suite.ts';
import { nicer } from './make-way.ts';

it('all of the warehouse process goes after the server', async () => {
  const fixture = await openFixture();
  onTestFinished(() => fixture.dispose());
  const { warehouse } = fixture;
  const work = workOf('iceberg.s.t', ['SELECT sum(range) FROM range(1000000)']);
  expect((await execute(warehouse, work)).outcome).toEqual({ kind: 'succeeded' });
  const { pid = expect.unreachable('the warehouse has no process') } = warehouse;
  const threads = process.platform === 'linux' ? readdirSync(`/proc/${pid}/task`).map(Number) : [pid];
  expect(threads.map((thread) => getPriority(thread))).toEqual(threads.map(() => nicer(getPriority())));
  expect(getPriority(pid)).toBeGreaterThan(getPriority());
});

it.each([
  [0, 10],
  [5, 15],
  [10, 19],
  [19, 19],
  [-5, 5],
])('a server of priority %i has a warehouse of %i', (server, warehouse) => {
  expect(nicer(server)).toBe(warehouse);
});
