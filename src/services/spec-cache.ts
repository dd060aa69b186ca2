import { DliError } from '../contract/errors.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { readRevision } from '../store/queries/revisions.ts';
import type { Queries } from '../store/sqlite.ts';

const kept = 1_000;

/** The specs of revisions, read once: a revision never changes. Keeps the ones used last. */
export class SpecCache {
  readonly #queries: Queries;
  readonly #specs = new Map<string, DatasetSpec>();

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Reads the spec of a revision that a run or a registration refers to. @throws DLI-500 when the state lacks it */
  get(revision: string): DatasetSpec {
    const spec = this.#specs.get(revision) ?? readRevision(this.#queries, revision);
    if (!spec) throw new DliError('DLI-500', `The state lacks revision ${revision}`);
    this.#specs.delete(revision);
    this.#specs.set(revision, spec);
    const oldest = this.#specs.keys().next().value;
    if (this.#specs.size > kept && oldest !== undefined) this.#specs.delete(oldest);
    return spec;
  }
}
