import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DemoFault } from './demo-fault.ts';
import { dliFile, exampleFolder } from './places.ts';
import { printCommand } from './terminal.ts';

/** Prints `$ dli …` and runs it with this terminal as its own. @throws DemoFault when it ends with another exit code than `exitCode` */
export type Dli = (argv: readonly string[], options?: { readonly exitCode?: number }) => Promise<void>;

/**
 * Makes a function that shows and runs `dli` commands against the server at `url`; aborting `signal` interrupts the command.
 *
 * @default folder the example's
 */
export function createDli(
  url: string,
  { signal, folder = exampleFolder }: { readonly signal: AbortSignal; readonly folder?: string },
): Dli {
  return async (argv, { exitCode: expected = 0 } = {}) => {
    signal.throwIfAborted();
    printCommand(['dli', ...argv]);
    const child = spawn(process.execPath, [dliFile, ...argv], {
      cwd: folder,
      env: { ...process.env, DLI_SERVER_URL: url },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const interrupt = () => child.kill('SIGTERM');
    signal.addEventListener('abort', interrupt);
    const [exitCode] = await once(child, 'exit');
    signal.removeEventListener('abort', interrupt);
    signal.throwIfAborted();
    if (exitCode !== expected) throw new DemoFault(`dli ended with exit code ${exitCode} instead of ${expected}`);
  };
}
