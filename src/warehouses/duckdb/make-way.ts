import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** As `nice` counts: of a core that both want, the server gets nine times as much as this process. */
const step = 10;
/** The lowest priority that there is. */
const lowest = 19;

/** The priority of a process that goes after one of priority `priority`. */
export function nicer(priority: number): number {
  return Math.min(lowest, priority + step);
}

/**
 * Lets the server go first: it has to answer, to fire ticks and to store ends while queries keep every core busy. Nothing is
 * slower where a core is idle. Call it before threads are made that others wait for: each takes after the one that makes it.
 */
export function makeWayForServer(): void {
  // Its parent's, which it has inherited.
  const priority = nicer(getPriority());
  for (const thread of threadIds()) setOrLeave(thread, priority);
}

function setOrLeave(thread: number, priority: number): void {
  try {
    setPriority(thread, priority);
  } catch {
    // The thread has ended meanwhile, or the system does not let it: that costs speed and nothing else.
    return;
  }
}

/** On Linux each thread has a priority of its own, and goes by an id; elsewhere 0 stands for the whole process. */
function threadIds(): readonly number[] {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0];
}
