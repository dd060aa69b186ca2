/**
 * The time that schedules go by. It is the machine's, but for times in which nobody looked (the server was down, the machine
 * slept, the clock was set forward): ticks of such an *absence* are not live. A clock that leaps forward by more than a day may
 * be wrong (it showed 2038 for a minute): schedules stand still until it has stood for a while, or is set right.
 */

/** The clock is looked at this often. */
export const lookEveryMs = 60_000;

/** A time in which nobody looked, epoch ms, and why. */
export interface Away {
  readonly from: number;
  /** The first instant after it. */
  readonly until: number;
  readonly reason: string;
}

/** Schedules stand still until this instant (epoch ms), and why. */
export interface Hold {
  readonly until: number;
  readonly reason: string;
}

/** What a look at the clock found. */
export interface ClockMove {
  readonly kind: 'back' | 'gap' | 'leap';
  readonly reason: string;
}

/** Clocks are corrected by less than this all the time. */
const backToleranceMs = 1_000;
/** Longer than a busy server is ever late with a look. */
const gapMs = 3 * lookEveryMs;
const leapMs = 24 * 60 * 60 * 1000;
/** A clock that leapt is believed when it has stood for this long. */
const holdMs = 10 * 60_000;

/** Follows the clock from look to look. */
export class ScheduleTime {
  #lookedAt: number;
  #away: Away | null;
  #held: { readonly away: Away; readonly hold: Hold } | null = null;

  /** `seenAt` (epoch ms): when a server was last up; undefined when none ever was. */
  constructor({ now, seenAt }: { readonly now: number; readonly seenAt: number | undefined }) {
    this.#lookedAt = now;
    this.#away = seenAt === undefined ? null : away('the server was down', seenAt, now);
  }

  /** Takes a look at the clock; tells what happened to it, if anything did. */
  look(now: number): ClockMove | undefined {
    const from = this.#lookedAt;
    this.#lookedAt = now;
    const moved = now - from;
    if (moved > leapMs) return this.#leap(from, now);
    if (this.#held && now < this.#held.away.until) this.#held = null;
    if (this.#held && now >= this.#held.hold.until) {
      this.#away = this.#held.away;
      this.#held = null;
    }
    if (moved < -backToleranceMs) return this.#goBack(from, now);
    return moved > gapMs ? this.#stayAway(from, now) : undefined;
  }

  /** What time it is for schedules. It stands still while they are held. */
  at(now: number): number {
    return this.#held ? Math.min(now, this.#held.away.from) : now;
  }

  /** The absence that a tick (epoch ms) fell into; null when it is live. */
  absenceOf(tickAt: number): Away | null {
    return this.#away && tickAt < this.#away.until ? this.#away : null;
  }

  /** Set while schedules stand still. */
  get hold(): Hold | null {
    return this.#held?.hold ?? null;
  }

  /** Why nobody looked before this server started; null when it is the first. */
  get awayReason(): string | null {
    return this.#away?.reason ?? null;
  }

  #goBack(from: number, to: number): ClockMove {
    // What it said of the time after `to` was said by a wrong clock.
    if (this.#away && this.#away.until > to) this.#away = null;
    return { kind: 'back', reason: `the clock was set back from ${instant(from)} to ${instant(to)}` };
  }

  #stayAway(from: number, to: number): ClockMove {
    this.#away = away('the machine slept or its clock was set forward', from, to);
    return { kind: 'gap', reason: this.#away.reason };
  }

  #leap(from: number, to: number): ClockMove {
    const until = to + holdMs;
    const reason = `the clock went forward from ${instant(from)} to ${instant(to)}; in case it is wrong, no tick fires before ${instant(until)}`;
    // A second leap while the first is not believed: schedules stand where they stood.
    const standsAt = this.#held?.away.from ?? from;
    this.#held = { away: away('the clock was set forward', standsAt, to), hold: { until, reason } };
    return { kind: 'leap', reason };
  }
}

function away(what: string, from: number, until: number): Away {
  const span = from < until ? `from ${instant(from)} to ${instant(until)}` : `until ${instant(until)}`;
  return { from, until, reason: `${what} ${span}` };
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
