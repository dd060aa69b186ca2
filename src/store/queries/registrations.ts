import type { SourceType } from '../../contract/fields.ts';
import type { WorkflowStatus } from '../../contract/workflows.ts';
import {
  type Registration,
  type RegistrationRow,
  type StandingRegistration,
  type StandingRow,
  toRegistration,
  toStandingRegistration,
} from '../rows.ts';
import type { Queries, Transaction } from '../sqlite.ts';

const codeHasIt = `EXISTS (
         SELECT 1 FROM registrations AS code WHERE code.dataset = registrations.dataset AND code.source_type = 'code')`;

/**
 * A registration with how it stands. A broken file of code whose dataset has no good one yet is told with the manual
 * registration, which goes on running.
 */
const standing = `registrations.*,
       ${codeHasIt} AND source_type = 'manual' AS overridden,
       (SELECT error FROM spec_files
        WHERE spec_files.dataset = registrations.dataset AND error IS NOT NULL
          AND (spec_files.source_type = registrations.source_type OR NOT ${codeHasIt})
        ORDER BY spec_files.source_type = registrations.source_type DESC LIMIT 1) AS spec_error`;

/** Stores a registration or replaces the one of the same dataset and source, whose `registeredAt` stays. */
export function saveRegistration(transaction: Transaction, registration: Registration): void {
  transaction.run(
    `INSERT INTO registrations (dataset, source_type, dataset_key, revision, owner, warehouse, schedule_enabled, reads,
                                writes, registered_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (dataset, source_type) DO UPDATE SET
       revision = excluded.revision,
       owner = excluded.owner,
       warehouse = excluded.warehouse,
       schedule_enabled = excluded.schedule_enabled,
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

/** Reads a dataset's registrations with how they stand. */
export function standingRegistrationsOf(queries: Queries, dataset: string): readonly StandingRegistration[] {
  return queries
    .all<StandingRow>(`SELECT ${standing} FROM registrations WHERE dataset = ?`, [dataset])
    .map(toStandingRegistration);
}

/** Adds to a stored registration how it stands. */
export function howItStands(queries: Queries, registration: Registration): StandingRegistration {
  const { dataset, sourceType } = registration;
  const stored = standingRegistrationsOf(queries, dataset).find((one) => one.sourceType === sourceType);
  return stored ?? { ...registration, isOverridden: false, specError: null };
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

/** How many registrations a source has. */
export function countRegistrationsOf(queries: Queries, sourceType: SourceType): number {
  const row = queries.get<{ n: number }>('SELECT count(*) AS n FROM registrations WHERE source_type = ?', [sourceType]);
  return row?.n ?? 0;
}

/** Names the datasets that a source has. */
export function registeredDatasets(queries: Queries, sourceType: SourceType): ReadonlySet<string> {
  const rows = queries.all<{ dataset: string }>('SELECT dataset FROM registrations WHERE source_type = ?', [
    sourceType,
  ]);
  return new Set(rows.map(({ dataset }) => dataset));
}

/** Which registrations a list shows. */
export interface RegistrationFilter {
  readonly sourceType?: SourceType | undefined;
  /** Part of the name; `*` stands for any text. */
  readonly dataset?: string | undefined;
  /** Beginning of the name. */
  readonly prefix?: string | undefined;
  readonly owner?: string | undefined;
  readonly status?: WorkflowStatus | undefined;
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
): readonly StandingRegistration[] {
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
  if (filter.status) narrow(statusCondition[filter.status]);
  if (filter.running) {
    // Few runs are at work at once, so it begins with them (index `runs_status`): among 10,000 registrations 0.1 ms, not 3.
    narrow(`dataset IN (SELECT dataset FROM runs WHERE status = 'RUNNING')`);
  }
  if (filter.after) narrow('(dataset, source_type) > (?, ?)', filter.after.dataset, filter.after.sourceType);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return queries
    .all<StandingRow>(`SELECT ${standing} FROM registrations ${where} ORDER BY dataset, source_type LIMIT ?`, [
      ...bindings,
      limit,
    ])
    .map(toStandingRegistration);
}

const isOverridden = `source_type = 'manual' AND ${codeHasIt}`;
const isPaused = 'EXISTS (SELECT 1 FROM pauses WHERE pauses.dataset = registrations.dataset)';
const statusCondition: Readonly<Record<WorkflowStatus, string>> = {
  overridden: isOverridden,
  paused: `NOT (${isOverridden}) AND ${isPaused}`,
  active: `NOT (${isOverridden}) AND NOT ${isPaused}`,
};

/** A GLOB that finds the pattern anywhere in the name; only `*` of the pattern is special. */
function globOf(pattern: string): string {
  return `*${pattern.toLowerCase().replaceAll(/[[\]?]/g, (special) => `[${special}]`)}*`;
}
