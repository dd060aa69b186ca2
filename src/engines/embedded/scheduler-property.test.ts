import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCrons } from '../../core/random-cron.suite.ts';
import { openSchedule } from '../../core/schedule.ts';
import type { Catchup } from '../../core/tick-decision.ts';
import { type RecordedTick, SchedulerFixture } from './scheduler-fixture.suite.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** What somebody does to a workflow or its server, some time after what was done before. */
type Action =
  | { readonly kind: 'edit'; readonly cron: string; readonly timezone: string; readonly catchup: Catchup }
  | { readonly kind: 'disable' | 'pause' | 'crash' | 'start' | 'sleep' }
  | { readonly kind: 'unpause'; readonly catchup: Catchup };

type Step = Action & { readonly afterMinutes: number };

const catchups = fc.constantFrom<Catchup>('none', 'latest', 'all');
const zones = fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Seoul', 'America/Sao_Paulo');
const crons = fc.oneof(
  fc.constantFrom('*/20 * * * *', '0 * * * *', '30 2 * * *', '0,30 1-3 * * *', '@daily'),
  randomCrons.map(({ text }) => text),
);

const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('edit' as const), cron: crons, timezone: zones, catchup: catchups }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unpause' as const), catchup: catchups }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('disable', 'pause', 'crash', 'start', 'start', 'sleep') }),
  },
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(fc.integer({ min: 4, max: 1_300 }), actions).map(([afterMinutes, action]) => ({ ...action, afterMinutes })),
  { minLength: 1, maxLength: 12 },
);

/** A slow, obvious account of what should become of every tick: it walks all of them and keeps them in lists. */
class Oracle {
  readonly recorded: RecordedTick[] = [];
  #rule: { readonly cron: string; readonly timezone: string; readonly catchup: Catchup } | undefined;
  #isPaused = false;
  isUp = true;
  #now: number;
  #unseen: number[] = [];
  #skipped: number[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  /** Time passes until `to`. Nobody looks while the server is down or `isAsleep`. */
  pass(to: number, isAsleep = false): void {
    const ticks = this.#rule ? [...openSchedule(this.#rule).ticks({ from: this.#now + 1, to })] : [];
    for (const { scheduledAt } of ticks) {
      if (this.#isPaused) this.#skipped.push(scheduledAt);
      else if (this.isUp && !isAsleep) this.#record(scheduledAt, 'run');
      else this.#unseen.push(scheduledAt);
    }
    this.#now = to;
  }

  do(action: Action): void {
    switch (action.kind) {
      case 'edit':
        if (this.#isSameRule(action)) break;
        this.#skip('none');
        break;
      case 'disable':
        this.#skip('none');
        break;
      case 'pause':
        this.#isPaused = true;
        break;
      case 'unpause':
        this.#skip(action.catchup);
        this.#isPaused = false;
        break;
      default:
        this.#decide(this.#unseen, { catchup: this.#rule?.catchup ?? 'none', rest: 'missed' });
        this.#unseen = [];
    }
    if (action.kind === 'edit') this.#rule = action;
    if (action.kind === 'disable') this.#rule = undefined;
  }

  #isSameRule({ cron, timezone }: { readonly cron: string; readonly timezone: string }): boolean {
    return this.#rule?.cron === cron && this.#rule.timezone === timezone;
  }

  #skip(catchup: Catchup): void {
    this.#decide(this.#skipped, { catchup, rest: 'skipped_paused' });
    this.#skipped = [];
  }

  #decide(ticks: readonly number[], { catchup, rest }: { readonly catchup: Catchup; readonly rest: string }): void {
    ticks.forEach((at, index) => {
      const runs = catchup === 'all' ? index < 1_000 : catchup === 'latest' && index === ticks.length - 1;
      this.#record(at, runs ? 'run' : rest);
    });
  }

  #record(at: number, outcome: string): void {
    this.recorded.push({ at: new Date(at).toISOString(), outcome });
  }
}

async function live(start: string, taken: readonly Step[]): Promise<void> {
  const f = new SchedulerFixture(start);
  const oracle = new Oracle(f.clock.now());
  await f.start();
  const all: readonly Step[] = [
    ...taken,
    { kind: 'start', afterMinutes: 30 },
    { kind: 'unpause', catchup: 'none', afterMinutes: 30 },
  ];
  for (const step of all) {
    const ms = step.afterMinutes * minute;
    if (oracle.isUp) await f.pass(ms);
    else f.clock.advance(ms);
    oracle.pass(f.clock.now());
    await doStep(f, oracle, step);
    await f.endRuns();
  }
  const sorted = oracle.recorded.toSorted((left, right) => (left.at < right.at ? -1 : 1));
  expect(f.ticks()).toEqual(sorted);
  expect(
    f
      .runs()
      .map(({ logicalAt }) => new Date(logicalAt).toISOString())
      .toSorted(),
  ).toEqual(sorted.filter(({ outcome }) => outcome === 'run').map(({ at }) => at));
  expect(f.troubles).toEqual([]);
  await f.scheduler.close();
}

async function doStep(f: SchedulerFixture, oracle: Oracle, step: Step): Promise<void> {
  if (step.kind === 'start' && !oracle.isUp) {
    await f.start();
    oracle.isUp = true;
    oracle.do(step);
    return;
  }
  if (!oracle.isUp) return;
  if (step.kind === 'crash') {
    await f.kill(0);
    oracle.isUp = false;
    return;
  }
  if (step.kind === 'sleep') {
    f.clock.jumpTo(f.clock.now() + step.afterMinutes * minute);
    oracle.pass(f.clock.now(), true);
    await f.pass(minute);
    oracle.do(step);
    oracle.pass(f.clock.now());
    return;
  }
  if (step.kind === 'edit') await f.register(step);
  if (step.kind === 'disable') await f.register({ enabled: false });
  if (step.kind === 'pause') await f.pause();
  if (step.kind === 'unpause') await f.unpause(step.catchup);
  if (step.kind !== 'start') oracle.do(step);
}

describe('every tick has the outcome that a slow and obvious account gives it', () => {
  it.each(['2024-03-09T20:00:30Z', '2024-11-02T20:00:30Z', '2024-07-01T00:00:30Z', '2018-11-03T12:00:30Z'])(
    'through edits, pauses, crashes, downtimes and sleep around %s',
    async (start) => {
      await fc.assert(
        fc.asyncProperty(steps, (taken) => live(start, taken)),
        { numRuns: 15 },
      );
    },
    120_000,
  );

  it('for two years of a nightly schedule where clocks change', async () => {
    const f = new SchedulerFixture('2024-01-01T00:00:30Z');
    await f.start();
    await f.register({ cron: '30 2 * * *', timezone: 'America/New_York' });
    await f.pass(731 * day);
    const dates = f.runs().map(({ executionDate }) => executionDate);
    expect(dates).toHaveLength(731);
    expect(new Set(dates).size).toBe(731);
    const hours = new Set(f.ticks().map(({ at }) => at.slice(11, 16)));
    expect([...hours].toSorted()).toEqual(['06:30', '07:00', '07:30']);
  });
});
