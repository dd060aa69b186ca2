import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FakeClock } from '../../test/fakes/fake-clock.ts';
import type { SourceType } from '../contract/fields.ts';
import { type LookEnd, LookPace } from './look-pace.ts';

const done: LookEnd = { again: [], isBusy: false };

/** A pace whose looks end at once, or as `end` says; `looks` has when each began, ms after the test's begin. */
function pacing(end: () => LookEnd = () => done) {
  const clock = new FakeClock();
  const looks: { readonly afterMs: number; readonly sources: readonly SourceType[] }[] = [];
  const troubles: unknown[] = [];
  let passedMs = 0;
  const pace = new LookPace({
    clock,
    look: async (sources) => {
      looks.push({ afterMs: passedMs, sources });
      return end();
    },
    onTrouble: (error) => troubles.push(error),
  });
  /** Lets time pass in small steps, each with what follows from it. */
  const pass = async (ms: number, atEach?: () => void) => {
    for (let step = 0; step < ms; step += 10) {
      clock.advance(10);
      passedMs += 10;
      atEach?.();
      await setImmediate();
    }
  };
  return { clock, looks, pace, pass, troubles };
}

it('looks once at changes that come together, when none has come for a while', async () => {
  const { looks, pace, pass } = pacing();
  pace.wish(['code']);
  await pass(40);
  pace.wish(['manual']);
  await pass(40);
  expect(looks).toEqual([]);
  await pass(1_000);
  expect(looks.map(({ sources }) => sources)).toEqual([['code', 'manual']]);
});

it('looks now and then while changes do not end, also when the clock is set back', async () => {
  const { clock, looks, pace, pass } = pacing();
  await pass(5_000, () => pace.wish(['code']));
  expect(looks.length).toBeGreaterThanOrEqual(9);
  clock.jumpTo(clock.now() - 3_600_000);
  await pass(5_000, () => pace.wish(['code']));
  expect(looks.length).toBeGreaterThanOrEqual(18);
});

it('looks again at what was being written, and not at once', async () => {
  const ends = [{ again: ['code'], isBusy: true }] satisfies LookEnd[];
  const { looks, pace, pass } = pacing(() => ends.pop() ?? done);
  pace.wish(['manual', 'code']);
  await pass(2_000);
  expect(looks).toHaveLength(2);
  expect(looks[1]?.sources).toEqual(['code']);
  expect((looks[1]?.afterMs ?? 0) - (looks[0]?.afterMs ?? 0)).toBeGreaterThanOrEqual(300);
});

it('rests after a long look, and looks then at what was wished meanwhile', async () => {
  const { clock, looks, pace, pass } = pacing(() => {
    clock.advance(10_000);
    pace.wish(['manual']);
    return done;
  });
  pace.wish(['code']);
  await pass(200);
  expect(looks.map(({ sources }) => sources)).toEqual([['code']]);
  await pass(200);
  expect(looks.map(({ sources }) => sources)).toEqual([['code'], ['manual']]);
});

it('goes on after a look that was not finished, and ends with its close', async () => {
  const { looks, pace, pass, troubles } = pacing(() => {
    throw new TypeError('no disk');
  });
  pace.wish(['code']);
  await pass(500);
  pace.wish(['code']);
  await pass(500);
  expect([looks.length, troubles.length]).toEqual([2, 2]);
  pace.wish(['code']);
  await pace.close();
  pace.wish(['code']);
  await pass(1_000);
  expect(looks).toHaveLength(2);
});
