/**
 * Compiles in a child process. A template can burn time and memory and the SQL engine holds 300 MB, so neither ever runs in
 * the server. One call is in the child at a time: when it is over its deadline or takes the process down, that call is the
 * culprit, and the waiting ones go on in a new process.
 */

import { ChildLostError, ChildProcess } from '../child/child-process.ts';
import { childEntry } from '../child/entry.ts';
import { DliError } from '../contract/errors.ts';
import { isCulprit } from '../core/retry.ts';
import type { CheckInput, SpecCheck } from '../spec/check.ts';
import type { CompiledRun, CompileInput } from '../spec/compile.ts';
import type { CompareInput, SqlVerdict } from '../spec/sql-comparison.ts';
import type { ChildState } from './child-state.ts';

/**
 * The `cause` of a DLI-815 that says that a template did not finish or took its process down. A busy machine does that too, so
 * trying again could help.
 */
export class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError';
}

/** Checks specs and compiles runs. */
export interface Compiler {
  /** Checks a spec. @throws DLI-815 as `checkSpec` does, and when the template does not finish; DLI-816 when its process is ended from outside again and again. */
  readonly check: (input: CheckInput) => Promise<SpecCheck>;
  /** Compiles a run. @throws DLI-815 as `compileRun` does, and when the template does not finish; DLI-816 as `check`. */
  readonly compile: (input: CompileInput) => Promise<CompiledRun>;
  /** Compares the SQL of two specs, as `compareSql` does, by statement. @throws DLI-815 when a template does not finish; DLI-816 as `check`. */
  readonly compare: (input: CompareInput) => Promise<Readonly<Record<string, SqlVerdict>>>;
  /** Ends the child; calls under way are rejected. */
  readonly close: () => Promise<void>;
}

/** Bounds of the child process. */
export interface CompilerOptions {
  /** Longest that one call may take. @default 5000 */
  readonly deadlineMs?: number;
  /** Resident memory after a call above which the process is replaced; it has 150 MB when in use. @default 400 MiB */
  readonly recycleBytes?: number;
  /** Without a call for this long, the process ends. @default 60000 */
  readonly idleMs?: number;
}

interface Call {
  readonly method: 'check' | 'compile' | 'compare';
  readonly input: CheckInput | CompileInput | CompareInput;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const entry = childEntry(import.meta.url, { source: './compiler-child.ts', built: './compiler-child.js' });

/** Creates a compiler. Its process starts at the first call. */
export function createCompiler(options: CompilerOptions = {}): Compiler {
  const queue = new CompilerQueue(options);
  return {
    check: (input) => queue.add('check', input) as Promise<SpecCheck>, // the child's handler of that name returns it
    compile: (input) => queue.add('compile', input) as Promise<CompiledRun>, // the child's handler of that name returns it
    // The child's handler of that name returns it.
    compare: (input) => queue.add('compare', input) as Promise<Readonly<Record<string, SqlVerdict>>>,
    close: () => queue.close(),
  };
}

class CompilerQueue {
  readonly #deadlineMs: number;
  readonly #recycleBytes: number;
  readonly #idleMs: number;
  readonly #waiting: Call[] = [];
  #child: ChildProcess | undefined;
  #sqlLoaded = false;
  #working = false;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;

  constructor({ deadlineMs = 5_000, recycleBytes = 400 * 1_048_576, idleMs = 60_000 }: CompilerOptions) {
    this.#deadlineMs = deadlineMs;
    this.#recycleBytes = recycleBytes;
    this.#idleMs = idleMs;
  }

  add(method: Call['method'], input: Call['input']): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ method, input, resolve, reject });
      void this.#work();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#replace();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    clearTimeout(this.#idle);
    for (let call = this.#waiting.shift(); call; call = this.#waiting.shift()) {
      await this.#answer(call).then(call.resolve, call.reject);
    }
    this.#working = false;
    // The process is given back when nobody needs it; a timer alone must not keep the server alive.
    this.#idle = setTimeout(() => void this.#replace(), this.#idleMs).unref();
  }

  async #answer(call: Call): Promise<unknown> {
    for (let deaths = 1; ; deaths += 1) {
      try {
        return await this.#send(call);
      } catch (error) {
        if (!(error instanceof ChildLostError) || this.#closed) throw error;
        // It may have been ended from outside, so one death does not make this call the culprit.
        if (isCulprit(deaths)) throw this.#lost(call, error);
      }
    }
  }

  #lost(call: Call, cause: ChildLostError): DliError {
    if (!cause.exit.fromOutside) {
      return this.#unfinished(call, 'took its process down three times, most likely by its use of memory', cause);
    }
    const { description } = cause.exit;
    const { name } = call.input.spec;
    return new DliError(
      'DLI-816',
      `SQL of ${name}: the compiler's process was ended from outside three times (${description})`,
      {
        cause,
        hints: [
          "Look for who ended it: the system does so for want of memory, and its own log then names the process 'node'",
        ],
      },
    );
  }

  async #send(call: Call): Promise<unknown> {
    const child = await this.#start(call.input);
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      deadline.reject(this.#unfinished(call, `did not finish within ${this.#deadlineMs / 1_000} s`));
    }, this.#deadlineMs);
    let state: ChildState | undefined;
    const answer = child.call(call.method, call.input, (notice: ChildState) => {
      state = notice;
    });
    try {
      return await Promise.race([answer, deadline.promise]);
    } finally {
      clearTimeout(timer);
      answer.catch(() => undefined);
      if (!state || state.crashed || state.residentBytes > this.#recycleBytes) await this.#replace();
    }
  }

  /** Starts the process unless it runs, and loads what the call needs, which does not count for its deadline. */
  async #start({ spec, warehouseDialect }: Call['input']): Promise<ChildProcess> {
    if (this.#closed)
      throw new ChildLostError({ description: 'the compiler is closed', stderr: '', fromOutside: false });
    const sql = spec.execution.dialect !== null && spec.execution.dialect !== warehouseDialect;
    if (!this.#child?.isRunning) {
      this.#child = new ChildProcess(entry);
      this.#sqlLoaded = false;
      await this.#child.call('load', { sql });
    } else if (sql && !this.#sqlLoaded) await this.#child.call('load', { sql });
    this.#sqlLoaded ||= sql;
    return this.#child;
  }

  async #replace(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.kill();
  }

  #unfinished({ input }: Call, what: string, cause?: ChildLostError): DliError {
    const { name, query } = input.spec;
    return new DliError('DLI-815', `SQL of ${name}: the template ${what}`, {
      problems: [{ file: query.origin.file, message: `The template ${what}` }],
      hints: ['Make its loops and texts smaller.'],
      cause: new UnfinishedError(`the template ${what}`, { cause }),
    });
  }
}
