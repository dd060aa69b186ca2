import type { SourceType } from '../../contract/fields.ts';
import type { DatasetSpec } from '../../spec/dataset-spec.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** Keeps the spec of a revision for as long as runs may refer to it. */
export function insertRevision(
  transaction: Transaction,
  {
    revision,
    spec,
    text,
    at,
  }: { readonly revision: string; readonly spec: DatasetSpec; readonly text: string; readonly at: number },
): void {
  transaction.run(
    `INSERT INTO revisions (revision, spec, text, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET text = coalesce(text, excluded.text)`,
    [revision, JSON.stringify(spec), text, at],
  );
}

/** Reads the spec of a revision. */
export function readRevision(queries: Queries, revision: string): DatasetSpec | undefined {
  const row = queries.get<{ spec: string }>('SELECT spec FROM revisions WHERE revision = ?', [revision]);
  return row && JSON.parse(row.spec);
}

/** Reads the text of what a source has registered; null when it has nothing, or that is from before the text was kept. */
export function registeredText(queries: Queries, dataset: string, sourceType: SourceType): string | null {
  const row = queries.get<{ text: string | null }>(
    `SELECT revisions.text FROM registrations JOIN revisions USING (revision)
     WHERE dataset = ? AND source_type = ?`,
    [dataset, sourceType],
  );
  return row?.text ?? null;
}

/** A revision as people read it. */
export interface RevisionText {
  readonly revision: string;
  /** One YAML document with its SQL; null for one that was stored before the text was kept. */
  readonly text: string | null;
  /** When it was stored first, epoch ms. */
  readonly createdAt: number;
}

/** Finds revisions of a dataset by the beginning of their digests. */
export function revisionsOfDataset(
  queries: Queries,
  { dataset, prefix, limit }: { readonly dataset: string; readonly prefix: string; readonly limit: number },
): readonly RevisionText[] {
  return queries
    .all<{ revision: string; text: string | null; created_at: number }>(
      `SELECT revision, text, created_at FROM revisions
       WHERE revision >= ? AND revision < ? AND json_extract(spec, '$.name') = ?
       ORDER BY revision LIMIT ?`,
      // Digests are hex, and `g` comes after all of that.
      [prefix, `${prefix}g`, dataset, limit],
    )
    .map(({ revision, text, created_at }) => ({ revision, text, createdAt: created_at }));
}
