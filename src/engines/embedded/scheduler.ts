/**
 * Fires schedules. States: *firing* while ticks are due, in transactions of a few milliseconds; *asleep* until the next one
 * is due; *held* while the clock is not believed (`core/schedule-time.ts`). A schedule that cannot be fired does not keep the
 * others from firing.
 */
import { DliError } from '../../contract/errors.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import { OpenSchedules } from '../../core/open-schedules.ts';
import type { Run } from '../../core/run.ts';
import { type ClockMove, type Hold, lookEveryMs, ScheduleTime } from '../../core/schedule-time.ts';
import type { Absence, Catchup } from '../../core/tick-decision.ts';
import type { DatasetSpec } from '../../spec/dataset-spec.ts';
import { applyLateWatch } from '../../store/late-watch.ts';
import { insertBoot, lastSeenAt, touchBoot } from '../../store/queries/boots.ts';
import { appendEvent } from '../../store/queries/events.ts';
import type { Pause } from '../../store/queries/pauses.ts';
import { dueSchedules, nextDueAt, type ScheduleRecord, unscheduledDatasets } from '../../store/queries/schedules.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';
import { fireDue, scheduler } from './fire-ticks.ts';
import { rewindSchedules } from './rewind-schedules.ts';
import { applySchedule, pauseSchedule, type Settled, type TableContext, unpauseSchedule } from './schedule-table.ts';

/** What the scheduler is made of. */
export interface SchedulerOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** This boot's id. */
  readonly bootId: string;
  readonly specOf: (revision: string) => DatasetSpec;
  readonly newUid: () => string;
  /** Told of the runs that ticks made, after their commit. */
  readonly onRuns: (runs: readonly Run[]) => void;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

/** How the scheduler stands. */
export interface SchedulerState {
  /** Epoch ms; null when no tick is due ever. */
  readonly nextTickAt: number | null;
  /** Set while no tick fires because the clock is not believed. */
  readonly hold: Hold | null;
}

/** Schedules that one transaction fires: some 10 ms. */
const batch = 100;
/** What could not be stored (a full disk) is tried again this much later; a schedule that could not be fired, too. */
const againMs = { state: 1_000, schedule: 60_000 };

