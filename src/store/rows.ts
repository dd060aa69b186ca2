import type { EventKind } from '../contract/events.ts';
import type { SourceType } from '../contract/fields.ts';
import type { RunStatus, RunType } from '../contract/runs.ts';
import type { BackfillRecord, OnlyDates } from '../core/backfill.ts';
import type { Run } from '../core/run.ts';

/** Rows of SQLite to the domain and back. Every JSON column was written by this module, so its shape is known. */

type Flag = 0 | 1;

/** A row of `runs`. */
export interface RunRow {
  readonly seq: number;
  readonly run_uid: string;
  readonly run_id: string;
  readonly dataset: string;
  readonly source_type: SourceType;
  readonly run_type: RunType;
  readonly status: RunStatus;
  readonly execution_date: string | null;
  readonly params: string;
  readonly revision: string;
  readonly warehouse: string;
  readonly logical_at: number;
  readonly max_attempts: number;
  readonly attempt: number;
  readonly owner: string | null;
  readonly claims: number;
  readonly held: Flag;
  readonly available_at: number;
  readonly wait_reason: string | null;
  readonly waiting_since: number | null;
  readonly process_deaths: number;
  readonly uncertain: Flag;
  readonly published: Flag;
  readonly post_index: number;
  readonly conflicts: number;
  readonly backfill_id: string | null;
  readonly superseded: Flag;
  readonly triggered_by: string;
  readonly reason: string | null;
  readonly error: string | null;
  readonly stop_requested_at: number | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
}

