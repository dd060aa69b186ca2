/**
 * The time that schedules go by. It is the machine's, but for times in which nobody looked (the server was down, the machine
 * slept, the clock was set forward): ticks of such an *absence* are not live. A clock that moves by more than a day may be
 * wrong, so it is waited for until it has stood for a while or is set right: after a leap forward schedules stand still, after
 * a step back what is decided stays decided. What a believed step back means is told by `rewindTo`.
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

/** The clock is not believed until this instant (epoch ms), and why. */
export interface Hold {
  readonly until: number;
  readonly reason: string;
}

/** What a look at the clock found. */
export interface ClockMove {
  readonly reason: string;
  /** Set when ticks after this instant (epoch ms) have not come yet, whatever was decided of them. */
  readonly rewindTo: number | null;
}

/** Clocks are corrected by less than this all the time. */
const backToleranceMs = 1_000;
/** Longer than a busy server is ever late with a look. */
const gapMs = 3 * lookEveryMs;
/** From here on a move is not believed at once. */
const leapMs = 24 * 60 * 60 * 1000;
/** A clock that moved so far is believed when it has stood for this long. */
const holdMs = 10 * 60_000;
/** A server that was down for longer was more likely started with a wrong clock. */
const longestDowntimeMs = 366 * leapMs;
const serverDown = 'the server was down';

/** Follows the clock from look to look. */
export class ScheduleTime {
  #lookedAt: number;
  #away: Away | null = null;
  /** After a leap forward: what becomes an absence once it is believed. */
  #ahead: { readonly away: Away; readonly hold: Hold } | null = null;
  /** After a step back by more than a day. */
  #back: { readonly from: number; readonly to: number; readonly hold: Hold } | null = null;
  #first: ClockMove | undefined;

  /** `seenAt` (epoch ms): until when a server was up, by a clock that was believed; undefined when none ever was. */
  constructor({ now, seenAt }: { readonly now: number; readonly seenAt: number | undefined }) {
    this.#lookedAt = now;
    if (seenAt === undefined) return;
    this.#away = away(serverDown, seenAt, now);
    if (now - seenAt > longestDowntimeMs) this.#first = this.#leap(seenAt, now);
    else if (now < seenAt) this.#first = this.#goBack(seenAt, now);
  }

  /** Takes a look at the clock; tells what happened to it, if anything did. */
  look(now: number): ClockMove | undefined {
    const first = this.#first;
    this.#first = undefined;
    const from = this.#lookedAt;
    this.#lookedAt = now;
    return first ?? this.#judgeBack(now) ?? this.#judgeMove(from, now);
  }

  /** What time it is for schedules. It stands still after a leap that is not believed. */
  at(now: number): number {
    return this.#ahead ? Math.min(now, this.#ahead.away.from) : now;
  }

  /** The absence that a tick (epoch ms) fell into; null when it is live. */
  absenceOf(tickAt: number): Away | null {
    return this.#away && tickAt < this.#away.until ? this.#away : null;
  }

  /** Set while the clock is not believed. */
  get hold(): Hold | null {
    return this.#ahead?.hold ?? this.#back?.hold ?? null;
  }

  /** Why nobody looked before this server started; null when it is the first. */
  get awayReason(): string | null {
    return this.#away?.reason ?? null;
  }

  /** A clock that was set back far: it is right again, or is believed when it has stood. */
  #judgeBack(now: number): ClockMove | undefined {
    const back = this.#back;
    if (!back) return undefined;
    if (now >= back.from - leapMs) {
      this.#back = null;
      this.#lookedAt = now;
      return { reason: `the clock is right again at ${instant(now)}`, rewindTo: now < back.from ? now : null };
    }
    if (now < back.hold.until) return undefined;
    this.#back = null;
    return {
      reason: `the clock stays at ${instant(now)}: ticks from ${instant(back.to)} on are to come`,
      rewindTo: back.to,
    };
  }

  #judgeMove(from: number, now: number): ClockMove | undefined {
    const moved = now - from;
    if (moved > leapMs) return this.#leap(from, now);
    // While a leap is not believed nothing is decided by it; only what was put in force meanwhile has to come back.
    const nothingDecided = this.#ahead !== null;
    if (this.#ahead) this.#judgeLeap(this.#ahead, now);
    if (moved < -backToleranceMs)
      return nothingDecided ? { ...setBack(from, now), rewindTo: now } : this.#goBack(from, now);
    return moved > gapMs ? this.#stayAway(from, now) : undefined;
  }

  /** A clock that leapt is right again when it is back where it leapt from; it is believed when it has stood. */
  #judgeLeap({ away: leapt, hold }: { readonly away: Away; readonly hold: Hold }, now: number): void {
    if (now - leapt.from <= leapMs) {
      this.#ahead = null;
      // It was there at the start already: the server was down until the clock was right.
      if (this.#away && this.#away.until > now) this.#away = away(serverDown, leapt.from, now);
    } else if (now < leapt.until) this.#leap(leapt.from, now);
    else if (now >= hold.until) {
      this.#away = leapt;
      this.#ahead = null;
    }
  }

  #goBack(from: number, to: number): ClockMove {
    const { reason } = setBack(from, to);
    if (this.#away && this.#away.until > to) this.#away = null;
    if (from - to <= leapMs) return { reason, rewindTo: to };
    const until = to + holdMs;
    const doubt = `${reason}; in case it is wrong, what is decided of later ticks stays so until ${instant(until)}`;
    this.#back = { from, to, hold: { until, reason: doubt } };
    return { reason: doubt, rewindTo: null };
  }

  #stayAway(from: number, to: number): ClockMove {
    this.#away = away('the machine slept or its clock was set forward', from, to);
    return { reason: this.#away.reason, rewindTo: null };
  }

  #leap(from: number, to: number): ClockMove {
    const until = to + holdMs;
    const reason = `the clock went forward from ${instant(from)} to ${instant(to)}; in case it is wrong, no tick fires before ${instant(until)}`;
    // A second leap while the first is not believed: schedules stand where they stood.
    const standsAt = this.#ahead?.away.from ?? from;
    this.#ahead = { away: away('the clock was set forward', standsAt, to), hold: { until, reason } };
    return { reason, rewindTo: null };
  }
}

function setBack(from: number, to: number): ClockMove {
  return { reason: `the clock was set back from ${instant(from)} to ${instant(to)}`, rewindTo: null };
}

function away(what: string, from: number, until: number): Away {
  const span = from < until ? `from ${instant(from)} to ${instant(until)}` : `until ${instant(until)}`;
  return { from, until, reason: `${what} ${span}` };
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
