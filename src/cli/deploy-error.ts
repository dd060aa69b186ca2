import { UnansweredChange } from '../client/answer-errors.ts';
import { DliError } from '../contract/errors.ts';
import { commandLine } from './render/command-line.ts';

/** Says of a deploy whose answer did not come how to find out what became of it; every other error stays as it is. */
export function deployError(
  error: unknown,
  { url, again }: { readonly url: string; readonly again: readonly string[] },
): unknown {
  if (!(error instanceof DliError && error.cause instanceof UnansweredChange)) return error;
  const { idempotencyKey } = error.cause;
  return new DliError(error.code, 'The server went away before it answered: the deploy may or may not be in force', {
    hints: [
      `Tried ${url}. A deploy is in force as a whole or not at all; once the server is back:`,
      `to get its answer, or to have it done if it was not: ${commandLine([...again, '--idempotency-key', idempotencyKey])}`,
      `only to see whether it is in force ('Nothing to do'): ${commandLine([...again, '--dry-run'])}`,
    ],
    cause: error.cause,
  });
}
