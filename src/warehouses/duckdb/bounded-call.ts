import type { ChildProcess } from '../../child/child-process.ts';
import { DliError } from '../../contract/errors.ts';
import type { CancelInput } from './child-protocol.ts';

/** A call that only looks, and what bounds it. */
export interface BoundedCall {
  readonly id: number;
  readonly method: string;
  readonly input: object;
  readonly warehouse: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Calls the warehouse process and gives up when `signal` aborts or the deadline is over: the caller goes on at once, and the
 * process interrupts what it does.
 *
 * @throws DLI-816 when it was given up
 */
export async function callBounded<Result>(
  child: ChildProcess,
  { id, method, input, warehouse, deadlineMs, signal }: BoundedCall,
): Promise<Result> {
  const given = Promise.withResolvers<never>();
  const giveUp = (why: string) => {
    child.tell('cancel', { id, reason: 'stop' } satisfies CancelInput);
    given.reject(
      new DliError('DLI-816', `Warehouse ${warehouse}: ${why}`, {
        hints: ['A view runs its whole query when it is read; a table answers at once.'],
      }),
    );
  };
  const abandon = () => giveUp('the call was given up');
  const timer = setTimeout(() => giveUp(`no answer within ${deadlineMs / 1_000} s`), deadlineMs);
  try {
    const answer = child.call<Result>(method, { ...input, id });
    signal?.addEventListener('abort', abandon, { once: true });
    if (signal?.aborted) abandon();
    return await Promise.race([answer, given.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abandon);
  }
}
