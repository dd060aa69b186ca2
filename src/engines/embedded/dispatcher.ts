import type { Clock, Timer } from '../../core/clock.ts';
import type { Run } from '../../core/run.ts';
import { claimRun, nextAvailableAt } from '../../store/queries/claims.ts';
import {
  datasetsWaiting,
  headOfNew,
  readDatesThatMayStart,
  readHead,
  type WaitingHead,
} from '../../store/queries/line.ts';
import type { Database, Queries, Transaction } from '../../store/sqlite.ts';
import { Burst } from './burst.ts';
import { type RunLimits, Slots } from './slots.ts';
import { WaitingLine } from './waiting-line.ts';

/** After a claim could not be stored (a full disk), it is tried again this much later. */
const claimAgainMs = 1_000;

/** Says that the runs of a backfill were stored in a dataset. */
export interface BackfillStored {
  readonly dataset: string;
  readonly runType: 'backfill';
}

/**
 * Decides which waiting run starts when. It never polls: it looks when a run was created, has ended or becomes available.
 * A claim is stored in the transaction that ends another run where there is one, and always before its run can commit.
 */
export class Dispatcher {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #owner: string;
  readonly #start: (run: Run) => void;
  readonly #onTrouble: (error: unknown) => void;
  readonly #slots: Slots;
  readonly #line = new WaitingLine();
  readonly #burst: Burst;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  /** What was delayed until then is taken to be in the lines, so that no timer waits for it. */
  #timerSince = Number.NEGATIVE_INFINITY;
  /** Set while a claim that could not be stored waits to be tried again. */
  #again: Timer | undefined;
  readonly #holds = new Set<symbol>();
  #looking = false;
  #closed = false;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    /** This boot's id: the owner of what it claims. */
    readonly owner: string;
    readonly limits: RunLimits;
    /** Called after the claim is durable. */
    readonly start: (run: Run) => void;
    readonly onTrouble: (error: unknown) => void;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#owner = options.owner;
    this.#start = options.start;
    this.#onTrouble = options.onTrouble;
    this.#slots = new Slots(options.limits);
    this.#burst = new Burst(options.clock, () => this.#claimSoon());
  }

  /** Reads every dataset's line from the store and starts what may start. */
  look(): void {
    const now = this.#clock.now();
    for (const dataset of datasetsWaiting(this.#database, now)) this.#refresh(this.#database, dataset);
    this.#armTimer(now);
    this.#claimSoon();
  }

  /** Takes note of a run that was stored as waiting. */
  noteWaiting(run: Run | BackfillStored): void {
    this.#burst.noteAccepted(this.#database.commits);
    this.noteAllWaiting([run]);
  }

  /** Takes note of many runs that were stored as waiting: what may start is looked for once. */
  noteAllWaiting(runs: readonly (Run | BackfillStored)[]): void {
    const changed = runs.filter((run) => this.#changesLine(run));
    for (const run of changed) this.#addToLine(run);
    if (changed.length > 0) this.#claimSoon();
  }

  /** Reads a dataset's line again, because a run of it left the line or became available. */
  noteChanged(dataset: string): void {
    const now = this.#clock.now();
    this.#refresh(this.#database, dataset);
    this.#armTimer(now);
    this.#claimSoon();
  }

  /**
   * Frees an ended run's slot and claims what may start now, in the transaction that stores the end. When that is not stored,
   * the claimed slots are given back, and the ended run, which is still RUNNING in the store, keeps its own.
   */
  passOn(transaction: Transaction, ended: Run): void {
    const now = this.#clock.now();
    transaction.ifUndone(this.#slots.free(ended.runUid));
    this.#refresh(transaction, ended.dataset);
    const claimed = this.#claim(transaction);
    transaction.afterCommit(() => {
      // The clock was set back: what was in a line, or behind a head of it, is delayed again.
      const isBack = now < this.#timerSince;
      if (ended.availableAt > now || isBack) this.#armTimer(now);
      claimed.forEach(this.#start);
    });
  }

  /** Tells whether a backfill goes date by date in a dataset, and its next date would take nobody's place if it began now. */
  hasRoom(dataset: string): boolean {
    return this.#mayClaim && this.#line.isEmpty && this.#slots.isSerial(dataset);
  }

  /** The run uid of the first waiting run in a warehouse under which a process died. */
  waitingSuspect(warehouse: string): string | undefined {
    const heads = this.#line.inOrder({ backfillsFirst: false });
    return heads.find((head) => head.isSuspect && head.warehouse === warehouse)?.runUid;
  }

  /** Starts nothing more in a warehouse that cannot be opened, until `unblock`; tells whether it was open before. */
  block(warehouse: string): boolean {
    return this.#slots.block(warehouse);
  }

  /** Lets runs start in a warehouse again. */
  unblock(warehouse: string): void {
    this.#slots.unblock(warehouse);
    this.#claimSoon();
  }

  /** Claims nothing until what it returns is called; doing that twice does nothing. */
  hold(): () => void {
    const hold = Symbol('hold');
    this.#holds.add(hold);
    return () => {
      if (this.#holds.delete(hold) && this.#holds.size === 0) this.#claimSoon();
    };
  }

  /** Claims nothing more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#again?.cancel();
    this.#burst.close();
  }

  get #mayClaim(): boolean {
    return !this.#closed && this.#holds.size === 0 && !this.#burst.isResting;
  }

  #claimSoon(): void {
    // What ends a hold or a rest looks again.
    if (this.#looking || !this.#mayClaim) return;
    this.#looking = true;
    this.#database
      .write(
        (transaction) => {
          this.#looking = false;
          return this.#claim(transaction);
        },
        { repeatable: true },
      )
      .then(
        (claimed) => claimed.forEach(this.#start),
        () => {
          this.#looking = false;
          this.#claimLater();
        },
      )
      .catch(this.#onTrouble);
  }

  #claim(transaction: Transaction): Run[] {
    if (!this.#mayClaim) return [];
    const now = this.#clock.now();
    const claimed: Run[] = [];
    const lines = new Map<string, readonly WaitingHead[]>();
    for (;;) {
      const head = this.#slots.pick(this.#line);
      if (!head) break;
      if (!lines.has(head.dataset)) lines.set(head.dataset, this.#line.of(head.dataset));
      const run = claimRun(transaction, { runUid: head.runUid, owner: this.#owner, now });
      if (run) {
        this.#slots.take(head, { backfillWaits: this.#line.has(head.dataset, true) });
        claimed.push(run);
      }
      this.#refresh(transaction, head.dataset);
    }
    if (claimed.length > 0) this.#burst.noteClaimed();
    if (lines.size > 0) transaction.ifUndone(() => this.#undo(claimed, lines));
    return claimed;
  }

  /** Gives back the slots of claims that were not stored, puts their runs back in line, and looks again a little later. */
  #undo(claimed: readonly Run[], lines: ReadonlyMap<string, readonly WaitingHead[]>): void {
    for (const { runUid } of claimed) this.#slots.free(runUid);
    for (const [dataset, heads] of lines) this.#line.set(dataset, heads);
    this.#claimLater();
  }

  #claimLater(): void {
    this.#again ??= this.#clock.after(claimAgainMs, () => {
      this.#again = undefined;
      if (!this.#closed) this.look();
    });
  }

  #refresh(queries: Queries, dataset: string): void {
    this.#line.set(dataset, this.#headsOf(queries, dataset));
  }

  #headsOf(queries: Queries, dataset: string): readonly WaitingHead[] {
    const now = this.#clock.now();
    const room = this.#slots.roomIn(dataset);
    if (room.kind === 'none') return [];
    const onDemand = readHead(queries, { dataset, isBackfill: false, now });
    if (room.kind === 'any') {
      return [onDemand, readHead(queries, { dataset, isBackfill: true, now })].flatMap((head) => head ?? []);
    }
    // An on-demand run starts when the dates at work have ended: until then no further date does, or it would wait for ever.
    if (onDemand) return [];
    const { backfillId, dates } = room;
    const [next] = readDatesThatMayStart(queries, { dataset, backfillId, now }).filter(
      ({ executionDate, isAlone }) => isAlone || !dates.has(executionDate),
    );
    return next && !next.isAlone ? [next] : [];
  }

  /** A dataset without a run on demand in line gets this one; it is read only where it may not start, or is a backfill's. */
  #addToLine(run: Run | BackfillStored): void {
    const now = this.#clock.now();
    const mayStart = 'runUid' in run && !run.held && run.availableAt <= now;
    if (!mayStart || run.runType === 'backfill' || this.#slots.roomIn(run.dataset).kind !== 'any') {
      this.#refresh(this.#database, run.dataset);
      this.#armTimer(now);
    } else this.#line.set(run.dataset, [headOfNew(run), ...this.#line.of(run.dataset)]);
  }

  /** A newer run changes nothing for a dataset in which none may start, or which has a head of its kind already. */
  #changesLine({ dataset, runType }: Run | BackfillStored): boolean {
    return this.#slots.roomIn(dataset).kind !== 'none' && !this.#line.has(dataset, runType === 'backfill');
  }

  /** Looks again when the next run becomes available after `since`: the lines hold all that were before, as they were read since. */
  #armTimer(since: number): void {
    this.#timerSince = since;
    const at = nextAvailableAt(this.#database, since);
    if (this.#closed || at === undefined || at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.at(at, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (!this.#closed) this.look();
  }
}
