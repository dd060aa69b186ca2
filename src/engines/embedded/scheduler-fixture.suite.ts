import { onTestFinished } from 'vitest';
import { FakeClock } from '../../../test/fakes/fake-clock.ts';
import { OpenSchedules } from '../../core/open-schedules.ts';
import type { Run } from '../../core/run.ts';
import type { Catchup } from '../../core/tick-decision.ts';
import type { DatasetSpec, ScheduleSpec } from '../../spec/dataset-spec.ts';
import { readHistory } from '../../store/queries/history.ts';
import { deletePause, insertPause, readPause } from '../../store/queries/pauses.ts';
import { deleteRegistration, saveRegistration } from '../../store/queries/registrations.ts';
import { insertRevision } from '../../store/queries/revisions.ts';
import { dueSchedules } from '../../store/queries/schedules.ts';
import { ticksFrom } from '../../store/queries/ticks.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';
import { openState } from '../../store/store-fixture.suite.ts';
import { specOf } from './engine-fixture.suite.ts';
import { Scheduler } from './scheduler.ts';

/** One tick as the state has it: stretches are taken apart. */
export interface RecordedTick {
  readonly at: string;
  readonly outcome: string;
}

let boots = 0;
let uids = 0;

/** Stores a manual registration, without what follows from it. */
export function storeRegistration(
  transaction: Transaction,
  { spec, revision, at }: { readonly spec: DatasetSpec; readonly revision: string; readonly at: number },
): void {
  insertRevision(transaction, { revision, spec, text: '', at });
  saveRegistration(transaction, {
    dataset: spec.name,
    sourceType: 'manual',
    revision,
    owner: 'o',
    warehouse: 'default',
    scheduleEnabled: spec.schedule?.enabled ?? false,
    reads: [],
    writes: [],
    registeredAt: at,
    updatedAt: at,
  });
}

/** A scheduler over a state file and a clock that stands still. Nothing executes its runs. */
export class SchedulerFixture {
  readonly clock: FakeClock;
  readonly database: Database;
  readonly troubles: string[] = [];
  /** Told of runs, and of bursts of ticks; a test may look. */
  onRuns: (runs: readonly Run[]) => void = () => undefined;
  onBurst: () => () => void = () => () => undefined;
  /** Called when a run is about to be made. */
  onUid: () => void = () => undefined;
  readonly specs = new Map<string, DatasetSpec>();
  #scheduler: Scheduler | undefined;

