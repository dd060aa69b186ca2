import { describe, expect, it } from 'vitest';
import { SchedulerFixture } from './scheduler-fixture.suite.ts';

const minute = 60_000;

async function started() {
  const f = new SchedulerFixture('2024-01-15T00:00:30Z');
  await f.start();
  return f;
}

/** A server that died in the middle of a catch-up of a thousand ticks: `made` of their runs are stored. */
async function diedCatchingUp(made: number) {
  const f = await started();
  await f.register({ cron: '* * * * *', catchup: 'all' });
  await f.kill(1_000 * minute);
  const stored = Promise.withResolvers<void>();
  f.database.onCommit(() => {
    if (f.runs().length >= made) stored.resolve();
  });
  void f.scheduler.start();
  await stored.promise;
  await f.kill(0);
  return f;
}

/** A schedule that is paused again while the catch-up of 300 ticks that the end of a pause asked for is stored. */
async function pausedCatchingUp() {
  const f = await started();
  await f.register({ cron: '* * * * *', catchup: 'none' });
  await f.pause();
  f.clock.advance(300 * minute);
  await Promise.all([f.unpause('all'), f.pause()]);
  expect(f.runs().length).toBeLessThan(300);
  return f;
}

/** The most runs that one commit adds from now on. */
function longestOf(f: SchedulerFixture): () => number {
  let [before, longest] = [f.runs().length, 0];
  f.database.onCommit(() => {
    const now = f.runs().length;
    longest = Math.max(longest, now - before);
    before = now;
  });
  return () => longest;
}

describe('a change in the middle of a catch-up of a thousand ticks', () => {
  const changes: readonly (readonly [string, (f: SchedulerFixture) => Promise<void>])[] = [
    ['another cron', (f) => f.register({ cron: '0 0 1 1 *' })],
    ['no schedule any more', (f) => f.register({ enabled: false })],
    ['the end of the registration', (f) => f.unregister()],
  ];
  it.each(changes)(
    '%s: every promised run is made, and no transaction makes more than a hundred',
    async (_, change) => {
      const f = await diedCatchingUp(200);
      const longest = longestOf(f);
      await change(f);
      expect(f.ticks().map(({ outcome }) => outcome)).toEqual(Array(1_000).fill('run'));
      expect(longest()).toBe(100);
    },
  );

  it('an edit while it is paused: the promised runs are made, and held', async () => {
    const f = await pausedCatchingUp();
    await f.register({ cron: '0 0 1 1 *' });
    expect(f.runs().map(({ held }) => held)).toEqual(Array(300).fill(true));
    await f.unpause();
    expect(f.runs().map(({ held }) => held)).toEqual(Array(300).fill(false));
  });

  it('a pause and its end: what fell into the pause is skipped, also with promised runs still to be made', async () => {
    const f = await pausedCatchingUp();
    f.clock.advance(10 * minute);
    await f.unpause();
    expect(f.ticks().map(({ outcome }) => outcome)).toEqual([
      ...Array(300).fill('run'),
      ...Array(10).fill('skipped_paused'),
    ]);
  });
});
