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
  /** Of `ready`, in characters. */
  size: number;
}

/** Compilations that are kept, the newest: of each backfill at work one go and two more. One that ends early leaves its last ones behind. */
const kept = 1_024;
/** Of all that are kept, in characters. */
const mostKept = 32 * 1_048_576;
/** A longer compilation of a run that is not next makes somebody else's wait. */
const quickMs = 20;

/**
 * Compiles the next dates of a backfill while the present one is executed, so that they need not be waited for. A run's
 * revision and parameters never change, so the result is what a compilation at the claim would give.
 */
export class CompileAhead {
  readonly #compile: (run: Run) => Promise<CompiledStatements>;
  readonly #now: () => number;
  /** By the run's uid. */
  readonly #ahead = new Map<string, Ahead>();
  /** Runs whose turn comes. */
  readonly #planned = new Set<string>();
  #size = 0;

  /** `now` counts real time, in milliseconds. */
  constructor(compile: (run: Run) => Promise<CompiledStatements>, { now = () => performance.now() } = {}) {
    this.#compile = compile;
    this.#now = now;
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
    this.#size -= this.#ahead.get(runUid)?.size ?? 0;
    this.#ahead.delete(runUid);
    this.#planned.delete(runUid);
  }

  /** Tells whether a run's compilation was begun or its turn comes, and it is not taken or forgotten yet. */
  isBegun({ runUid }: Run): boolean {
    return this.#ahead.has(runUid) || this.#planned.has(runUid);
  }

  /** Begins to compile a run that comes soon, unless that was begun before. `onReady` is called when it is there, at once if it is. */
  begin(run: Run, onReady: () => void = () => undefined): void {
    const begun = this.#ahead.get(run.runUid);
    if (begun?.ready) onReady();
    // What failed ahead of time is compiled again when it is claimed: it may have been the compiler's trouble.
    else (begun ?? this.#begin(run)).compiled.then(onReady, () => undefined);
  }

  /**
   * Compiles runs one after the other, as long as each works and is quick and there is room: whoever else needs the compiler waits for
   * one of them at most, and not for a template that never ends. What is taken before its turn is left out.
   */
  async beginInTurn(runs: readonly Run[]): Promise<void> {
    for (const { runUid } of runs) this.#planned.add(runUid);
    for (const run of runs) if (!(await this.#takeTurn(run))) break;
    for (const { runUid } of runs) this.#planned.delete(runUid);
  }

  /** Compiles a run that is still planned; tells whether the next may follow. */
  async #takeTurn(run: Run): Promise<boolean> {
    if (!this.#planned.delete(run.runUid)) return true;
    const begunAt = this.#now();
    const { compiled } = this.#ahead.get(run.runUid) ?? this.#begin(run);
    const works = await compiled.then(
      () => true,
      () => false,
    );
    return works && this.#now() - begunAt <= quickMs && this.#size <= mostKept / 2;
  }

  #begin(run: Run): Ahead {
    const ahead: Ahead = { compiled: this.#compile(run), ready: undefined, size: 0 };
    ahead.compiled.then(
      (compiled) => this.#note(run, ahead, compiled),
      () => this.drop(run),
    );
    this.#ahead.set(run.runUid, ahead);
    return ahead;
  }

  #note(run: Run, ahead: Ahead, compiled: CompiledStatements): void {
    ahead.ready = compiled;
    if (this.#ahead.get(run.runUid) !== ahead) return;
    ahead.size = sizeOf(compiled);
    this.#size += ahead.size;
    // All others would have to go for it.
    if (ahead.size > mostKept) this.drop(run);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const [runUid, { size }] of this.#ahead) {
      if (this.#ahead.size <= kept && this.#size <= mostKept) return;
      this.#ahead.delete(runUid);
      this.#size -= size;
    }
  }
}

function sizeOf({ statements, postStatements }: CompiledStatements): number {
  return [...statements, ...postStatements].reduce((sum, { sql }) => sum + sql.length, 0);
}
