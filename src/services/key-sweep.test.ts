import { expect, it } from 'vitest';
import { FakeClock } from '../../test/fakes/fake-clock.ts';
import { idempotencyWindowMs, keepAnswer } from '../store/queries/idempotency.ts';
import type { Database } from '../store/sqlite.ts';
import { openState } from '../store/store-fixture.suite.ts';
import { sweepOldKeys } from './key-sweep.ts';

const hourMs = 3_600_000;

function keep(database: Database, count: number, at: number): Promise<void> {
  return database.write((transaction) => {
    for (let n = 0; n < count; n += 1)
      keepAnswer(transaction, { key: `${at}-${n}`, operation: 'run', input: n }, null, at);
  });
}

const count = (database: Database) => database.all('SELECT 1 FROM idempotency_keys').length;

/** Resolves when nothing is queued any more. */
async function quiet(database: Database): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await database.write(() => undefined);
}

it('old keys are forgotten at the start, 500 in a transaction, and then every hour', async () => {
  const database = openState();
  const clock = new FakeClock();
  await keep(database, 1_200, clock.now() - idempotencyWindowMs);
  await keep(database, 3, clock.now() - idempotencyWindowMs + hourMs);
  const end = sweepOldKeys({ database, clock }, () => expect.unreachable('no trouble'));
  const left: number[] = [];
  const leave = database.onCommit(() => left.push(count(database)));
  await quiet(database);
  leave();
  expect([...new Set(left)]).toEqual([703, 203, 3]);
  clock.advance(hourMs);
  await quiet(database);
  expect(count(database)).toBe(0);
  await keep(database, 1, 0);
  await end();
  clock.advance(hourMs);
  await quiet(database);
  expect(count(database), 'it was ended').toBe(1);
});

it('one that cannot be done is told, and the next one is done all the same', async () => {
  const database = openState();
  const clock = new FakeClock();
  await keep(database, 1, 0);
  database.execute(`CREATE TRIGGER full BEFORE DELETE ON idempotency_keys BEGIN SELECT RAISE(ABORT, 'full'); END`);
  const troubles: unknown[] = [];
  const end = sweepOldKeys({ database, clock }, (error) => troubles.push(error));
  await quiet(database);
  expect(troubles).toMatchObject([{ message: 'full' }]);
  database.execute('DROP TRIGGER full');
  clock.advance(hourMs);
  await quiet(database);
  expect(count(database)).toBe(0);
  await end();
});
