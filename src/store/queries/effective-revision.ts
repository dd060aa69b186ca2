import type { SourceType } from '../../contract/fields.ts';
import { pickEffective } from '../../core/effective-spec.ts';
import type { Queries } from '../sqlite.ts';

/** Which revision runs for a dataset. */
export interface EffectiveRevision {
  readonly dataset: string;
  readonly sourceType: SourceType;
  readonly revision: string;
}

/** Reads which revision runs for a dataset, and nothing else of its registration: every trigger asks. */
export function effectiveRevision(queries: Queries, dataset: string): EffectiveRevision | undefined {
  return pickEffective(
    queries.all<EffectiveRevision>(
      'SELECT dataset, source_type AS sourceType, revision FROM registrations WHERE dataset = ?',
      [dataset],
    ),
  );
}
