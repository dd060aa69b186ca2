/**
 * Waits for `work`, or until `signal` aborts. A request that a signal should end may outlive it: fetch follows signals by
 * weak references, and the garbage collector can cut them.
 *
 * @throws the signal's reason when it is aborted first
 */
export function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const done = () => signal.removeEventListener('abort', stop);
    work.then(resolve, reject).then(done, done);
  });
}