/** Fires the schedules that are in force, each tick once. */
export class Scheduler {
  /** Opened schedules, for whoever asks for ticks. */
  readonly schedules = new OpenSchedules();
  readonly #options: SchedulerOptions;
  readonly #time: ScheduleTime;
  /** Schedules that could not be fired, and when they are tried again (epoch ms). */
  readonly #putOff = new Map<string, number>();
  #look: Timer | undefined;
  #wake: Timer | undefined;
  #firing: Promise<void> | undefined;
  #again = false;
  /** What the clock did that is not stored yet. */
  readonly #moves: ClockMove[] = [];
  #mustRewind = false;
  #touching = false;
  #state: 'new' | 'started' | 'closed' = 'new';

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#time = new ScheduleTime({ now: options.clock.now(), seenAt: lastSeenAt(options.database) });
  }

  /** Notes that this server is up, puts the schedules in force that are not, and begins to fire. */
  async start(): Promise<void> {
    const { database, clock, bootId } = this.#options;
    const at = clock.now();
    await database.write((transaction) => {
      insertBoot(transaction, bootId, at);
      noteServer(transaction, { kind: 'server.started', reason: this.#time.awayReason, at });
    });
    for (let found = batch; found === batch; )
      found = await database.write((transaction) => this.#applyNew(transaction));
    this.#state = 'started';
    this.#mustRewind = true;
    this.#armLook();
    this.#fire();
  }

  /** Makes the schedule of a dataset follow its effective registration, in the transaction that changed that. */
  apply(transaction: Transaction, dataset: string): void {
    const context = this.#context();
    this.#tell(transaction, applySchedule(transaction, dataset, context));
    applyLateWatch(transaction, dataset, context);
  }

  /** Holds the schedule of a dataset that is being paused, and its waiting scheduled runs. */
  pause(transaction: Transaction, dataset: string): void {
    this.#tell(transaction, pauseSchedule(transaction, dataset, this.#context()));
  }

  /** Ends the hold of a dataset whose pause has just ended. `catchup` asks for paused ticks. Tells what became of them. */
  unpause(
    transaction: Transaction,
    change: { readonly dataset: string; readonly pause: Pause; readonly catchup: Catchup },
  ): Settled {
    const settled = unpauseSchedule(transaction, { ...change, context: this.#context() });
    this.#tell(transaction, settled);
    return settled;
  }

  /** What time it is for schedules (epoch ms): it stands still while the clock is not believed. */
  get now(): number {
    const now = this.#options.clock.now();
    this.#lookAt(now);
    return this.#time.at(now);
  }

  /** Fires what is due and resolves when that is stored, as far as it could be. */
  async fireNow(): Promise<void> {
    this.#fire();
    await this.#firing;
  }

  /** How it stands. */
  get state(): SchedulerState {
    return { nextTickAt: nextDueAt(this.#options.database) ?? null, hold: this.#time.hold };
  }

  /** Fires nothing more and waits for what is being stored. */
  async close(): Promise<void> {
    const wasStarted = this.#state === 'started';
    this.#state = 'closed';
    this.#wake?.cancel();
    this.#look?.cancel();
    await this.#firing;
    const { database, clock, bootId } = this.#options;
    if (wasStarted) await database.write((transaction) => touchBoot(transaction, bootId, clock.now()));
  }

  #context(): TableContext {
    const { clock, specOf, newUid } = this.#options;
    const now = clock.now();
    this.#lookAt(now);
    return {
      now: this.#time.at(now),
      schedules: this.schedules,
      specOf,
      newUid,
      absenceOf: (schedule) => this.#absenceOf(schedule),
    };
  }

  #absenceOf({ nextAt, catchup }: ScheduleRecord): Absence | null {
    const away = nextAt === null ? null : this.#time.absenceOf(nextAt);
    return away && { until: away.until, outcome: 'missed', catchup, reason: away.reason };
  }

  #applyNew(transaction: Transaction): number {
    const datasets = unscheduledDatasets(transaction, batch);
    for (const dataset of datasets) this.apply(transaction, dataset);
    return datasets.length;
  }

  #tell(transaction: Transaction, { runs }: Settled): void {
    transaction.afterCommit(() => {
      // Before the start nothing may begin to run: the engine finds these runs when it starts.
      if (this.#state !== 'started') return;
      this.#options.onRuns(runs);
      this.#fire();
    });
  }

  /** Fires what is due, one transaction after another; asked again meanwhile, it looks once more. */
  #fire(): void {
    this.#again = true;
    if (this.#state !== 'started' || this.#firing !== undefined) return;
    this.#firing = this.#fireAll().finally(() => {
      this.#firing = undefined;
      if (this.#again) this.#fire();
    });
  }

  async #fireAll(): Promise<void> {
    const { onTrouble, clock } = this.#options;
    try {
      while (this.#again && this.#state === 'started') {
        this.#again = false;
        await this.#lookAtClock();
        while (this.#state === 'started' && (await this.#fireSome()));
      }
      this.#arm();
    } catch (error) {
      this.#again = false;
      onTrouble(error, 'firing schedules');
      this.#armAt(clock.now() + againMs.state);
    }
  }

  /** Fires some of the schedules that are due; tells whether there may be more. */
  async #fireSome(): Promise<boolean> {
    const due = this.#due();
    if (due.length === 0) return false;
    try {
      await this.#store(due);
    } catch (error) {
      if (isStateTrouble(error)) throw error;
      for (const schedule of due) await this.#storeAlone(schedule);
    }
    return true;
  }

  #due(): readonly ScheduleRecord[] {
    const { database, clock } = this.#options;
    const now = this.#time.at(clock.now());
    for (const [dataset, until] of this.#putOff) if (until <= now) this.#putOff.delete(dataset);
    const due = dueSchedules(database, now, batch + this.#putOff.size);
    return due.filter(({ dataset }) => !this.#putOff.has(dataset)).slice(0, batch);
  }

  async #storeAlone(schedule: ScheduleRecord): Promise<void> {
    try {
      await this.#store([schedule]);
    } catch (error) {
      if (isStateTrouble(error)) throw error;
      const { clock, onTrouble } = this.#options;
      this.#putOff.set(schedule.dataset, clock.now() + againMs.schedule);
      onTrouble(error, `firing the schedule of ${schedule.dataset}`);
    }
  }

  async #store(due: readonly ScheduleRecord[]): Promise<void> {
    const { database, newUid, onRuns, clock } = this.#options;
    const now = this.#time.at(clock.now());
    const runs = await database.write((transaction) =>
      due.flatMap((schedule) => {
        const absence = this.#absenceOf(schedule);
        return fireDue(transaction, schedule, { now, schedules: this.schedules, newUid, absence }).runs;
      }),
    );
    onRuns(runs);
  }

  #arm(): void {
    const next = this.#time.hold?.until ?? nextDueAt(this.#options.database);
    const at = Math.min(next ?? Number.POSITIVE_INFINITY, ...this.#putOff.values());
    if (Number.isFinite(at)) this.#armAt(at);
  }

  #armAt(at: number): void {
    this.#wake?.cancel();
    if (this.#state === 'started') this.#wake = this.#options.clock.at(at, () => this.#fire());
  }

  /** A look every minute, so that a clock that moved is seen, and that it is known until when this server was up. */
  #armLook(): void {
    if (this.#state !== 'started') return;
    const { clock, onTrouble } = this.#options;
    this.#look = clock.after(lookEveryMs, () => {
      this.#lookAt(clock.now());
      this.#armLook();
      this.#fire();
      this.#touch().catch((error: unknown) => onTrouble(error, 'noting that the server is up'));
    });
  }

  async #touch(): Promise<void> {
    if (this.#touching) return;
    this.#touching = true;
    const { clock, database, bootId } = this.#options;
    await database
      .write((transaction) => touchBoot(transaction, bootId, clock.now()))
      .finally(() => {
        this.#touching = false;
      });
  }

  #lookAt(now: number): void {
    const move = this.#time.look(now);
    if (move) this.#moves.push(move);
  }

  /** What the clock did is stored before any tick fires, and schedules that it had carried too far come back. */
  async #lookAtClock(): Promise<void> {
    const { database, clock, onTrouble } = this.#options;
    const at = clock.now();
    this.#lookAt(at);
    const [move] = this.#moves;
    if (move) {
      const note = { kind: 'server.clock_moved', reason: move.reason, at } as const;
      await database.write((transaction) => noteServer(transaction, note));
      this.#moves.shift();
      this.#mustRewind = true;
      this.#again = true;
    }
    if (!this.#mustRewind) return;
    await rewindSchedules(database, { now: this.#time.at(at), schedules: this.schedules, onTrouble });
    this.#mustRewind = false;
  }
}

function noteServer(
  transaction: Transaction,
  note: { readonly kind: 'server.started' | 'server.clock_moved'; readonly reason: string | null; readonly at: number },
): void {
  appendEvent(transaction, { ...note, dataset: null, runId: null, backfillId: null, actor: scheduler, data: {} });
}

/** The state could not be written at all, whatever was to be stored. */
function isStateTrouble(error: unknown): boolean {
  return error instanceof DliError && error.code === 'DLI-500';
}
