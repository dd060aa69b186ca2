import type { Clock, Timer } from '../../core/clock.ts';

/** So many runs that one commit has accepted are a burst. */
const many = 16;
const restMs = 50;
/** Places are empty for most of a rest, so a load that lasts gets none after this long: what waits would grow without end. */
const longestMs = 1_000;

/**
 * Paces claims while runs are triggered in a burst. To claim a run, follow its attempt and store its end takes the server's
 * thread from the triggers that are not accepted yet: of 50 clients, 13 % more a second were accepted with a rest of 50 ms after
 * each round of claims (measured over several seconds, before rests had a bound). A second at most a run starts later; outside
 * of a burst none does.
 *
 * States: quiet → burst, when a commit has accepted many → resting, when claims were made at once → quiet, when the rest is over.
 * Bursts are one for as long as no second lies between them.
 */
export class Burst {
  readonly #clock: Pick<Clock, 'after' | 'now'>;
  readonly #onRested: () => void;
  #commit = -1;
  #accepted = 0;
  #isOn = false;
  #beganAt = Number.NEGATIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;
  #rest: Timer | undefined;

  /** `onRested` is called when claims may be made again. */
  constructor(clock: Pick<Clock, 'after' | 'now'>, onRested: () => void) {
    this.#clock = clock;
    this.#onRested = onRested;
  }

  /** Whether nothing is claimed for now. */
  get isResting(): boolean {
    return this.#rest !== undefined;
  }

  /** Takes note of a run that the commit of this number has accepted. */
  noteAccepted(commit: number): void {
    this.#accepted = commit === this.#commit ? this.#accepted + 1 : 1;
    this.#commit = commit;
    if (this.#accepted < many) return;
    const now = this.#clock.now();
    // Between a clock that was set back and what it said before lies any time.
    if (now < this.#lastAt || now - this.#lastAt > longestMs) this.#beganAt = now;
    this.#lastAt = now;
    this.#isOn = true;
  }

  /** Takes note of claims that are made: in a burst they are followed by a rest. */
  noteClaimed(): void {
    if (!this.#isOn || this.#rest) return;
    this.#isOn = false;
    const now = this.#clock.now();
    if (now - this.#lastAt > restMs || now - this.#beganAt >= longestMs) return;
    this.#rest = this.#clock.after(restMs, () => {
      this.#rest = undefined;
      this.#onRested();
    });
  }

  /** Ends a rest, and calls nobody. */
  close(): void {
    this.#rest?.cancel();
    this.#rest = undefined;
  }
}
