import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { CrashingDatabase, openUnsynced } from '../../../test/fakes/crashing-database.ts';
import { FakeClock } from '../../../test/fakes/fake-clock.ts';
import { FakeDisk, FakeWarehouse, Fuse } from '../../../test/fakes/fake-warehouse.ts';
import type { Run } from '../../core/run.ts';
import { isTerminal } from '../../core/run-state.ts';
import type { Catchup } from '../../core/tick-decision.ts';
import type { ScheduleSpec } from '../../spec/dataset-spec.ts';
import { migrate } from '../../store/migrate.ts';
import { readHistory } from '../../store/queries/history.ts';
import { deletePause, insertPause, readPause } from '../../store/queries/pauses.ts';
import { readRevision } from '../../store/queries/revisions.ts';
import { ticksFrom } from '../../store/queries/ticks.ts';
import type { Database } from '../../store/sqlite.ts';
import { makeFolder } from '../../store/store-fixture.suite.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';
import { Scheduler } from './scheduler.ts';
import { storeRegistration } from './scheduler-fixture.suite.ts';

/*
 * For scheduled-crash.test.ts. The server dies before and after every store write and every step of the warehouse of a life with a schedule, one after
 * the other, until a whole life passes without dying. Each time the next boot recovers, and then every tick since the
 * registration has one outcome, each one that runs has its run, and every run is published once.
 */

const minute = 60_000;
/** Half a minute before the first tick. */
const startAt = Date.parse('2024-01-15T09:00:30Z');
const dataset = 'main.a';

/** A server, as far as schedules and runs go. */
export class Boot {
  readonly clock: FakeClock;
  readonly engine: EngineFixture;
  readonly scheduler: Scheduler;
  readonly #executes: boolean;

  constructor({ database, name, now, warehouse, executes = true }: BootOptions) {
    this.#executes = executes;
    this.clock = new FakeClock(now);
    this.engine = new EngineFixture({ database, clock: this.clock, warehouse, owner: name });
    let uids = 0;
    this.scheduler = new Scheduler({
      database,
      clock: this.clock,
      bootId: name,
      specOf: (revision) => readRevision(database, revision) ?? specOf(),
      newUid: () => `${name}-${++uids}`,
      onRuns: (runs) => {
        if (executes) this.engine.engine.noteAllWaiting(runs);
      },
      onTrouble: (error, doing) => this.engine.troubles.push(`${doing}: ${String(error)}`),
    });
  }

