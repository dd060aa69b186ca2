/**
 * Fires schedules. States: *firing* while ticks are due, in transactions of a few milliseconds; *asleep* until the next one
 * is due. While the clock is not believed (`core/schedule-time.ts`), time stands still for it. Whatever is read to decide what
 * fires is read in the transaction that fires it, so a change of a schedule comes before or after, never in between.
 */
import type { Clock, Timer } from '../../core/clock.ts';
import { OpenSchedules } from '../../core/open-schedules.ts';
import { rememberSchedules } from '../../core/remembered-schedules.ts';
import type { Run } from '../../core/run.ts';
import { type ClockMove, type Hold, lookEveryMs, ScheduleTime } from '../../core/schedule-time.ts';
import type { Absence, Catchup } from '../../core/tick-decision.ts';
import type { DatasetSpec } from '../../spec/dataset-spec.ts';
import { applyLateWatch } from '../../store/late-watch.ts';
import { insertBoot, lastSeenAt, touchBoot } from '../../store/queries/boots.ts';
import { appendEvent } from '../../store/queries/events.ts';
import type { Pause } from '../../store/queries/pauses.ts';
import { getSchedule, nextDueAt, type ScheduleRecord, unscheduledDatasets } from '../../store/queries/schedules.ts';
import type { Database, Transaction } from '../../store/sqlite.ts';
import { DueDatasets, type PickSchedules, type ScheduleTrouble } from './due-datasets.ts';
import { fireMany, outcomesAtOnce } from './fire-ticks.ts';
import { rewindSchedules } from './rewind-schedules.ts';
import {
  applySchedule,
  keepsRule,
  pauseSchedule,
  type Settled,
  settleSome,
  type TableContext,
  unpauseSchedule,
} from './schedule-table.ts';
import { scheduler } from './store-ticks.ts';

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
  /** Called when ticks are recorded and more of them are due. What it returns is called when all are, or after a while. @default nobody cares */
  readonly onBurst?: () => () => void;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

/** How the scheduler stands. */
export interface SchedulerState {
  /** Epoch ms; null when no tick is due ever. */
  readonly nextTickAt: number | null;
  /** Set while the clock is not believed. */
  readonly hold: Hold | null;
}

/** A burst of ticks goes before everything else for this long. */
const burstMs = 1_000;
/** A transaction goes on to further ticks for this long, and no further than so many runs: who asks meanwhile waits for it. */
const transactionMs = 25;
const mostAtOnce = 500;
/** What could not be stored (a full disk) is tried again this much later. */
const againMs = 1_000;
/** Schedules that are put in force in one transaction, at the start. */
const applyBatch = 100;

