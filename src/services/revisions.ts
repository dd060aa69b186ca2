import { DliError } from '../contract/errors.ts';
import type { SpecRevision } from '../contract/revisions.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { parseSpec } from '../spec/parse.ts';
import { revisionOf } from '../spec/revision.ts';
import { standingRegistrationsOf } from '../store/queries/registrations.ts';
import { type RevisionText, revisionsOfDataset } from '../store/queries/revisions.ts';
import type { Queries } from '../store/sqlite.ts';
import { findRun } from './find-run.ts';
import type { ServiceParts } from './parts.ts';
import { instantOf } from './views.ts';

/**
 * Reads the exact spec and SQL of a revision of a dataset, given as (the beginning of) its digest or as one of its runs; also
 * of a dataset that is no longer registered.
 *
 * @throws DLI-809 for a run that there is not; DLI-818 when the dataset has no such revision, or several
 */
export function getRevision(
  { database, specs, specStore }: Pick<ServiceParts, 'database' | 'specs' | 'specStore'>,
  { dataset, revision: typed }: { readonly dataset: string; readonly revision: string },
): SpecRevision {
  const { revision, text, createdAt } = findRevision(database, { dataset, typed });
  const current = standingRegistrationsOf(database, dataset).filter((one) => one.revision === revision);
  return {
    dataset_name: dataset,
    revision,
    spec: text ?? textOfFile(specStore, { dataset, revision }),
    statements: statementsOf(specs.get(revision)),
    stored_at: instantOf(createdAt),
    effective: current.some(({ isOverridden }) => !isOverridden),
    sources: current.map(({ sourceType }) => sourceType),
  };
}

/** An earlier version kept no text; what is in force has its file. */
function textOfFile(
  { manual }: ServiceParts['specStore'],
  { dataset, revision }: { readonly dataset: string; readonly revision: string },
): string | null {
  try {
    const { text } = manual.readManual(dataset);
    return revisionOf(parseSpec({ text, file: dataset })) === revision ? text : null;
  } catch (error) {
    // No file, or another one by now: the SQL is shown without it.
    if (error instanceof DliError) return null;
    throw error;
  }
}

function findRevision(
  queries: Queries,
  { dataset, typed }: { readonly dataset: string; readonly typed: string },
): RevisionText {
  const prefix = /^[\da-f]+$/i.test(typed) ? typed.toLowerCase() : revisionOfRun(queries, { dataset, typed });
  const found = revisionsOfDataset(queries, { dataset, prefix, limit: 2 });
  const [only, second] = found;
  if (only && !second) return only;
  throw new DliError(
    'DLI-818',
    `'${dataset}' has ${second ? 'several revisions that begin' : 'no revision that begins'} with '${typed}'`,
    {
      hints: [
        second
          ? `Give more of it: ${found.map(({ revision }) => revision.slice(0, 24)).join(', ')}`
          : `Runs name theirs: dli workflow history -d ${dataset} --format json`,
      ],
    },
  );
}

function revisionOfRun(
  queries: Queries,
  { dataset, typed }: { readonly dataset: string; readonly typed: string },
): string {
  const run = findRun(queries, typed);
  if (run.dataset === dataset) return run.revision;
  throw new DliError('DLI-818', `Run ${run.runId} is of '${run.dataset}', not of '${dataset}'`, {
    hints: [`See what it was made of: dli workflow show ${run.dataset} --revision ${run.runId}`],
  });
}

/** Lists what a run of a spec executes, in order. */
export function statementsOf({ preStatements, query, postStatements }: DatasetSpec): SpecRevision['statements'] {
  return [
    ...preStatements.map(({ name, sql }) => ({ label: name, phase: 'transaction' as const, sql })),
    { label: 'query', phase: 'transaction', sql: query.sql },
    ...postStatements.map(({ name, sql }) => ({ label: name, phase: 'after_commit' as const, sql })),
  ];
}