  async start(): Promise<void> {
    if (this.#executes) await this.engine.engine.start();
    await this.scheduler.start();
  }

  async register(schedule: Partial<ScheduleSpec>): Promise<void> {
    const spec = specOf();
    const full = { ...spec, schedule: spec.schedule && { ...spec.schedule, cron: '* * * * *', ...schedule } };
    await this.scheduler.settle(dataset, full);
    return this.engine.database.write((transaction) => {
      storeRegistration(transaction, { spec: full, revision: JSON.stringify(schedule), at: this.clock.now() });
      this.scheduler.apply(transaction, dataset);
    });
  }

  async pause(): Promise<void> {
    await this.scheduler.settle(dataset);
    return this.engine.database.write((transaction) => {
      if (insertPause(transaction, dataset, { at: this.clock.now(), by: 'ann', reason: null }))
        this.scheduler.pause(transaction, dataset);
    });
  }

  async unpause(catchup: Catchup): Promise<void> {
    await this.scheduler.settle(dataset);
    return this.engine.database.write((transaction) => {
      const pause = readPause(transaction, dataset);
      if (!pause || !deletePause(transaction, dataset)) return;
      this.scheduler.unpause(transaction, { dataset, pause, catchup });
      transaction.afterCommit(() => this.engine.engine.noteChanged(dataset));
    });
  }

  runs(): readonly Run[] {
    return readHistory(this.engine.database, {}, 1_000).toReversed();
  }
}

interface BootOptions {
  readonly database: Database;
  readonly name: string;
  readonly now: number;
  readonly warehouse: FakeWarehouse;
  /** Whether runs are executed at all. @default true */
  readonly executes?: boolean | undefined;
}

/** What is done in a life, a minute after each other; when the server has died, the next boot does `finally`. */
export interface Scenario {
  readonly schedule: Partial<ScheduleSpec>;
  /** Minutes without a server after the registration. @default 0 */
  readonly downMinutes?: number;
  /** What a boot does before it fires schedules, as it takes over files that were edited while no server looked. */
  readonly first?: (boot: Boot) => Promise<void>;
  readonly steps: readonly ((boot: Boot) => Promise<void> | void)[];
  readonly finally?: (boot: Boot) => Promise<void>;
  /** Runs wait in the warehouse for what a step does with them. @default false */
  readonly manual?: boolean;
  /** Whether runs are executed at all. @default true */
  readonly executes?: boolean;
}

/** Lets everything happen that happens by itself, for as long as `goesOn`. */
async function settle(goesOn: () => boolean, most = 60): Promise<void> {
  for (let turn = 0; turn < most && goesOn(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Makes a state file in which the schedule is registered. */
async function registered(schedule: Partial<ScheduleSpec>): Promise<string> {
  const file = join(makeFolder(), 'state.sqlite');
  const database = openUnsynced(file);
  migrate(database);
  const boot = new Boot({ database, name: 'boot-0', now: startAt, warehouse: new FakeWarehouse() });
  await boot.start();
  await boot.register(schedule);
  await boot.scheduler.close();
  await boot.engine.engine.close();
  database.close();
  return file;
}

async function begin({ first }: Scenario, boot: Boot): Promise<void> {
  await first?.(boot);
  await boot.start();
}

/** Lives a scenario until it is over or the fuse blows. */
async function live(scenario: Scenario, { file, fuse, disk }: { file: string; fuse: Fuse; disk: FakeDisk }) {
  const database = new CrashingDatabase(file, fuse);
  onTestFinished(() => database.close());
  const warehouse = new FakeWarehouse({ disk, fuse });
  warehouse.manual = scenario.manual ?? false;
  const now = startAt + (scenario.downMinutes ?? 0) * minute;
  const boot = new Boot({ database, name: 'boot-1', now, warehouse, executes: scenario.executes });
  // It never resolves once the fuse has blown.
  void begin(scenario, boot);
  await settle(() => !fuse.isBlown);
  for (const step of scenario.steps) {
    if (fuse.isBlown) break;
    boot.clock.advance(minute);
    await settle(() => !fuse.isBlown);
    void step(boot);
    await settle(() => !fuse.isBlown);
  }
}

/** The next boot: recovers and runs until nothing is left to do. */
async function recoverAll(scenario: Scenario, { file, disk }: { file: string; disk: FakeDisk }): Promise<Boot> {
  const database = openUnsynced(file);
  onTestFinished(() => database.close());
  const now = startAt + ((scenario.downMinutes ?? 0) + scenario.steps.length + 2) * minute;
  const boot = new Boot({
    database,
    name: 'boot-2',
    now,
    warehouse: new FakeWarehouse({ disk }),
    executes: scenario.executes,
  });
  await begin(scenario, boot);
  await settle(() => true);
  await scenario.finally?.(boot);
  await settle(() => true);
  if (scenario.executes !== false) await settle(() => boot.runs().some(({ status }) => !isTerminal(status)), 5_000);
  await boot.scheduler.close();
  return boot;
}

/** Every tick that has an outcome, by its number since the registration; a tick comes every minute. */
function outcomes(boot: Boot): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const { scheduledAt, untilAt, count, outcome } of ticksFrom(boot.engine.database, {
    dataset,
    from: 0,
    limit: 1_000,
  })) {
    expect(untilAt - scheduledAt).toBe((count - 1) * minute);
    for (let at = scheduledAt; at <= untilAt; at += minute) {
      const minutes = Math.round((at - startAt) / minute + 0.5);
      expect(found.has(minutes), `${minutes} has one outcome`).toBe(false);
      found.set(minutes, outcome);
    }
  }
  return found;
}

function checkInvariants(
  { executes = true }: Scenario,
  { boot, disk, died }: { readonly boot: Boot; readonly disk: FakeDisk; readonly died: string },
): void {
  const ticks = outcomes(boot);
  const last = Math.floor((boot.clock.now() - startAt) / minute);
  expect([...ticks.keys()], died).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  const ran = [...ticks].filter(([, outcome]) => outcome === 'run').map(([at]) => startAt + (at - 0.5) * minute);
  expect(
    boot
      .runs()
      .map(({ logicalAt }) => logicalAt)
      .toSorted((one, other) => one - other),
    died,
  ).toEqual(ran);
  for (const run of executes ? boot.runs() : []) {
    expect(run, died).toMatchObject({ status: 'COMPLETED', owner: null, uncertain: false, published: true });
    expect(disk.publications(run.runUid), `${run.runId}, ${died}`).toBe(1);
  }
  expect(boot.engine.troubles, died).toEqual([]);
}

/** Dies at the first step, then at the second, …, until the scenario ends by itself; tells how often it died. */
export async function dieEverywhere(
  scenario: Scenario,
  check: (ticks: ReadonlyMap<number, string>, died: string) => void,
): Promise<number> {
  const fresh = await registered(scenario.schedule);
  for (let step = 1; ; step += 1) {
    const file = join(makeFolder(), 'state.sqlite');
    const disk = new FakeDisk();
    const fuse = new Fuse(step);
    copyFileSync(fresh, file);
    await live(scenario, { file, fuse, disk });
    const died = `died at step ${step}: ${fuse.steps.join(', ')}`;
    const boot = await recoverAll(scenario, { file, disk });
    checkInvariants(scenario, { boot, disk, died });
    check(outcomes(boot), died);
    if (!fuse.isBlown) return step - 1;
    expect(step, 'the scenario ends').toBeLessThan(200);
  }
}
