import type { Clock } from '../core/clock.ts';

/** setTimeout fires at once for delays beyond 2^31 - 1 ms. */
const longestTimeoutMs = 2 ** 31 - 1;

/** The machine's clock. Its timers do not keep the process alive. */
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
};
