import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/fakes/fake-clock.ts';
import type { Catchup } from '../../core/tick-decision.ts';
import type { DatasetSpec } from '../../spec/dataset-spec.ts';
import { endRun } from '../../store/end-run.ts';
import { migrate } from '../../store/migrate.ts';
import { deletePause, insertPause, readPause } from '../../store/queries/pauses.ts';
import { insertRun, unfinishedRuns } from '../../store/queries/runs.ts';
import { Database, type Transaction } from '../../store/sqlite.ts';
import { newRun } from '../../store/store-fixture.suite.ts';
import { specOf } from './engine-fixture.suite.ts';
import { Scheduler } from './scheduler.ts';
import { storeRegistration } from './scheduler-fixture.suite.ts';
import { type AccountedRule, type Change, TickAccount, type TickRow } from './tick-account.suite.ts';

/*
 * Nothing is awaited here: requests are in flight while time passes, ticks fire and commits are pending. Transactions come
 * one after another whatever happens, so each of them can be judged by what was true when it came.
 */

const minute = 60_000;
const dataset = 'main.a';
const broken = 'main.broken';

/** A state file that tells when a transaction has done its work, before its commit. */
class WatchedDatabase extends Database {
  onWork: () => void = () => undefined;

  override write<Result>(work: (transaction: Transaction) => Result): Promise<Result> {
    return super.write((transaction) => {
      const result = work(transaction);
      this.onWork();
      return result;
    });
  }
}

/** A rule says by itself what is caught up: one that keeps its ticks and changes that is judged elsewhere. */
const rules: readonly AccountedRule[] = [
  { cron: '*/5 * * * *', timezone: 'UTC', catchup: 'all', overlap: 'queue' },
  { cron: '*/3 * * * *', timezone: 'UTC', catchup: 'all', overlap: 'skip' },
  { cron: '*/7 * * * *', timezone: 'America/New_York', catchup: 'latest', overlap: 'queue' },
  { cron: '0,30 1-3 * * *', timezone: 'America/New_York', catchup: 'all', overlap: 'queue' },
  { cron: '*/10 * * * *', timezone: 'Asia/Seoul', catchup: 'latest', overlap: 'skip' },
  { cron: '1-59/2 * * * *', timezone: 'UTC', catchup: 'none', overlap: 'queue' },
];

type Step =
  | { readonly kind: 'pass' | 'sleep'; readonly minutes: number }
  | { readonly kind: 'turns'; readonly times: number }
  /** `settles`: whether what is due is settled first, as the services do. */
  | { readonly kind: 'edit'; readonly rule: AccountedRule | null; readonly settles: boolean }
  | { readonly kind: 'pause' | 'trigger' | 'finish'; readonly settles: boolean }
  | { readonly kind: 'unpause'; readonly catchup: Catchup; readonly settles: boolean }
  | { readonly kind: 'stop'; readonly which: number };

const settles = fc.boolean();
const single: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 45 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('sleep' as const), minutes: fc.integer({ min: 4, max: 1_300 }) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turns' as const), times: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('edit' as const), rule: fc.constantFrom(...rules, null), settles }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'trigger' as const, 'finish' as const), settles }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('unpause' as const),
      catchup: fc.constantFrom<Catchup>('none', 'latest', 'all'),
      settles,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stop' as const), which: fc.nat(9) }) },
);

const pass = (minutes: number): Step => ({ kind: 'pass', minutes });
const turn = (times: number): Step => ({ kind: 'turns', times });
const pauseNow: Step = { kind: 'pause', settles: false };
const few = fc.integer({ min: 1, max: 3 });

/** What chance alone seldom brings about: a pause in the middle of the catch-up that the end of a pause has asked for. */
const pauseWhileCatchingUp = fc
  .tuple(few, fc.constantFrom<Catchup>('none', 'latest', 'all'), fc.integer({ min: 5, max: 45 }))
  .map(([times, catchup, minutes]): readonly Step[] => [
    { kind: 'edit', rule: rules[0] ?? null, settles: false },
    pauseNow,
    turn(2),
    { kind: 'sleep', minutes: 1_300 },
    { kind: 'unpause', catchup: 'all', settles: false },
    pauseNow,
    turn(times),
    pass(minutes),
    { kind: 'unpause', catchup, settles: false },
  ]);

