import type { Clock } from '../../src/core/clock.ts';

/*
 * A clock for schedules that no test can wait for: since a given moment, real time counts many times. It takes the place of
 * `src/server/system-clock.ts` in the package that `fast-clock-package.ts` makes. It goes by the machine's clock, so time
 * passes at the same rate while no server runs, and every server of a data folder has the same time.
 */

/** The variable that says when time began to run fast, and how fast: `<epoch ms>:<rate>`. */
export const fastClockVariable = 'DLI_FAST_CLOCK';

const [originMs = 0, rate = 1] = (process.env[fastClockVariable] ?? '0:1').split(':').map(Number);
const now = (): number => Math.round(originMs + (Date.now() - originMs) * rate);

function after(delayMs: number, action: () => void) {
  const timeout = setTimeout(action, Math.ceil(Math.max(0, delayMs) / rate)).unref();
  return { cancel: () => clearTimeout(timeout) };
}

/** The clock of a server under test. */
export const fastClock: Clock = { now, at: (atMs, action) => after(atMs - now(), action), after };