  constructor(startAt: string) {
    this.clock = new FakeClock(Date.parse(startAt));
    this.database = openState(':memory:');
    onTestFinished(() => this.#scheduler?.close());
  }

  /** The server that is there; after a crash the next one, which looks at the clock when it is first asked for. */
  get scheduler(): Scheduler {
    this.#scheduler ??= this.#boot();
    return this.#scheduler;
  }

  /** Starts the server, or a new one on the same state after the one before it died. */
  async start(): Promise<void> {
    await this.scheduler.start();
    await this.quiet();
  }

  /** The server dies, and another one starts `ms` later. */
  async restart(ms = 0): Promise<void> {
    await this.kill(ms);
    await this.start();
  }

  /** The server dies, and `ms` pass. */
  async kill(ms: number): Promise<void> {
    // Closed so that it does nothing more; what a clean end stores is put back.
    const seen = this.database.all<{ boot_id: string; seen_at: number }>('SELECT boot_id, seen_at FROM boots');
    await this.scheduler.close();
    await this.database.write((transaction) => {
      for (const { boot_id, seen_at } of seen)
        transaction.run('UPDATE boots SET seen_at = ? WHERE boot_id = ?', [seen_at, boot_id]);
    });
    this.#scheduler = undefined;
    this.clock.advance(ms);
  }

  /** Registers a dataset with this schedule, or changes it; null for none. */
  async register(
    schedule: Partial<ScheduleSpec> | null,
    dataset = 'main.a',
    revision = JSON.stringify(schedule),
  ): Promise<void> {
    const spec = { ...specOf(), name: dataset };
    const full = { ...spec, schedule: schedule && spec.schedule && { ...spec.schedule, ...schedule } };
    this.specs.set(revision, full);
    await this.scheduler.settle(dataset, full);
    await this.database.write((transaction) => {
      storeRegistration(transaction, { spec: full, revision, at: this.clock.now() });
      this.scheduler.apply(transaction, dataset);
    });
    await this.quiet();
  }

  async unregister(dataset = 'main.a'): Promise<void> {
    await this.scheduler.settle(dataset);
    await this.database.write((transaction) => {
      deleteRegistration(transaction, dataset, 'manual');
      this.scheduler.apply(transaction, dataset);
    });
    await this.quiet();
  }

  async pause(dataset = 'main.a'): Promise<void> {
    await this.scheduler.settle(dataset);
    await this.database.write((transaction) => {
      // As the service does: a second pause is refused before anything happens.
      if (!insertPause(transaction, dataset, { at: this.clock.now(), by: 'ann', reason: null })) return;
      this.scheduler.pause(transaction, dataset);
    });
    await this.quiet();
  }

  async unpause(catchup: Catchup = 'none', dataset = 'main.a'): Promise<void> {
    await this.scheduler.settle(dataset);
    await this.database.write((transaction) => {
      const pause = readPause(transaction, dataset);
      if (!pause || !deletePause(transaction, dataset)) return;
      this.scheduler.unpause(transaction, { dataset, pause, catchup });
    });
    await this.quiet();
  }

  /** Time passes with the server up; every tick is fired when it is due. Runs end at once unless `busy` says so. */
  async pass(ms: number, { busy = false }: { readonly busy?: boolean } = {}): Promise<void> {
    const until = this.clock.now() + ms;
    while (this.clock.now() < until) {
      const { nextTickAt, hold } = this.scheduler.state;
      const next = hold ? hold.until : (nextTickAt ?? until);
      this.clock.advance(Math.min(Math.max(next, this.clock.now() + 1), until) - this.clock.now());
      await this.quiet();
      if (!busy) await this.endRuns();
    }
  }

  /** Ends every run that has not ended. */
  async endRuns(): Promise<void> {
    await this.database.write((transaction) =>
      transaction.run(`UPDATE runs SET status = 'COMPLETED', started_at = created_at, finished_at = created_at
                       WHERE status IN ('PENDING', 'RUNNING')`),
    );
  }

  /** Resolves when nothing is left to fire now. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await this.database.write(() => undefined);
    const isDue = () => !this.scheduler.state.hold && dueSchedules(this.database, this.clock.now(), 1).length > 0;
    for (let turn = 0; turn < 2_000 && isDue() && this.troubles.length === 0; turn += 1)
      await this.database.write(() => undefined);
    await this.database.write(() => undefined);
  }

  /** Every tick of a dataset that has an outcome, one by one. */
  ticks(dataset = 'main.a'): readonly RecordedTick[] {
    const schedules = new OpenSchedules();
    return ticksFrom(this.database, { dataset, from: 0, limit: 1_000_000 }).flatMap(
      ({ rule, scheduledAt, untilAt, count, outcome }) => {
        const ticks = [...schedules.open(rule).ticks({ from: scheduledAt, to: untilAt })];
        if (ticks.length !== count) throw new RangeError(`a stretch counts ${count} ticks and has ${ticks.length}`);
        return ticks.map((tick) => ({ at: new Date(tick.scheduledAt).toISOString(), outcome }));
      },
    );
  }

  /** The same in short: `09:00 run`. */
  short(dataset = 'main.a'): readonly string[] {
    return this.ticks(dataset).map(({ at, outcome }) => `${at.slice(11, 16)} ${outcome}`);
  }

  /** Every run, oldest first. */
  runs(): readonly Run[] {
    return readHistory(this.database, {}, 1_000_000).toReversed();
  }

  #boot(): Scheduler {
    boots += 1;
    return new Scheduler({
      database: this.database,
      clock: this.clock,
      bootId: `boot-${boots}`,
      specOf: (revision) => this.specs.get(revision) ?? specOf(),
      newUid: () => {
        this.onUid();
        uids += 1;
        return `scheduled-${uids}`;
      },
      onRuns: (runs) => this.onRuns(runs),
      onBurst: () => this.onBurst(),
      onTrouble: (error, doing) => this.troubles.push(`${doing}: ${String(error)}`),
    });
  }
}
