import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

/** As `nice` counts: of a core that both want, the server gets three times as much as this process. */
export const niceness = 5;

/**
 * Lets the server go first: it has to answer, to fire ticks and to store ends while queries keep every core busy. Nothing is
 * slower where a core is idle. Call it before threads are made that others wait for: each takes after the one that makes it.
 */
export function makeWayForServer(): void {
  for (const thread of threadIds()) yieldIn(thread);
}

function yieldIn(thread: number): void {
  try {
    setPriority(thread, niceness);
  } catch {
    // The thread has ended meanwhile, or the system does not let it: that costs speed and nothing else.
    return;
  }
}

/** On Linux each thread has a priority of its own, and goes by an id; elsewhere 0 stands for the whole process. */
function threadIds(): readonly number[] {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0];
}
