import { DliError } from '../contract/errors.ts';
import { pickEffective } from '../core/effective-spec.ts';
import { suggestDataset } from '../spec/dataset-name.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { type EffectiveRevision, effectiveRevision } from '../store/queries/effective-revision.ts';
import { datasetNames, registrationsOf } from '../store/queries/registrations.ts';
import { specFilesOfDataset } from '../store/queries/spec-files.ts';
import type { Registration } from '../store/rows.ts';
import type { Queries } from '../store/sqlite.ts';
import type { SpecCache } from './spec-cache.ts';

/** How many names a suggestion is looked for among. */
const namesCompared = 10_000;

/** Finds the registration that runs for a dataset, with its spec. @throws DLI-800, with the nearest name */
export function findEffective(
  queries: Queries,
  specs: SpecCache,
  dataset: string,
): { readonly registration: Registration; readonly spec: DatasetSpec } {
  const registration = pickEffective(registrationsOf(queries, dataset));
  if (!registration) throw workflowNotFound(queries, dataset);
  return { registration, spec: specs.get(registration.revision) };
}

/** Finds the revision that runs for a dataset, with its spec. @throws DLI-800, with the nearest name */
export function findRevision(
  queries: Queries,
  specs: SpecCache,
  dataset: string,
): { readonly effective: EffectiveRevision; readonly spec: DatasetSpec } {
  const effective = effectiveRevision(queries, dataset);
  if (!effective) throw workflowNotFound(queries, dataset);
  return { effective, spec: specs.get(effective.revision) };
}

/** Says that a dataset is not registered, and what may have been meant. */
export function workflowNotFound(queries: Queries, dataset: string): DliError {
  const nearest = suggestDataset(dataset, datasetNames(queries, namesCompared));
  const broken = specFilesOfDataset(queries, dataset).filter(({ error }) => error !== null);
  return new DliError('DLI-800', `There is no workflow '${dataset}'`, {
    hints: [
      ...broken.map(({ sourceType, path, error }) => `${sourceType}/${path} is not in force: ${error}`),
      ...(nearest === undefined ? [] : [`Did you mean '${nearest}'?`]),
      `Register first: dli workflow register ${dataset}`,
      'See what is registered: dli workflow list',
    ],
  });
}