/** And a pause while schedules are tried one by one, because one of them cannot be read. */
const pauseWhileTriedAlone = fc
  .tuple(few, few)
  .map(([first, second]): readonly Step[] => [pass(5), turn(first), pauseNow, turn(second), pass(15), turn(3)]);

const steps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: single.map((step): readonly Step[] => [step]) },
      { weight: 1, arbitrary: pauseWhileCatchingUp },
      { weight: 1, arbitrary: pauseWhileTriedAlone },
    ),
    { minLength: 5, maxLength: 50 },
  )
  .map((parts) => parts.flat());

/** A scheduler whose requests are not awaited, and the account of what it does. */
class InFlight {
  readonly clock: FakeClock;
  readonly database = new WatchedDatabase(':memory:');
  readonly scheduler: Scheduler;
  readonly account: TickAccount;
  readonly troubles: string[] = [];
  readonly #specs = new Map<string, DatasetSpec>();
  readonly #flying: Promise<void>[] = [];
  /** What the transaction that is at work does. */
  #change: Change | null = null;

  constructor(startAt: string) {
    this.clock = new FakeClock(Date.parse(startAt));
    this.account = new TickAccount(this.clock.now());
    migrate(this.database);
    let uids = 0;
    this.scheduler = new Scheduler({
      database: this.database,
      clock: this.clock,
      bootId: 'boot',
      specOf: (revision) => this.#specs.get(revision) ?? specOf(),
      newUid: () => `scheduled-${++uids}`,
      onRuns: () => undefined,
      onTrouble: (error, doing) => this.troubles.push(`${doing}: ${String(error)}`),
    });
    this.database.onWork = () => {
      const change = this.#change;
      this.#change = null;
      this.account.pass(this.clock.now());
      this.account.take(change, this.#rows());
    };
  }

  /** Begins a step; whatever it asks for is under way afterwards. */
  begin(step: Step): Promise<void> | undefined {
    switch (step.kind) {
      case 'pass':
        this.clock.advance(step.minutes * minute);
        return undefined;
      case 'sleep':
        return this.#sleep(step.minutes * minute);
      case 'turns':
        return turns(step.times);
      default:
        this.#flying.push(this.#ask(step));
        return undefined;
    }
  }

  /** Waits for everything that is under way. */
  async land(): Promise<void> {
    await Promise.all(this.#flying);
    await this.scheduler.fireNow();
    await this.scheduler.fireNow();
  }

  async close(): Promise<void> {
    await this.scheduler.close();
    this.database.close();
  }

  /** Registers a dataset whose schedule then cannot be read: it is tried together with the other one, and then each by itself. */
  async breakOther(): Promise<void> {
    await this.database.write((transaction) => {
      this.#store(transaction, broken, { cron: '* * * * *', timezone: 'UTC', catchup: 'all', overlap: 'queue' });
      this.scheduler.apply(transaction, broken);
      transaction.run(`UPDATE schedules SET timezone = 'Nowhere/Land' WHERE dataset = ?`, [broken]);
    });
  }

  ticksOfRuns(): readonly number[] {
    return this.database
      .all<{ at: number }>(`SELECT logical_at AS at FROM runs WHERE run_type = 'scheduled' ORDER BY logical_at`)
      .map(({ at }) => at);
  }

  /** The machine sleeps, and what was under way goes on before anybody looks at the clock. */
  async #sleep(ms: number): Promise<void> {
    this.account.pass(this.clock.now());
    this.clock.jumpTo(this.clock.now() + ms);
    this.account.pass(this.clock.now(), true);
    await turns(3);
    await this.scheduler.fireNow();
  }

  async #ask(step: Exclude<Step, { readonly kind: 'pass' | 'sleep' | 'turns' }>): Promise<void> {
    if (step.kind !== 'stop' && step.settles) await this.scheduler.settle(dataset);
    await this.database.write((transaction) => {
      this.#change = this.#do(transaction, step) ?? null;
    });
  }

