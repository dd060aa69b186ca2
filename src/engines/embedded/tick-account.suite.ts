import { openSchedule } from '../../core/schedule.ts';
import type { Catchup, Overlap } from '../../core/tick-decision.ts';

/*
 * For scheduler-interleaving.test.ts: a slow, obvious account of ticks that is kept transaction by transaction. It lists every
 * tick that is due, one by one, and of each transaction in turn it says which of them may get an outcome in it, and which.
 */

/** A schedule, as far as the account goes by it. */
export interface AccountedRule {
  readonly cron: string;
  readonly timezone: string;
  readonly catchup: Catchup;
  readonly overlap: Overlap;
}

/** What a transaction did, besides what follows from the time. */
export type Change =
  | { readonly kind: 'edit'; readonly rule: AccountedRule | null }
  | { readonly kind: 'pause' }
  | { readonly kind: 'unpause'; readonly catchup: Catchup }
  | { readonly kind: 'trigger' }
  | { readonly kind: 'stop'; readonly tickAt: number }
  | { readonly kind: 'finish' };

/** What the state has of ticks: one, or a stretch. Epoch ms. */
export interface TickRow {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly outcome: string;
}

/** How a tick that is due came to be so; `promised`, `newest` and `left` are what the end of an absence makes of its ticks. */
type Standing = 'live' | 'absent' | 'paused' | 'promised' | 'newest' | 'left';

interface DueTick {
  readonly at: number;
  standing: Standing;
  /** What it gets where it does not run. */
  rest: 'missed' | 'skipped_paused';
}

const mostPromised = 1_000;
const longestQueue = 100;

/** The account of one dataset. Complaints are collected in words; none is how it should be. */
export class TickAccount {
  readonly complaints: string[] = [];
  readonly outcomes = new Map<number, string>();
  /** Ticks whose runs have not ended. */
  readonly unfinished = new Set<number>();
  #rule: AccountedRule | null = null;
  #isPaused = false;
  #due: DueTick[] = [];
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  /** Time passes until `to`. Nobody looks while the machine `sleeps`; what was due and undecided before belongs to the sleep, too. */
  pass(to: number, sleeps = false): void {
    const ticks = this.#rule ? [...openSchedule(this.#rule).ticks({ from: this.#now + 1, to })] : [];
    this.#now = to;
    for (const { scheduledAt } of ticks)
      this.#due.push({ at: scheduledAt, standing: this.#isPaused ? 'paused' : 'live', rest: 'missed' });
    if (sleeps) for (const tick of this.#due) if (tick.standing === 'live') tick.standing = 'absent';
  }

  /** Takes a transaction that did `change` (null: nobody asked for it) and after which the state has these rows. */
  take(change: Change | null, rows: readonly TickRow[]): void {
    if (change?.kind === 'edit' && isSame(this.#rule, change.rule)) {
      this.#rule = change.rule;
      return;
    }
    if (change?.kind === 'edit') this.#endPause('none');
    if (change?.kind === 'unpause') this.#endPause(change.catchup);
    const mayDecide = change === null || ['edit', 'pause', 'unpause'].includes(change.kind);
    for (const tick of this.#newlyDecided(rows)) {
      if (!mayDecide) this.#complain(tick.at, `got an outcome by a ${change?.kind}`);
      this.#decide(tick, rows);
    }
    if (change) this.#apply(change);
  }

  /** Ticks that are due and have no outcome. */
  get open(): readonly number[] {
    return this.#due.map(({ at }) => at);
  }

  #apply(change: Change): void {
    const left = this.#due.filter(({ standing }) => change.kind === 'edit' || standing !== 'promised');
    switch (change.kind) {
      case 'edit':
        this.#rule = change.rule;
        break;
      case 'pause':
        this.#isPaused = true;
        break;
      case 'unpause':
        this.#isPaused = false;
        break;
      case 'stop':
        this.unfinished.delete(change.tickAt);
        return;
      case 'finish':
        this.unfinished.clear();
        return;
      default:
        return;
    }
    for (const { at } of left) this.#complain(at, `was due before the ${change.kind} and is left open by it`);
  }

  #newlyDecided(rows: readonly TickRow[]): readonly DueTick[] {
    const isIn = (at: number, { from, to }: TickRow) => from <= at && at <= to;
    for (const row of rows) {
      const known = [...this.outcomes.keys(), ...this.open].filter((at) => isIn(at, row)).length;
      if (known !== row.count)
        this.#complain(row.from, `begins a row of ${row.count} ticks, of which ${known} are known`);
    }
    return this.#due.filter(({ at }) => rows.some((row) => isIn(at, row)));
  }

  #decide(tick: DueTick, rows: readonly TickRow[]): void {
    if (tick.standing === 'absent') this.#divide('absent', this.#rule?.catchup ?? 'none');
    const before = this.#due.find(({ at, standing }) => at < tick.at && standing !== 'promised');
    if (before) this.#complain(tick.at, `got its outcome before the tick at ${instant(before.at)}`);
    const expected = this.#expected(tick);
    const found = rows.find(({ from, to }) => from <= tick.at && tick.at <= to)?.outcome ?? 'none';
    if (found !== expected) this.#complain(tick.at, `(${tick.standing}) is ${found} and not ${expected}`);
    if (found === 'run') this.unfinished.add(tick.at);
    this.outcomes.set(tick.at, found);
    this.#due = this.#due.filter((other) => other !== tick);
  }

  #expected({ standing, rest }: DueTick): string {
    if (standing === 'promised') return 'run';
    if (standing === 'left') return rest;
    if (standing === 'paused') return 'nothing: it is paused';
    const skips = this.#rule?.overlap === 'skip' && this.unfinished.size > 0;
    return skips || this.unfinished.size >= longestQueue ? 'skipped_overlap' : 'run';
  }

  #endPause(catchup: Catchup): void {
    for (const tick of this.#due) if (tick.standing === 'paused') tick.rest = 'skipped_paused';
    this.#divide('paused', catchup);
  }

  /** The end of an absence decides what becomes of all of its ticks. */
  #divide(which: 'absent' | 'paused', catchup: Catchup): void {
    const ticks = this.#due.filter(({ standing }) => standing === which);
    for (const [index, tick] of ticks.entries()) {
      if (catchup === 'all') tick.standing = index < mostPromised ? 'promised' : 'left';
      else tick.standing = catchup === 'latest' && index === ticks.length - 1 ? 'newest' : 'left';
    }
  }

  #complain(at: number, what: string): void {
    this.complaints.push(`the tick at ${instant(at)} ${what}`);
  }
}

function isSame(one: AccountedRule | null, other: AccountedRule | null): boolean {
  return one?.cron === other?.cron && one?.timezone === other?.timezone;
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
