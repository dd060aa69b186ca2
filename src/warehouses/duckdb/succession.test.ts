import { expect, it } from 'vitest';
import type { ChildOutcome } from './child-protocol.ts';
import { type Aside, Succession } from './succession.ts';

const succeeded = { kind: 'succeeded' } as const;
const notBegun = { kind: 'cancelled', published: false, postIndex: 0 } as const;

function fixture() {
  const state = { now: 0 };
  const waits: { readonly ms: number; readonly end: () => void }[] = [];
  const succession = new Succession({
    now: () => state.now,
    wait: (ms) => new Promise<void>((end) => waits.push({ ms, end })),
  });
  /** An attempt that begins when it may and ends when the test says so. */
  const attempt = (id: number, after?: number) => {
    const { promise, resolve } = Promise.withResolvers<ChildOutcome>();
    const begun = Promise.withResolvers<void>();
    const controller = new AbortController();
    const told: ChildOutcome[] = [];
    let wait: Aside;
    const run = (aside: Aside) => {
      wait = aside;
      begun.resolve();
      return promise;
    };
    const ended = succession.run({ id, after, signal: controller.signal }, run, notBegun).then((outcome) => {
      told.push(outcome);
      return outcome;
    });
    const waitFor = (others: Promise<void>) => wait(others);
    return { end: resolve, begun: begun.promise, waitFor, cancel: () => controller.abort('shutdown'), ended, told };
  };
  /** The first attempt, and one that follows it. */
  const pair = () => ({ first: attempt(1), second: attempt(2, 1) });
  return { state, waits, attempt, pair };
}

it('tells the end of an attempt that lasted when the next one is under way', async () => {
  const { state, waits, pair } = fixture();
  const { first, second } = pair();
  state.now = 6;
  first.end(succeeded);
  await second.begun;
  expect(first.told).toEqual([]);
  expect(waits.map(({ ms }) => ms)).toEqual([3]);
  waits[0]?.end();
  expect(await first.ended).toEqual(succeeded);
  second.end(succeeded);
  expect(await second.ended).toEqual(succeeded);
  expect(waits).toHaveLength(1);
});

it('counts how long an attempt lasted from its own beginning', async () => {
  const { state, waits, pair, attempt } = fixture();
  const { first, second } = pair();
  const third = attempt(3, 2);
  state.now = 4;
  first.end(succeeded);
  await second.begun;
  state.now = 9;
  second.end(succeeded);
  await third.begun;
  expect([await first.ended, await second.ended]).toEqual([succeeded, succeeded]);
  expect(waits).toEqual([]);
});

it('does not count how long an attempt waited for its permit, for which the end before it is needed', async () => {
  const { state, waits, pair, attempt } = fixture();
  const { first, second } = pair();
  const third = attempt(3, 2);
  first.end(succeeded);
  await second.begun;
  const permit = Promise.withResolvers<void>();
  state.now = 3;
  const waited = second.waitFor(permit.promise);
  state.now = 50;
  permit.resolve();
  await waited;
  state.now = 52;
  second.end(succeeded);
  await third.begun;
  expect(await second.ended).toEqual(succeeded);
  expect(waits).toEqual([]);
});

interface Short {
  readonly lasted?: number;
  readonly outcome?: ChildOutcome;
  readonly follower?: 'leaves' | 'none';
}

it.each<[string, Short]>([
  ['was short', { lasted: 5 }],
  ['did not succeed', { outcome: notBegun }],
  ['is followed by none any more', { follower: 'leaves' }],
  ['is followed by none', { follower: 'none' }],
])('tells the end of an attempt at once that %s', async (_what, { lasted = 6, outcome = succeeded, follower }) => {
  const { state, waits, attempt } = fixture();
  const first = attempt(1);
  const second = follower === 'none' ? undefined : attempt(2, 1);
  if (follower === 'leaves') second?.cancel();
  state.now = lasted;
  first.end(outcome);
  expect(await first.ended).toEqual(outcome);
  expect(waits).toEqual([]);
});

it('begins at once what follows an attempt that has ended, also one whose end is not told yet', async () => {
  const { state, waits, attempt, pair } = fixture();
  const { first, second } = pair();
  state.now = 8;
  first.end(succeeded);
  await second.begun;
  await attempt(3, 1).begun;
  waits[0]?.end();
  await first.ended;
  await attempt(4, 1).begun;
});

it('forgets an attempt that threw, and begins none after it', async () => {
  const { attempt } = fixture();
  const broken = new Succession();
  const signal = new AbortController().signal;
  const thrown = broken.run({ id: 1, after: undefined, signal }, () => Promise.reject(new TypeError('lost')), notBegun);
  const next = broken.run({ id: 2, after: 1, signal }, () => attempt(2).ended, notBegun);
  await expect(thrown).rejects.toThrow('lost');
  expect(await next).toEqual(notBegun);
  expect(await broken.run({ id: 3, after: 1, signal }, () => Promise.resolve(succeeded), notBegun)).toEqual(succeeded);
});