  /** Does what was asked for; undefined where it is refused, and so changes nothing. */
  #do(transaction: Transaction, step: Parameters<InFlight['begin']>[0]): Change | undefined {
    switch (step.kind) {
      case 'edit':
        this.#store(transaction, dataset, step.rule);
        this.scheduler.apply(transaction, dataset);
        return step;
      case 'pause':
        if (!insertPause(transaction, dataset, { at: this.clock.now(), by: 'ann', reason: null })) return undefined;
        this.scheduler.pause(transaction, dataset);
        return { kind: 'pause' };
      case 'unpause': {
        const pause = readPause(transaction, dataset);
        if (!pause || !deletePause(transaction, dataset)) return undefined;
        this.scheduler.unpause(transaction, { dataset, pause, catchup: step.catchup });
        return step;
      }
      case 'trigger':
        insertRun(transaction, newRun({ dataset }));
        return { kind: 'trigger' };
      case 'finish':
        transaction.run(
          `UPDATE runs SET status = 'COMPLETED', started_at = 0, finished_at = 0 WHERE status = 'PENDING'`,
        );
        return { kind: 'finish' };
      case 'stop':
        return this.#stop(transaction, step.which);
      default:
        return undefined;
    }
  }

  #stop(transaction: Transaction, which: number): Change | undefined {
    const waiting = unfinishedRuns(transaction, dataset, 1_000).filter(({ runType }) => runType === 'scheduled');
    const run = waiting[which % Math.max(1, waiting.length)];
    if (!run) return undefined;
    endRun(transaction, { run, transition: 'kill', note: { at: this.clock.now(), actor: 'ann', reason: null } });
    return { kind: 'stop', tickAt: run.logicalAt };
  }

  #store(transaction: Transaction, name: string, rule: AccountedRule | null): void {
    const { schedule, ...spec } = specOf();
    const revision = JSON.stringify([name, rule]);
    const full = { ...spec, name, schedule: rule && schedule && { ...schedule, ...rule } };
    this.#specs.set(revision, full);
    storeRegistration(transaction, { spec: full, revision, at: this.clock.now() });
  }

  #rows(): readonly TickRow[] {
    return this.database.all<TickRow>(
      'SELECT scheduled_at AS "from", until_at AS "to", count, outcome FROM ticks WHERE dataset = ?',
      [dataset],
    );
  }
}

/** Lets the event loop turn: what is queued is committed, and what waits for that goes on. */
async function turns(times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function live(startAt: string, taken: readonly Step[], withBroken: boolean): Promise<void> {
  const server = new InFlight(startAt);
  await server.scheduler.start();
  if (withBroken) await server.breakOther();
  for (const step of taken) await server.begin(step);
  await server.land();
  const { account } = server;
  await server.begin({ kind: 'unpause', catchup: 'all', settles: false });
  await server.land();
  expect(account.complaints).toEqual([]);
  expect(account.open).toEqual([]);
  const ran = [...account.outcomes].filter(([, outcome]) => outcome === 'run').map(([at]) => at);
  expect(server.ticksOfRuns()).toEqual(ran.toSorted((left, right) => left - right));
  expect(server.troubles.filter((trouble) => !trouble.includes(broken))).toEqual([]);
  await server.close();
}

describe('requests that are in flight while ticks fire', () => {
  it.each(['2024-03-09T20:00:30Z', '2024-11-02T20:00:30Z', '2024-07-01T00:00:30Z'])(
    'leave every tick with the outcome that the order of their transactions gives it, around %s',
    async (startAt) => {
      await fc.assert(
        fc.asyncProperty(steps, fc.boolean(), (taken, withBroken) => live(startAt, taken, withBroken)),
        { numRuns: 60 },
      );
    },
    120_000,
  );
});
