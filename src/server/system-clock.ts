import type { Clock } from '../core/clock.ts';

/** A timer counts time that has really passed, so the clock is read again this often: it may have been set meanwhile. */
const longestTimeoutMs = 20_000;

/** The machine's clock. Its timers follow it when it is set, within 20 seconds, and do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(atMs, action) {
    let timeout: NodeJS.Timeout;
    const arm = () => {
      const left = atMs - Date.now();
      timeout = setTimeout(
        left > longestTimeoutMs ? arm : action,
        Math.min(Math.max(left, 0), longestTimeoutMs),
      ).unref();
    };
    arm();
    return { cancel: () => clearTimeout(timeout) };
  },
  after(delayMs, action) {
    const timeout = setTimeout(action, delayMs).unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};
