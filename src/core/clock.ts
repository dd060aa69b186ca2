/** A timer that was set; cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as a port, so that tests decide what time it is and no test waits for it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once, at `atMs` or as soon after it as possible. It follows the clock when that is set. */
  at(atMs: number, action: () => void): Timer;
  /** Calls `action` once, when `delayMs` milliseconds have really passed, whatever the clock says then. */
  after(delayMs: number, action: () => void): Timer;
}
