import { DliError } from '../contract/errors.ts';
import type { CommandContext } from './context.ts';
import { commandLine } from './render/command-line.ts';

const interrupted = 130;

/**
 * Waits for something on the server with `wait`. Ctrl-C ends only the waiting: the work goes on, and the way to stop it is
 * printed. When the server goes away, the error tells how to look again later.
 *
 * @throws DLI-501 when the server is gone
 */
export async function waitForEnd<State>(
  { io, paint }: CommandContext,
  {
    what,
    stop,
    look,
    wait,
  }: {
    readonly what: string;
    readonly stop: readonly string[];
    readonly look: readonly string[];
    readonly wait: (signal: AbortSignal) => Promise<State>;
  },
): Promise<{ readonly state: State } | { readonly exitCode: number }> {
  try {
    return { state: await wait(io.signal) };
  } catch (error) {
    if (io.signal.aborted) {
      io.stderr.write(`\n${paint.magenta('Interrupted')}: the ${what} goes on. Stop it with: ${commandLine(stop)}\n`);
      return { exitCode: interrupted };
    }
    if (!(error instanceof DliError) || error.code !== 'DLI-501') throw error;
    throw new DliError(error.code, error.message, {
      hints: [
        `The server went away while waiting; the ${what} goes on when it is back. Look again with: ${commandLine(look)}`,
        ...error.hints,
      ],
      cause: error,
    });
  }
}
