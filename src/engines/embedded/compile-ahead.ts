import type { Run } from '../../core/run.ts';
import type { PostStatement, Statement } from '../../warehouses/warehouse.ts';

/** A run's statements, ready for its warehouse. */
export interface CompiledStatements {
  readonly statements: readonly Statement[];
  readonly postStatements: readonly PostStatement[];
}

interface Ahead {
  readonly run: Run;
  readonly compiled: Promise<CompiledStatements>;
  /** What came of it, once it is there. */
  ready: CompiledStatements | undefined;
}

/** Backfills for which a compilation is kept; one that ends early leaves its last one behind. */
const kept = 32;

/**
 * Compiles the next date of a backfill while the present one is executed, so that it need not be waited for. A run's
 * revision and parameters never change, so the result is what a compilation at the claim would give.
 */
export class CompileAhead {
  readonly #compile: (run: Run) => Promise<CompiledStatements>;
  readonly #ahead = new Map<string, Ahead>();

  constructor(compile: (run: Run) => Promise<CompiledStatements>) {
    this.#compile = compile;
  }

  /** Compiles a run, or takes what was compiled ahead for it. @throws DLI-815 */
  take(run: Run): Promise<CompiledStatements> {
    const ahead = this.#ahead.get(run.backfillId ?? '');
    if (ahead?.run.runUid !== run.runUid) return this.#compile(run);
    this.#ahead.delete(run.backfillId ?? '');
    return ahead.compiled;
  }

  /** Tells which run of a backfill was compiled ahead and with what result, if it is there; `take` still gives it. */
  ready(backfillId: string): { readonly run: Run; readonly compiled: CompiledStatements } | undefined {
    const ahead = this.#ahead.get(backfillId);
    return ahead?.ready && { run: ahead.run, compiled: ahead.ready };
  }

  /** Forgets what was compiled ahead for a run. */
  drop({ backfillId, runUid }: Run): void {
    if (this.#ahead.get(backfillId ?? '')?.run.runUid === runUid) this.#ahead.delete(backfillId ?? '');
  }

  /** Begins to compile the run of a backfill that comes next, and calls `onReady` when that is done. */
  begin(run: Run, onReady: () => void): void {
    if (run.backfillId === null || this.#ahead.get(run.backfillId)?.run.runUid === run.runUid) return;
    const ahead: Ahead = { run, compiled: this.#compile(run), ready: undefined };
    const note = (compiled: CompiledStatements) => {
      ahead.ready = compiled;
      onReady();
    };
    // What failed ahead of time is compiled again when it is claimed: it may have been the compiler's trouble.
    ahead.compiled.then(note, () => this.drop(run));
    this.#ahead.delete(run.backfillId);
    this.#ahead.set(run.backfillId, ahead);
    const [oldest] = this.#ahead.keys();
    if (this.#ahead.size > kept && oldest !== undefined) this.#ahead.delete(oldest);
  }
}
