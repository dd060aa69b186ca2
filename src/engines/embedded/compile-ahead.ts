import type { Run } from '../../core/run.ts';
import type { PostStatement, Statement } from '../../warehouses/warehouse.ts';

/** A run's statements, ready for its warehouse. */
export interface CompiledStatements {
  readonly statements: readonly Statement[];
  readonly postStatements: readonly PostStatement[];
}

interface Ahead {
  readonly compiled: Promise<CompiledStatements>;
  /** What came of it, once it is there. */
  ready: CompiledStatements | undefined;
}

/** Compilations that are kept, the newest: of each backfill at work two. One that ends early leaves its last ones behind. */
const kept = 128;

/**
 * Compiles the next dates of a backfill while the present one is executed, so that they need not be waited for. A run's
 * revision and parameters never change, so the result is what a compilation at the claim would give.
 */
export class CompileAhead {
  readonly #compile: (run: Run) => Promise<CompiledStatements>;
  /** By the run's uid. */
  readonly #ahead = new Map<string, Ahead>();

  constructor(compile: (run: Run) => Promise<CompiledStatements>) {
    this.#compile = compile;
  }

  /** Compiles a run, or takes what was compiled ahead for it. @throws DLI-815 */
  take(run: Run): Promise<CompiledStatements> {
    const ahead = this.#ahead.get(run.runUid);
    this.drop(run);
    return ahead?.compiled ?? this.#compile(run);
  }

  /** What was compiled ahead for a run, if it is there; `take` still gives it. */
  ready({ runUid }: Run): CompiledStatements | undefined {
    return this.#ahead.get(runUid)?.ready;
  }

  /** Forgets what was compiled ahead for a run. */
  drop({ runUid }: Run): void {
    this.#ahead.delete(runUid);
  }

  /** Begins to compile a run that comes soon, unless that was begun before. `onReady` is called when it is there, at once if it is. */
  begin(run: Run, onReady: () => void = () => undefined): void {
    const begun = this.#ahead.get(run.runUid);
    if (begun?.ready) onReady();
    // What failed ahead of time is compiled again when it is claimed: it may have been the compiler's trouble.
    else (begun ?? this.#begin(run)).compiled.then(onReady, () => undefined);
  }

  #begin(run: Run): Ahead {
    const ahead: Ahead = { compiled: this.#compile(run), ready: undefined };
    const note = (compiled: CompiledStatements) => {
      ahead.ready = compiled;
    };
    ahead.compiled.then(note, () => this.drop(run));
    this.#ahead.set(run.runUid, ahead);
    const [oldest] = this.#ahead.keys();
    if (this.#ahead.size > kept && oldest !== undefined) this.#ahead.delete(oldest);
    return ahead;
  }
}