/** Fires the schedules that are in force, each tick once. */
export class Scheduler {
  /** Opened schedules, for whoever asks for ticks. */
  readonly schedules = new OpenSchedules();
  readonly #options: SchedulerOptions;
  readonly #time: ScheduleTime;
  readonly #due: DueDatasets;
  /** What the clock did that is not acted on yet. */
  readonly #moves: ClockMove[] = [];
  #look: Timer | undefined;
  #wake: Timer | undefined;
  #firing: Promise<void> | undefined;
  #again = false;
  #touching = false;
  #state: 'new' | 'started' | 'closed' = 'new';

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#time = new ScheduleTime({ now: options.clock.now(), seenAt: lastSeenAt(options.database) });
    this.#due = new DueDatasets(options.database, (pick) => this.#store(pick), options.onTrouble);
  }

  /** Notes that this server is up, puts the schedules in force that are not, and begins to fire. */
  async start(): Promise<void> {
    const { database, clock, bootId } = this.#options;
    const at = clock.now();
    await database.write((transaction) => {
      insertBoot(transaction, bootId, this.#time.at(at));
      noteServer(transaction, { kind: 'server.started', reason: this.#time.awayReason, at });
    });
    for (let after: string | undefined = ''; after !== undefined; ) after = await this.#applyNew(after);
    this.#state = 'started';
    this.#armLook();
    this.#fire();
  }

  /**
   * Gives the ticks of a dataset that are due their outcome, in as many transactions as it takes. To be awaited before the one
   * that changes its schedule, which then has few of them to store, and not the thousand of a catch-up.
   *
   * @param next the spec that is to be in force: where the ticks stay the same, so that what is due follows it, nothing is done
   */
  async settle(dataset: string, next?: DatasetSpec): Promise<void> {
    const { database, clock } = this.#options;
    const schedule = getSchedule(database, dataset);
    if (!schedule || (schedule.nextAt ?? Number.POSITIVE_INFINITY) > clock.now()) return;
    if (next && keepsRule(schedule, next)) return;
    for (let goesOn = true; goesOn; ) {
      goesOn = await database.write((transaction) => {
        const settled = settleSome(transaction, dataset, this.#context());
        this.#tell(transaction, settled);
        return settled.goesOn;
      });
    }
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

  /** Why the schedule of a dataset cannot be fired, and when that is tried again; undefined when all is well. */
  troubleOf(dataset: string): ScheduleTrouble | undefined {
    return this.#due.troubleOf(dataset);
  }

  /** Fires nothing more and waits for what is being stored. */
  async close(): Promise<void> {
    const wasStarted = this.#state === 'started';
    this.#state = 'closed';
    this.#wake?.cancel();
    this.#look?.cancel();
    await this.#firing;
    if (wasStarted) await this.#touch();
  }

  #context(): TableContext {
    const { clock, specOf, newUid } = this.#options;
    const clockNow = clock.now();
    this.#lookAt(clockNow);
    const absenceOf = (schedule: ScheduleRecord) => this.#absenceOf(schedule);
    return { now: this.#time.at(clockNow), clockNow, schedules: this.schedules, specOf, newUid, absenceOf };
  }

  #absenceOf({ nextAt, catchup }: ScheduleRecord): Absence | null {
    const away = nextAt === null ? null : this.#time.absenceOf(nextAt);
    return away && { until: away.until, outcome: 'missed', catchup, reason: away.reason };
  }

  /** Puts schedules in force whose datasets have none, and tells after which name to go on. One that cannot be read is told of. */
  #applyNew(after: string): Promise<string | undefined> {
    const { database, onTrouble } = this.#options;
    return database.write((transaction) => {
      const datasets = unscheduledDatasets(transaction, after, applyBatch);
      for (const dataset of datasets) {
        try {
          this.apply(transaction, dataset);
        } catch (error) {
          onTrouble(error, `putting the schedule of ${dataset} in force`);
        }
      }
      return datasets.length === applyBatch ? datasets.at(-1) : undefined;
    });
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
      do {
        this.#again = false;
        await this.#actOnMoves();
        await this.#fireDue();
      } while ((this.#again || this.#moves.length > 0) && this.#state === 'started');
      this.#arm();
    } catch (error) {
      this.#again = false;
      onTrouble(error, 'firing schedules');
      this.#armAt(clock.now() + againMs);
    }
  }

  async #fireDue(): Promise<void> {
    const { clock, onBurst } = this.#options;
    const since = clock.now();
    let end: (() => void) | undefined;
    try {
      // The clock may leap between two transactions of a long burst.
      while (this.#state === 'started' && this.#moves.length === 0 && (await this.#due.fireSome(this.#now()))) {
        this.#lookAt(clock.now());
        if (clock.now() - since <= burstMs) end ??= onBurst?.();
        else end?.();
      }
    } finally {
      end?.();
    }
  }

  #now(): number {
    return this.#time.at(this.#options.clock.now());
  }

  /** Fires schedules as they stand in the transaction, some of those that are due. */
  async #store(pick: PickSchedules): Promise<void> {
    const { database, onRuns } = this.#options;
    const fire = (transaction: Transaction) => this.#fireFor(transaction, pick);
    const runs = await database.write(fire, { repeatable: true, givesWay: true });
    if (runs.length > 0) onRuns(runs);
  }

  #fireFor(transaction: Transaction, pick: PickSchedules): readonly Run[] {
    const { clock, newUid, bootId } = this.#options;
    // The machine may have slept since these were found to be due.
    this.#lookAt(clock.now());
    if (this.#moves.length > 0) return [];
    const now = this.#now();
    // A tick that was fired was seen: what a crash after it is said to have missed begins later.
    touchBoot(transaction, bootId, now);
    const context = {
      now,
      newUid,
      schedules: rememberSchedules(this.schedules),
      ruleIds: new Map<string, number>(),
      absenceOf: (schedule: ScheduleRecord) => this.#absenceOf(schedule),
    };
    const runs: Run[] = [];
    const since = clock.now();
    while (runs.length < mostAtOnce && clock.now() - since < transactionMs) {
      const due = pick(transaction, { now, limit: outcomesAtOnce });
      if (due.length === 0) break;
      runs.push(...fireMany(transaction, due, context));
    }
    return runs;
  }

  #arm(): void {
    const hold = this.#time.hold?.until ?? Number.POSITIVE_INFINITY;
    const at = Math.min(hold, this.#due.nextAt() ?? Number.POSITIVE_INFINITY);
    // A tick that is due while time stands still is waited for with the hold.
    if (Number.isFinite(at)) this.#armAt(at <= this.#options.clock.now() && Number.isFinite(hold) ? hold : at);
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
    const { database, bootId } = this.#options;
    await database
      .write((transaction) => touchBoot(transaction, bootId, this.#now()))
      .finally(() => {
        this.#touching = false;
      });
  }

  #lookAt(now: number): void {
    const move = this.#time.look(now);
    if (move) this.#moves.push(move);
  }

  /** What the clock did is stored before any tick fires, and schedules that it had carried too far come back. */
  async #actOnMoves(): Promise<void> {
    const { database, clock, onTrouble } = this.#options;
    this.#lookAt(clock.now());
    for (let [move] = this.#moves; move; [move] = this.#moves) {
      const note = { kind: 'server.clock_moved', reason: move.reason, at: clock.now() } as const;
      await database.write((transaction) => noteServer(transaction, note));
      if (move.rewindTo !== null) {
        await rewindSchedules(database, { to: move.rewindTo, schedules: this.schedules, onTrouble });
      }
      this.#due.forget();
      this.#moves.shift();
    }
  }
}

function noteServer(
  transaction: Transaction,
  note: { readonly kind: 'server.started' | 'server.clock_moved'; readonly reason: string | null; readonly at: number },
): void {
  appendEvent(transaction, { ...note, dataset: null, runId: null, backfillId: null, actor: scheduler, data: {} });
}