/** Reads a run from its row. */
export function toRun(row: RunRow): Run {
  return {
    seq: row.seq,
    runUid: row.run_uid,
    runId: row.run_id,
    dataset: row.dataset,
    sourceType: row.source_type,
    runType: row.run_type,
    status: row.status,
    executionDate: row.execution_date,
    params: JSON.parse(row.params),
    revision: row.revision,
    warehouse: row.warehouse,
    logicalAt: row.logical_at,
    maxAttempts: row.max_attempts,
    attempt: row.attempt,
    owner: row.owner,
    claims: row.claims,
    held: row.held === 1,
    availableAt: row.available_at,
    waitReason: row.wait_reason,
    waitingSince: row.waiting_since,
    processDeaths: row.process_deaths,
    uncertain: row.uncertain === 1,
    published: row.published === 1,
    postIndex: row.post_index,
    conflicts: row.conflicts,
    backfillId: row.backfill_id,
    superseded: row.superseded === 1,
    triggeredBy: row.triggered_by,
    reason: row.reason,
    error: row.error === null ? null : JSON.parse(row.error),
    stopRequestedAt: row.stop_requested_at,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

/** The fields of a run that change during its life, and their columns. */
const runColumns = {
  attempt: 'attempt',
  owner: 'owner',
  claims: 'claims',
  held: 'held',
  availableAt: 'available_at',
  waitReason: 'wait_reason',
  waitingSince: 'waiting_since',
  processDeaths: 'process_deaths',
  uncertain: 'uncertain',
  published: 'published',
  postIndex: 'post_index',
  conflicts: 'conflicts',
  reason: 'reason',
  error: 'error',
  stopRequestedAt: 'stop_requested_at',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
} as const satisfies Partial<Record<keyof Run, string>>;

/** New values of a run's changing fields. */
export type RunChanges = { readonly [field in keyof typeof runColumns]?: Run[field] };

/** Turns changes into `column = ?` assignments and their bindings. */
export function runAssignments(changes: RunChanges): {
  readonly columns: readonly string[];
  readonly values: readonly (string | number | null)[];
} {
  const columns: string[] = [];
  const values: (string | number | null)[] = [];
  for (const [field, column] of Object.entries(runColumns)) {
    // `entries` forgets the key type; the table above is keyed by it.
    const value = changes[field as keyof typeof runColumns];
    if (value === undefined) continue;
    columns.push(`${column} = ?`);
    values.push(toColumn(value));
  }
  return { columns, values };
}

function toColumn(value: boolean | number | string | object | null): string | number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** A row of `backfills`. */
export interface BackfillRow {
  readonly seq: number;
  readonly backfill_id: string;
  readonly dataset: string;
  readonly start_date: string;
  readonly end_date: string;
  readonly params: string;
  readonly revision: string;
  readonly status: RunStatus;
  readonly ending: 'FAILED' | 'KILLED' | null;
  readonly total_runs: number;
  readonly requested_by: string;
  readonly reason: string | null;
  readonly stop_requested_at: number | null;
  readonly failed_run_id: string | null;
  readonly parallel: number;
  readonly reverse: Flag;
  readonly continue_on_failure: Flag;
  readonly only_dates: OnlyDates | null;
  readonly ticks: Flag;
  readonly resumed_at: number | null;
  readonly resume_until: number | null;
  readonly created_at: number;
  readonly finished_at: number | null;
}

/** Reads a backfill from its row. */
export function toBackfill(row: BackfillRow): BackfillRecord {
  return {
    seq: row.seq,
    backfillId: row.backfill_id,
    dataset: row.dataset,
    startDate: row.start_date,
    endDate: row.end_date,
    params: JSON.parse(row.params),
    revision: row.revision,
    status: row.status,
    ending: row.ending,
    totalRuns: row.total_runs,
    requestedBy: row.requested_by,
    reason: row.reason,
    stopRequestedAt: row.stop_requested_at,
    failedRunId: row.failed_run_id,
    parallel: row.parallel,
    reverse: row.reverse === 1,
    continueOnFailure: row.continue_on_failure === 1,
    only: row.only_dates,
    ticks: row.ticks === 1,
    resumedAt: row.resumed_at,
    resumeUntil: row.resume_until,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

/** A registration as it is stored beside its spec. */
export interface Registration {
  readonly dataset: string;
  readonly sourceType: SourceType;
  readonly revision: string;
  readonly owner: string;
  readonly warehouse: string;
  readonly scheduleEnabled: boolean;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly registeredAt: number;
  readonly updatedAt: number;
}

/** A registration, and how it stands beside the other one of its dataset. */
export interface StandingRegistration extends Registration {
  /** Code has a registration of the same dataset, so that this one never runs. */
  readonly isOverridden: boolean;
  /** Why its newest spec is not in force; null when it is. */
  readonly specError: string | null;
}

/** A row of `registrations`. */
export interface RegistrationRow {
  readonly dataset: string;
  readonly source_type: SourceType;
  readonly revision: string;
  readonly owner: string;
  readonly warehouse: string;
  readonly schedule_enabled: Flag;
  readonly reads: string;
  readonly writes: string;
  readonly registered_at: number;
  readonly updated_at: number;
}

/** A row of `registrations`, with what {@link StandingRegistration} adds. */
export interface StandingRow extends RegistrationRow {
  readonly overridden: Flag;
  readonly spec_error: string | null;
}

/** Reads a registration from its row. */
export function toRegistration(row: RegistrationRow): Registration {
  return {
    dataset: row.dataset,
    sourceType: row.source_type,
    revision: row.revision,
    owner: row.owner,
    warehouse: row.warehouse,
    scheduleEnabled: row.schedule_enabled === 1,
    reads: JSON.parse(row.reads),
    writes: JSON.parse(row.writes),
    registeredAt: row.registered_at,
    updatedAt: row.updated_at,
  };
}

/** Reads a registration and how it stands from its row. */
export function toStandingRegistration(row: StandingRow): StandingRegistration {
  return { ...toRegistration(row), isOverridden: row.overridden === 1, specError: row.spec_error };
}

/** An entry of the append-only log. */
export interface EventRecord {
  readonly seq: number;
  readonly at: number;
  readonly kind: EventKind;
  readonly dataset: string | null;
  readonly runId: string | null;
  readonly backfillId: string | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A row of `events`. */
export interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: EventKind;
  readonly dataset: string | null;
  readonly run_id: string | null;
  readonly backfill_id: string | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly data: string;
}

/** Reads an event from its row. */
export function toEvent(row: EventRow): EventRecord {
  return {
    seq: row.seq,
    at: row.at,
    kind: row.kind,
    dataset: row.dataset,
    runId: row.run_id,
    backfillId: row.backfill_id,
    actor: row.actor,
    reason: row.reason,
    data: JSON.parse(row.data),
  };
}
