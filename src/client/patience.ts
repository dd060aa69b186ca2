import { DliError } from '../contract/errors.ts';
import { unreachable } from './answer-errors.ts';
import { pause } from './pause.ts';

const longestPauseMs = 5_000;

/**
 * Decides how long a lost server is waited for: the first attempt comes at once, the next ones after 0.1 s, 0.2 s, 0.4 s … 5 s,
 * each somewhat earlier or later so that many clients do not come back together.
 */
export class Patience {
  readonly #url: string;
  readonly #patienceMs: number;
  #attempts = 0;
  #pausedMs = 0;

  constructor({ url, patienceMs }: { readonly url: string; readonly patienceMs: number }) {
    this.#url = url;
    this.#patienceMs = patienceMs;
  }

  /** The server is there: the next loss is the first one again. */
  restore(): void {
    this.#attempts = 0;
    this.#pausedMs = 0;
  }

  /**
   * Waits until the server may be tried again after `error`.
   *
   * @throws `error` when trying again does not help, DLI-501 when the patience is used up, the signal's reason
   */
  async pause(error: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (error instanceof DliError && error.code !== 'DLI-501') throw error;
    if (this.#attempts > 0 && this.#pausedMs >= this.#patienceMs) {
      throw error instanceof DliError ? error : unreachable(this.#url, error);
    }
    const fullMs = this.#attempts === 0 ? 0 : Math.min(longestPauseMs, 50 * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#pausedMs += fullMs;
    if (fullMs > 0) await pause(fullMs * (0.75 + Math.random() / 2), signal);
  }
}
