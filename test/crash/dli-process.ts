import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/* The real binary as a real process, so that it can be killed at any moment. `npm test` builds it first. */

/** How a process ended and what it had written. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `dli` that was started here. */
export interface DliProcess {
  readonly pid: number;
  readonly ended: Promise<ProcessEnd>;
  /** Resolves as soon as what was written so far matches. @throws when the process ends without it */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly signal: (name: NodeJS.Signals) => void;
}

/** What is started. */
export interface Program {
  /** The folder of the package. @default this one, or the one that DLI_CRASH_PACKAGE names: another build to try the tests on */
  readonly packageFolder?: string;
  /** More of the environment. @default none */
  readonly env?: Readonly<Record<string, string>>;
}

const ownPackage = process.env.DLI_CRASH_PACKAGE ?? fileURLToPath(new URL('../..', import.meta.url));

/** Starts `dli` with these arguments. `fileBlocks` limits the size of every file that it writes, in KiB. */
export function startDli(
  args: readonly string[],
  {
    cwd,
    fileBlocks,
    packageFolder = ownPackage,
    env = {},
  }: Program & { readonly cwd: string; readonly fileBlocks?: number | undefined },
): DliProcess {
  const command = [process.execPath, `${packageFolder}/bin/dli.js`, ...args];
  const limited = ['bash', '-c', `ulimit -S -f ${fileBlocks}; exec "$0" "$@"`, ...command];
  const [file = '', ...rest] = fileBlocks === undefined ? command : limited;
  const { PATH, HOME } = process.env;
  const child = spawn(file, rest, { cwd, env: { PATH, HOME, TZ: 'UTC', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...written }));
  });
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(written.stdout) ?? pattern.exec(written.stderr);
        if (!match) return;
        listeners.delete(look);
        resolve(match);
      };
      listeners.add(look);
      look();
      ended.then((end) => reject(new Error(`ended without ${pattern}: ${JSON.stringify(end)}`)), reject);
    });
  return { pid: child.pid ?? -1, ended, says, signal: (name) => void child.kill(name) };
}
