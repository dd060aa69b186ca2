import type { SourceType } from '../../contract/fields.ts';
import type { DatasetSpec } from '../../spec/dataset-spec.ts';
import { type Registration, type RegistrationRow, toRegistration } from '../rows.ts';
import type { Queries, Transaction } from '../sqlite.ts';

/** Keeps the spec of a revision for as long as runs may refer to it. */
export function insertRevision(
  transaction: Transaction,
  { revision, spec, at }: { readonly revision: string; readonly spec: DatasetSpec; readonly at: number },
): void {
  transaction.run('INSERT INTO revisions (revision, spec, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
    revision,
    JSON.stringify(spec),
    at,
  ]);
}

/** Reads the spec of a revision. */
export function readRevision(queries: Queries, revision: string): DatasetSpec | undefined {
  const row = queries.get<{ spec: string }>('SELECT spec FROM revisions WHERE revision = ?', [revision]);
  return row && JSON.parse(row.spec);
}

/** Stores a registration or replaces the one of the same dataset and source, whose `registeredAt` stays. */
export function saveRegistration(transaction: Transaction, registration: Registration): void {
  transaction.run(
    `INSERT INTO registrations (dataset, source_type, dataset_key, revision, owner, warehouse, schedule_enabled, file_digest,
                                reads, writes, registered_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (dataset, source_type) DO UPDATE SET
       revision = excluded.revision,
       owner = excluded.owner,
       warehouse = excluded.warehouse,
       schedule_enabled = excluded.schedule_enabled,
       file_digest = excluded.file_digest,
       reads = excluded.reads,
       writes = excluded.writes,
       updated_at = excluded.updated_at`,
    [
      registration.dataset,
      registration.sourceType,
      registration.dataset.toLowerCase(),
      registration.revision,
      registration.owner,
      registration.warehouse,
      registration.scheduleEnabled ? 1 : 0,
      registration.fileDigest,
      JSON.stringify(registration.reads),
      JSON.stringify(registration.writes),
      registration.registeredAt,
      registration.updatedAt,
    ],
  );
}

/** Removes a registration; tells whether there was one. */
export function deleteRegistration(transaction: Transaction, dataset: string, sourceType: SourceType): boolean {
  return transaction.run('DELETE FROM registrations WHERE dataset = ? AND source_type = ?', [dataset, sourceType]) > 0;
}

/** Reads a dataset's registrations. */
export function registrationsOf(queries: Queries, dataset: string): readonly Registration[] {
  return queries.all<RegistrationRow>('SELECT * FROM registrations WHERE dataset = ?', [dataset]).map(toRegistration);
}

/** Finds a registered dataset whose name differs from `dataset` in upper and lower case only. */
export function nameInOtherCase(queries: Queries, dataset: string): string | undefined {
  const row = queries.get<{ dataset: string }>(
    'SELECT dataset FROM registrations WHERE dataset_key = ? AND dataset <> ?',
    [dataset.toLowerCase(), dataset],
  );
  return row?.dataset;
}

/** Names of registered datasets, at most `limit`, for suggestions. */
export function datasetNames(queries: Queries, limit: number): readonly string[] {
  return queries
    .all<{ dataset: string }>('SELECT DISTINCT dataset FROM registrations ORDER BY dataset LIMIT ?', [limit])
    .map(({ dataset }) => dataset);
}

/** Names the registered datasets whose SQL reads a table, at most 100. Lineage is asked for by people, so it may walk all of them. */
export function readersOf(queries: Queries, dataset: string): readonly string[] {
  return queries
    .all<{ dataset: string }>(
      `SELECT dataset FROM registrations
       WHERE EXISTS (SELECT 1 FROM json_each(reads) WHERE value = ?)
       ORDER BY dataset
       LIMIT 100`,
      [dataset],
    )
    .map((row) => row.dataset);
}

/** How many registrations there are. */
export function countRegistrations(queries: Queries): number {
  return queries.get<{ n: number }>('SELECT count(*) AS n FROM registrations')?.n ?? 0;
}

/** What is stored of each file of a source, to find the ones that changed. */
export function storedFiles(queries: Queries, sourceType: SourceType): ReadonlyMap<string, string> {
  const rows = queries.all<{ dataset: string; file_digest: string }>(
    'SELECT dataset, file_digest FROM registrations WHERE source_type = ?',
    [sourceType],
  );
  return new Map(rows.map(({ dataset, file_digest }) => [dataset, file_digest]));
}

/** Which registrations a list shows. */
export interface RegistrationFilter {
  readonly sourceType?: SourceType | undefined;
  /** Part of the name; `*` stands for any text. */
  readonly dataset?: string | undefined;
  /** Beginning of the name. */
  readonly prefix?: string | undefined;
  readonly owner?: string | undefined;
  readonly paused?: boolean | undefined;
  readonly running?: boolean | undefined;
  readonly enabledOnly?: boolean | undefined;
  /** Begins after this registration, in the order of name and source. */
  readonly after?: { readonly dataset: string; readonly sourceType: string } | undefined;
}

/**
 * Reads a page of registrations, in the order of name and source. A filter walks the table until the page is full:
 * measured among 10,000 registrations of which none is shown, 1 to 3 ms, so it has no index of its own.
 */
export function listRegistrations(
  queries: Queries,
  filter: RegistrationFilter,
  limit: number,
): readonly Registration[] {
  const conditions: string[] = [];
  const bindings: (string | number)[] = [];
  const narrow = (condition: string, ...values: readonly (string | number)[]) => {
    conditions.push(condition);
    bindings.push(...values);
  };
  if (filter.sourceType) narrow('source_type = ?', filter.sourceType);
  if (filter.owner) narrow('owner = ?', filter.owner);
  // A range of the primary key, so it costs the same among any number of names.
  if (filter.prefix) narrow('dataset >= ? AND dataset < ?', filter.prefix, `${filter.prefix}\u{10ffff}`);
  if (filter.dataset) narrow('dataset_key GLOB ?', globOf(filter.dataset));
  if (filter.enabledOnly) narrow('schedule_enabled = 1');
  if (filter.paused !== undefined) {
    narrow(`${filter.paused ? '' : 'NOT '}EXISTS (SELECT 1 FROM pauses WHERE pauses.dataset = registrations.dataset)`);
  }
  if (filter.running) {
    // Few runs are at work at once, so it begins with them (index `runs_status`): among 10,000 registrations 0.1 ms, not 3.
    narrow(`dataset IN (SELECT dataset FROM runs WHERE status = 'RUNNING')`);
  }
  if (filter.after) narrow('(dataset, source_type) > (?, ?)', filter.after.dataset, filter.after.sourceType);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return queries
    .all<RegistrationRow>(`SELECT * FROM registrations ${where} ORDER BY dataset, source_type LIMIT ?`, [
      ...bindings,
      limit,
    ])
    .map(toRegistration);
}

/** A GLOB that finds the pattern anywhere in the name; only `*` of the pattern is special. */
function globOf(pattern: string): string {
  return `*${pattern.toLowerCase().replaceAll(/[[\]?]/g, (special) => `[${special}]`)}*`;
}
