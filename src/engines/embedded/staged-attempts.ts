import type { Run } from '../../core/run.ts';
import type {
  AttemptObserver,
  AttemptOutcome,
  AttemptWork,
  CancelReason,
  Warehouse,
} from '../../warehouses/warehouse.ts';

/** An attempt that was begun before its run was claimed. It waits before its commit for whoever takes it. */
interface StagedAttempt {
  readonly runUid: string;
  /** The run that it follows. */
  readonly after: string;
  readonly ended: Promise<AttemptOutcome>;
  readonly controller: AbortController;
  readonly permitCommit: () => void;
  /** Log lines until the attempt is taken, then whoever took it. */
  readonly audience: { lines: readonly string[]; observer: AttemptObserver | undefined };
}

/**
 * The next date of a backfill, which the warehouse begins by itself when the date before it has succeeded, while that one's
 * end and its own claim are being stored. Nothing of it can be committed before `adopt`, which follows the claim: a crash in between leaves a transaction
 * that was never committed. If something else is claimed instead, it is rolled back before that starts.
 */
export class StagedAttempts {
  readonly #staged = new Map<string, StagedAttempt>();
  /** Rollbacks under way, by dataset. */
  readonly #leaving = new Map<string, Promise<void>>();

  /** Begins a run's attempt, as if it had been claimed, when the one of the run `after` has succeeded. */
  begin(
    run: Run,
    { work, warehouse, after }: { readonly work: AttemptWork; readonly warehouse: Warehouse; readonly after: string },
  ): void {
    if (this.#staged.has(run.dataset) || this.#leaving.has(run.dataset)) return;
    const controller = new AbortController();
    const permit = Promise.withResolvers<void>();
    const audience: StagedAttempt['audience'] = { lines: [], observer: undefined };
    const observer: AttemptObserver = {
      log: (line) => {
        if (audience.observer) audience.observer.log(line);
        else audience.lines = [...audience.lines, line];
      },
      published: () => audience.observer?.published(),
      postDone: (nextIndex) => audience.observer?.postDone(nextIndex),
    };
    const { signal } = controller;
    const ended = warehouse.execute(work, { observer, signal, mayCommit: permit.promise, after });
    const { resolve: permitCommit } = permit;
    this.#staged.set(run.dataset, { runUid: run.runUid, after, ended, controller, permitCommit, audience });
  }

  /**
   * Takes the attempt that was begun for a claimed run, if there is one. Call it as soon as the claim is stored.
   *
   * @returns the attempt, or a promise that resolves when nothing that was begun for the run's dataset is left
   */
  take(run: Run): StagedAttempt | Promise<void> {
    const staged = this.#staged.get(run.dataset);
    if (staged?.runUid !== run.runUid) {
      this.#drop(run.dataset);
      return this.#leaving.get(run.dataset) ?? Promise.resolve();
    }
    this.#staged.delete(run.dataset);
    return staged;
  }

  /** Rolls back what was begun to follow a run and was not taken. */
  dropAfter({ dataset, runUid }: Run): void {
    if (this.#staged.get(dataset)?.after === runUid) this.#drop(dataset);
  }

  #drop(dataset: string): void {
    const staged = this.#staged.get(dataset);
    if (!staged) return;
    this.#staged.delete(dataset);
    const left = cancel(staged).finally(() => this.#leaving.delete(dataset));
    this.#leaving.set(dataset, left);
  }
}

/** Lets a taken attempt commit and follows it to its end. */
export function adopt(
  { ended, controller, permitCommit, audience }: StagedAttempt,
  { observer, signal }: { readonly observer: AttemptObserver; readonly signal: AbortSignal },
): Promise<AttemptOutcome> {
  for (const line of audience.lines) observer.log(line);
  audience.observer = observer;
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  permitCommit();
  return ended.finally(() => signal.removeEventListener('abort', abort));
}

async function cancel({ controller, ended }: StagedAttempt): Promise<void> {
  controller.abort('shutdown' satisfies CancelReason);
  // An attempt's every end is a value, and this one's end is nobody's.
  await ended;
}
