import type { Clock, Timer } from '../../src/core/clock.ts';

interface Alarm {
  readonly atMs: number;
  readonly action: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #alarms: Alarm[] = [];

  constructor(now = Date.UTC(2024, 0, 15, 9, 30, 45)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  at(atMs: number, action: () => void): Timer {
    const alarm = { atMs, action };
    this.#alarms.push(alarm);
    return {
      cancel: () => {
        this.#alarms = this.#alarms.filter((one) => one !== alarm);
      },
    };
  }

  /** Moves on and fires what is due, in its order, each at its own time. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#alarms.filter(({ atMs }) => atMs <= until).sort((left, right) => left.atMs - right.atMs)[0];
      if (!next) break;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.atMs);
      next.action();
    }
    this.#now = until;
  }

  /** Sets the clock without firing anything: somebody changed the machine's time. */
  jumpTo(ms: number): void {
    this.#now = ms;
  }
}
