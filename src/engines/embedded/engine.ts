import type { Run } from '../../core/run.ts';
import { isTerminal } from '../../core/run-state.ts';
import { type DatasetSpec, retryOf } from '../../spec/dataset-spec.ts';
import { getBackfill } from '../../store/queries/backfills.ts';
import { getRun, isStopRequested } from '../../store/queries/runs.ts';
import type { Transaction } from '../../store/sqlite.ts';
import type { CancelReason } from '../../warehouses/warehouse.ts';
import { ClockWatch } from './clock-watch.ts';
import { CompileAhead, type CompiledStatements } from './compile-ahead.ts';
import { type BackfillStored, Dispatcher } from './dispatcher.ts';
import { type ExecutorParts, executeRun } from './executor.ts';
import { finishEnding, finishResume, recover } from './recovery.ts';
import type { RunLimits } from './slots.ts';
import { StagedAttempts } from './staged-attempts.ts';
import { type WarehouseWait, WarehouseWatch } from './warehouse-watch.ts';

/** Renders and translates a run's SQL into its warehouse's dialect. @throws DLI-815 */
export type CompileRun = (run: Run, spec: DatasetSpec, dialect: string) => Promise<CompiledStatements>;

/** What the embedded engine is made of. */
export interface EngineOptions extends Omit<ExecutorParts, 'onSettled' | 'compiler' | 'staged' | 'hasRoom'> {
  readonly compile: CompileRun;
  readonly limits: RunLimits;
  /** Makes a run's identity. */
  readonly newUid: () => string;
}

/** After this long, a shutdown stops waiting for attempts to end: the next start recovers them. */
const shutdownDeadlineMs = 15_000;

