import type { Run } from '../../core/run.ts';
import type { PostStatement, Statement } from '../../warehouses/warehouse.ts';

/** A run's statements, ready for its warehouse. */
export interface CompiledStatements {
  readonly statements: readonly Statement[];
  readonly postStatements: readonly PostStatement[];
}

/** Backfills for which a compilation is kept; one that ends early leaves its last one behind. */
const kept = 32;

/**
 * Compiles the next date of a backfill while the present one is executed, so that it need not be waited for. A run's
 * revision and parameters never change, so the result is what a compilation at the claim would give.
 */
export class CompileAhead {
  readonly #compile: (run: Run) => Promise<CompiledStatements>;
  readonly #ahead = new Map<string, { readonly runUid: string; readonly compiled: Promise<CompiledStatements> }>();

  constructor(compile: (run: Run) => Promise<CompiledStatements>) {
    this.#compile = compile;
  }

  /** Compiles a run, or takes what was compiled ahead for it. @throws DLI-815 */
  take(run: Run): Promise<CompiledStatements> {
    const ahead = this.#ahead.get(run.backfillId ?? '');
    if (ahead?.runUid !== run.runUid) return this.#compile(run);
    this.#ahead.delete(run.backfillId ?? '');
    return ahead.compiled;
  }

  /** Begins to compile the run of a backfill that comes next. */
  begin(run: Run): void {
    if (run.backfillId === null || this.#ahead.get(run.backfillId)?.runUid === run.runUid) return;
    const compiled = this.#compile(run);
    // Whoever takes it sees the error; if nobody does, it does not matter.
    compiled.catch(() => undefined);
    this.#ahead.delete(run.backfillId);
    this.#ahead.set(run.backfillId, { runUid: run.runUid, compiled });
    const [oldest] = this.#ahead.keys();
    if (this.#ahead.size > kept && oldest !== undefined) this.#ahead.delete(oldest);
  }
}
