import { fork, type ChildProcess as NodeChild } from 'node:child_process';
import { DliError, isErrorCode } from '../contract/errors.ts';
import type { CallMessage, ChildMessage, WireError } from './messages.ts';

/** How a child ended, in words for people: "exit code 1", "signal SIGKILL", and the last lines that it wrote to stderr. */
export interface ChildExit {
  readonly description: string;
  readonly stderr: string;
  /** It was told to end by a signal that no program gives itself: by somebody, or by the system for want of memory. */
  readonly fromOutside: boolean;
}

/** The child died before it answered. */
export class ChildLostError extends Error {
  override readonly name = 'ChildLostError';
  readonly exit: ChildExit;

  constructor(exit: ChildExit) {
    super(`process ended (${exit.description})`);
    this.exit = exit;
  }
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onNotice: ((notice: never) => void) | undefined;
}

const stderrKept = 4_000;
const outsideSignals: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

/**
 * A child process that answers calls (`serve.ts` is its side). States: running → ended; a call that is under way when it
 * ends, and every later one, is rejected with {@link ChildLostError}.
 */
export class ChildProcess {
  readonly #node: NodeChild;
  readonly #calls = new Map<number, PendingCall>();
  readonly #ended: Promise<ChildExit>;
  #exit: ChildExit | undefined;
  #outgoing: CallMessage[] = [];
  #stderr = '';
  #lastId = 0;

  /** Starts `entry` (a module) on this Node. `cwd` is the folder that relative paths in users' files refer to. */
  constructor(
    entry: URL,
    { cwd, env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ) {
    this.#node = fork(entry, [], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', ...env },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    this.#node.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrKept);
    });
    this.#node.on('message', (messages: readonly ChildMessage[]) => {
      for (const message of messages) this.#receive(message);
    });
    this.#ended = new Promise((resolve) => {
      const end = (description: string, signal: NodeJS.Signals | null = null) => {
        const fromOutside = signal !== null && outsideSignals.has(signal);
        this.#exit ??= { description, stderr: this.#stderr, fromOutside };
        for (const call of this.#calls.values()) call.reject(new ChildLostError(this.#exit));
        this.#calls.clear();
        resolve(this.#exit);
      };
      this.#node.on('error', (error) => {
        if (this.#node.pid === undefined) end(error.message);
      });
      // 'close' comes after 'exit' and after the last of stderr.
      this.#node.on('close', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`, signal));
    });
  }

  get pid(): number | undefined {
    return this.#node.pid;
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** Resolves when the process is gone. */
  get ended(): Promise<ChildExit> {
    return this.#ended;
  }

  /** Calls `method` in the child, with `input` as it is when the caller's turn is over. @throws ChildLostError when it dies first, or the error that the child threw. */
  call<Result>(method: string, input: unknown, onNotice?: (notice: never) => void): Promise<Result> {
    if (this.#exit) return Promise.reject(new ChildLostError(this.#exit));
    const id = ++this.#lastId;
    return new Promise<Result>((resolve, reject) => {
      // The child's handlers and the callers share their types by module, so the copy has the shape that is named.
      this.#calls.set(id, { resolve: resolve as (value: unknown) => void, reject, onNotice });
      this.#queue({ id, method, input });
    });
  }

  /** Tells the child something that it does not answer. A child that has ended is told nothing, nor is what cannot be cloned. */
  tell(method: string, input: unknown): void {
    if (!this.#exit) this.#queue({ id: null, method, input });
  }

  /** Ends the process now and waits until the system has freed its locks. */
  async kill(): Promise<void> {
    this.#node.kill('SIGKILL');
    await this.#ended;
  }

  /** A message costs more than what is in it, so what is said in one go travels together. */
  #queue(message: CallMessage): void {
    if (this.#outgoing.push(message) === 1) process.nextTick(() => this.#send(this.#outgoing.splice(0)));
  }

  #send(messages: readonly CallMessage[]): void {
    try {
      // Failures but for the one below mean that the child is going: 'close' follows and rejects the calls.
      this.#node.send([...messages], () => undefined);
    } catch (error) {
      // An input that cannot be cloned: its call alone is refused.
      if (messages.length > 1) for (const message of messages) this.#send([message]);
      else for (const { id } of messages) if (id !== null) this.#take(id)?.reject(error);
    }
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  #receive(message: ChildMessage): void {
    if (message.kind === 'notice') this.#calls.get(message.id)?.onNotice?.(message.notice as never);
    else if (message.kind === 'result') this.#take(message.id)?.resolve(message.value);
    else this.#take(message.id)?.reject(fromWire(message.error));
  }
}

function fromWire({ message, stack, code, hints, problems }: WireError): Error {
  if (isErrorCode(code)) return new DliError(code, message, { hints, problems });
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