interface ActiveRun {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/**
 * The engine that runs everything on this machine: dispatcher and executors over the store and the warehouses.
 * `start` recovers what another boot left; `close` cancels what is running, whose runs go on at the next start.
 */
export class EmbeddedEngine {
  readonly #options: EngineOptions;
  readonly #executor: ExecutorParts;
  readonly #dispatcher: Dispatcher;
  readonly #watch: WarehouseWatch;
  readonly #clockWatch: ClockWatch;
  readonly #active = new Map<string, ActiveRun>();
  #closing = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#executor = {
      ...options,
      compiler: new CompileAhead((run) => compileFor(run, options)),
      staged: new StagedAttempts(),
      hasRoom: (dataset) => this.#dispatcher.hasRoom(dataset),
      onSettled: (transaction, settled) => this.#onSettled(transaction, settled),
    };
    const { database, clock, owner, limits, warehouses, warehouseWaitSeconds, onTrouble } = options;
    this.#dispatcher = new Dispatcher({
      database,
      clock,
      owner,
      limits,
      start: (run) => this.#start(run),
      onTrouble: (error) => onTrouble(error, 'starting a claimed run'),
    });
    this.#watch = new WarehouseWatch({
      database,
      clock,
      warehouses,
      waitSeconds: warehouseWaitSeconds,
      onOpen: (warehouse) => this.#dispatcher.unblock(warehouse),
      onExpired: (run) => this.noteStopped(run),
      onTrouble,
    });
    this.#clockWatch = new ClockWatch({
      database,
      clock,
      retryDelayMs: (revision) => retryDelayMs(revision, options),
      onSetBack: (transaction, now) => this.#watch.setBack(transaction, now),
      onShortened: (dataset) => this.#dispatcher.noteChanged(dataset),
      onTrouble,
    });
  }

  /** Recovers what another boot left and begins to claim; tells how many runs had lost their server. */
  async start(): Promise<number> {
    const { database, clock, owner, newUid } = this.#options;
    const orphaned = await recover(database, { owner, newUid, now: clock.now() });
    await this.#clockWatch.start();
    this.#dispatcher.look();
    return orphaned;
  }

  /** Takes note of a run that was stored as waiting. Call it after the commit. */
  noteWaiting(run: Run | BackfillStored): void {
    this.#dispatcher.noteWaiting(run);
  }

  /** Takes note of many runs that were stored as waiting. Call it after their commit. */
  noteAllWaiting(runs: readonly Run[]): void {
    this.#dispatcher.noteAllWaiting(runs);
  }

  /** Starts nothing until what it returns is called; what is at work goes on. */
  hold(): () => void {
    return this.#dispatcher.hold();
  }

  /** Takes note that waiting runs of a dataset were stopped or released. Call it after the commit. */
  noteChanged(dataset: string): void {
    this.#dispatcher.noteChanged(dataset);
  }

  /** Takes note that a waiting run has ended without starting: its backfill goes no further than it. Call it after the commit. */
  noteStopped(run: Run): void {
    this.#dispatcher.noteChanged(run.dataset);
    this.#endBackfillOf(run);
  }

  /** How many runs may be at work: in all and in each warehouse. */
  get limits(): RunLimits {
    return this.#options.limits;
  }

  /** How long a waiting run waits for a warehouse that cannot be opened; undefined when that is not why it waits. */
  warehouseWaitOf(run: Run): WarehouseWait | undefined {
    return this.#watch.waitOf(run);
  }

  /** The run uid of the first waiting run that is to be tried alone in a warehouse; nobody behind it starts there. */
  waitingSuspect(warehouse: string): string | undefined {
    return this.#dispatcher.waitingSuspect(warehouse);
  }

  /** Cancels a run that is at work; its end is stored when the warehouse has confirmed that the query is gone. */
  cancel(runUid: string): void {
    this.#active.get(runUid)?.controller.abort('stop' satisfies CancelReason);
  }

  /** Makes the waiting runs of an ending backfill KILLED, where one transaction was not enough. */
  async finishEnding(backfillId: string): Promise<void> {
    await finishEnding(this.#options.database, { backfillId, now: this.#options.clock.now() });
  }

  /** Gives every date of a resumed backfill its new run, where one transaction was not enough, and lets its dates start. */
  async finishResume(backfillId: string): Promise<void> {
    const { database, clock, newUid } = this.#options;
    await finishResume(database, { backfillId, newUid, now: clock.now() });
    const dataset = getBackfill(database, backfillId)?.dataset;
    if (dataset !== undefined) this.#dispatcher.noteChanged(dataset);
  }

  /** Waits until a run has ended, or until `deadlineMs` has passed; resolves with the run as it is then. */
  waitForEnd(runUid: string, deadlineMs: number): Promise<Run | undefined> {
    const { clock, database } = this.#options;
    return new Promise((resolve) => {
      const finish = () => {
        timer.cancel();
        leave();
        resolve(getRun(database, runUid));
      };
      const look = () => {
        const run = getRun(database, runUid);
        if (!run || isTerminal(run.status)) finish();
      };
      const timer = clock.after(deadlineMs, finish);
      const leave = database.onCommit(look);
      look();
    });
  }

  /** Claims nothing more, cancels what is running and waits until it is stored that it goes on later. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#dispatcher.close();
    this.#watch.close();
    this.#clockWatch.close();
    for (const { controller } of this.#active.values()) controller.abort('shutdown' satisfies CancelReason);
    const { clock } = this.#options;
    const deadline = new Promise<void>((resolve) => clock.after(shutdownDeadlineMs, resolve));
    await Promise.race([Promise.all([...this.#active.values()].map(({ ended }) => ended)), deadline]);
  }

  #start(run: Run): void {
    const controller = new AbortController();
    const ended = executeRun(this.#executor, run, controller)
      .catch((error: unknown) => this.#options.onTrouble(error, `executing ${run.runId}`))
      .finally(() => {
        // The commit that ended this attempt may have claimed the run again.
        if (this.#active.get(run.runUid) === active) this.#active.delete(run.runUid);
      });
    const active: ActiveRun = { controller, ended };
    this.#active.set(run.runUid, active);
    // A stop that was stored between the claim and now found nothing to cancel.
    if (this.#closing) controller.abort('shutdown' satisfies CancelReason);
    else if (run.stopRequestedAt === null && isStopRequested(this.#options.database, run.runUid))
      this.cancel(run.runUid);
  }

  /** Makes the waiting dates KILLED after one that did not complete, where one transaction was not enough. */
  #endBackfillOf({ backfillId, status }: Run): void {
    if (backfillId === null || !isTerminal(status) || status === 'COMPLETED') return;
    this.finishEnding(backfillId).catch((error: unknown) => this.#options.onTrouble(error, `ending ${backfillId}`));
  }

  #onSettled(transaction: Transaction, run: Run): void {
    this.#clockWatch.note(this.#options.clock.now());
    const waits = run.status === 'PENDING' && run.waitReason !== null;
    // Nobody watches it: what could not be stored is tried again, and blocks it again if it still has to.
    if (waits && this.#dispatcher.block(run.warehouse))
      transaction.ifUndone(() => this.#dispatcher.unblock(run.warehouse));
    transaction.afterCommit(() => {
      if (waits) this.#watch.watch(run.warehouse, { dataset: run.dataset, reason: run.waitReason ?? '' });
      this.#endBackfillOf(run);
    });
    this.#dispatcher.passOn(transaction, run);
  }
}

/** A spec that cannot be read ends its run, so that nothing has to wait for it. */
function retryDelayMs(revision: string, { specOf, onTrouble }: EngineOptions): number {
  try {
    return retryOf(specOf(revision)).delaySeconds * 1000;
  } catch (error) {
    onTrouble(error, `reading revision ${revision}`);
    return 0;
  }
}

/** A run whose warehouse is no longer configured is found out when it is executed. */
async function compileFor(run: Run, { compile, specOf, warehouses }: EngineOptions): Promise<CompiledStatements> {
  return compile(run, specOf(run.revision), warehouses.get(run.warehouse)?.dialect ?? 'duckdb');
}
