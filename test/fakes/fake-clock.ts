import type { Clock, Timer } from '../../src/core/clock.ts';

interface Alarm {
  /** What is left until it fires, in ms that pass. */
  readonly left: () => number;
  readonly action: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  /** How much time has really passed. */
  #passed = 0;
  #alarms: Alarm[] = [];

  constructor(now = Date.UTC(2024, 0, 15, 9, 30, 45)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  at(atMs: number, action: () => void): Timer {
    return this.#add({ left: () => atMs - this.#now, action });
  }

  after(delayMs: number, action: () => void): Timer {
    const due = this.#passed + delayMs;
    return this.#add({ left: () => due - this.#passed, action });
  }

  /** Lets time pass and fires what is due, in its order, each at its own time. */
  advance(ms: number): void {
    let left = ms;
    for (;;) {
      const next = this.#alarms.reduce<Alarm | undefined>(
        (first, alarm) => (alarm.left() <= left && (!first || alarm.left() < first.left()) ? alarm : first),
        undefined,
      );
      if (!next) break;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      const wait = Math.max(0, next.left());
      this.#pass(wait);
      left -= wait;
      next.action();
    }
    this.#pass(left);
  }

  /** Sets the clock without firing anything: somebody changed the machine's time. */
  jumpTo(ms: number): void {
    this.#now = ms;
  }

  #pass(ms: number): void {
    this.#now += ms;
    this.#passed += ms;
  }

  #add(alarm: Alarm): Timer {
    this.#alarms.push(alarm);
    return {
      cancel: () => {
        this.#alarms = this.#alarms.filter((one) => one !== alarm);
      },
    };
  }
}
