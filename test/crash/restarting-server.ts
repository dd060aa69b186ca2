import { setTimeout as pause } from 'node:timers/promises';
import type { BasecampClient } from '../../src/client/basecamp-client.ts';
import { DliError } from '../../src/contract/errors.ts';
import { childPidOf } from './child-pids.ts';
import type { Sandbox, ServerProcess } from './sandbox.ts';

/** A server that is killed again and again and started again on the same data folder. */
export class RestartingServer {
  readonly #sandbox: Sandbox;
  #current: Promise<ServerProcess>;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.#current = sandbox.startServer();
  }

  /** The server that runs now, or the next one once it is ready. */
  current(): Promise<ServerProcess> {
    return this.#current;
  }

  /** Asks until an answer comes: when the server was killed meanwhile, its successor is asked the same. */
  async insist<Answer>(ask: (client: BasecampClient) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const server = await this.#current;
      try {
        return await ask(server.client);
      } catch (error) {
        const isGone = error instanceof DliError && error.code === 'DLI-501';
        if (!isGone || (await this.#current) === server) throw error;
      }
    }
  }

  /**
   * SIGKILLs the server and starts the next one. `atBirth` is awaited after each start, and when it says so the newborn is
   * killed before it is ready.
   */
  async killServer(atBirth: () => Promise<boolean>): Promise<void> {
    const old = await this.#current;
    const next = Promise.withResolvers<ServerProcess>();
    next.promise.catch(() => undefined);
    this.#current = next.promise;
    try {
      await this.#sandbox.kill(old);
      let newborn = this.#sandbox.startingServer();
      while (await atBirth()) {
        await this.#sandbox.kill(newborn);
        newborn = this.#sandbox.startingServer();
      }
      next.resolve(await this.#sandbox.ready(newborn));
    } catch (error) {
      next.reject(error);
    }
    await next.promise;
  }

  /** The machine sleeps: the server stands still for `ms`, and time goes on. It may be killed meanwhile. */
  async freeze(ms: number): Promise<void> {
    const { pid, ended } = await this.#current;
    signalIfThere(pid, 'SIGSTOP');
    const isGone = await Promise.race([ended.then(() => true), pause(ms, false)]);
    if (!isGone) signalIfThere(pid, 'SIGCONT');
  }

  /** SIGKILLs a child of the server. Tells whether there was one. */
  async killChild(child: 'warehouse' | 'compiler'): Promise<boolean> {
    const { pid } = await this.#current;
    const victim = await childPidOf(pid, child);
    if (victim === undefined) return false;
    process.kill(victim, 'SIGKILL');
    return true;
  }
}

/** Signals a process of ours that may have died a moment ago. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
