import { main } from '../../src/cli/main.ts';

/** How a command is run in a test; everything has a quiet default. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly isTty?: boolean;
  readonly columns?: number;
  readonly timeZone?: string;
  readonly signal?: AbortSignal;
  /** @default a fixed moment of 2024 */
  readonly now?: Date;
  /** How waiting passes. @default it never does */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called with everything that has been written to stdout and stderr so far, whenever something is. */
  readonly onOutput?: (output: string) => void;
}

/** What a command did. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits as long as nobody gives up. */
export function untilAborted(_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

const stackFrame = /^\s+at .+[:(]\d+/m;

/** Runs `dli` with these arguments in this process. @throws when a stack trace is printed */
export async function dli(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  const onOutput = () => options.onOutput?.(stdout + stderr);
  const exitCode = await main(argv, {
    stdout: {
      write: (text) => {
        stdout += text;
        onOutput();
      },
    },
    stderr: {
      write: (text) => {
        stderr += text;
        onOutput();
      },
    },
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    isTty: options.isTty ?? false,
    columns: options.columns,
    signal: options.signal ?? new AbortController().signal,
    timeZone: options.timeZone ?? 'UTC',
    now: () => options.now ?? new Date('2024-01-15T09:30:45Z'),
    pause: options.pause ?? untilAborted,
    userName: () => 'tester',
  });
  if (stackFrame.test(stdout + stderr)) throw new TypeError(`a stack trace was printed:\n${stdout}${stderr}`);
  return { exitCode, stdout, stderr };
}
