import type { CompiledRun } from '../spec/compile.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';

/** Compilations that are kept, those used last. */
const kept = 500;

/** What begins anything that is not plain text: https://docs.rs/minijinja/latest/minijinja/syntax */
const templateMark = /\{[{%#]/;

/**
 * Compilations of specs whose SQL holds no template. Nothing of the run goes into them, so they are made once for each revision
 * and dialect of a warehouse; a revision never changes.
 */
export class PlainCompilations {
  readonly #compiled = new Map<string, Promise<CompiledRun>>();

  /**
   * Takes what was compiled for a revision, or compiles it. `compile` is called each time when the SQL of `spec` holds a template.
   *
   * @throws what `compile` throws, which is not remembered: it may have been the compiler's trouble
   */
  take(
    { revision, spec, dialect }: { readonly revision: string; readonly spec: DatasetSpec; readonly dialect: string },
    compile: () => Promise<CompiledRun>,
  ): Promise<CompiledRun> {
    if (!isPlain(spec)) return compile();
    const key = `${dialect} ${revision}`;
    const known = this.#compiled.get(key);
    const compiled = known ?? compile();
    this.#compiled.delete(key);
    this.#compiled.set(key, compiled);
    if (!known) compiled.catch(() => this.#compiled.delete(key));
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > kept && oldest !== undefined) this.#compiled.delete(oldest);
    return compiled;
  }
}

function isPlain({ query, preStatements, postStatements }: DatasetSpec): boolean {
  return [query, ...preStatements, ...postStatements].every(({ sql }) => !templateMark.test(sql));
}
