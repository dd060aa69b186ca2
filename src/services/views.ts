import type { Backfill, BackfillEstimate } from '../contract/backfills.ts';
import type { BasecampEvent } from '../contract/events.ts';
import type { LogLine, WorkflowRun } from '../contract/runs.ts';
import type { TickOutcome, WorkflowTick } from '../contract/ticks.ts';
import type { ScheduleConfig, WorkflowInfo } from '../contract/workflows.ts';
import type { BackfillRecord } from '../core/backfill.ts';
import type { Estimate } from '../core/backfill-estimate.ts';
import type { NotificationSpec } from '../core/notification.ts';
import type { OpenSchedules } from '../core/open-schedules.ts';
import type { Run } from '../core/run.ts';
import { isTerminal } from '../core/run-state.ts';
import type { Tick } from '../core/schedule.ts';
import type { DatasetSpec, ScheduleSpec } from '../spec/dataset-spec.ts';
import {
  backfillRuns,
  countBackfillRuns,
  firstIncompleteDate,
  nextOfBackfill,
  slowestDate,
} from '../store/queries/backfills.ts';
import type { LogRecord } from '../store/queries/logs.ts';
import { readPause } from '../store/queries/pauses.ts';
import { lastRun } from '../store/queries/runs.ts';
import type { EventRecord, StandingRegistration } from '../store/rows.ts';
import type { Queries } from '../store/sqlite.ts';

/** The domain on the wire: the one place where camelCase becomes snake_case and milliseconds become RFC 3339. */

/** Failed dates that a backfill names. */
const failuresShown = 5;

/** Writes an instant for the wire. */
export function instantOf(ms: number): string;
/** Writes an instant for the wire, or null where there is none. */
export function instantOf(ms: number | null): string | null;
export function instantOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Writes a run for the wire. */
export function runView(run: Run): WorkflowRun {
  const duration = run.startedAt === null || run.finishedAt === null ? null : (run.finishedAt - run.startedAt) / 1000;
  return {
    run_id: run.runId,
    run_uid: run.runUid,
    dataset_name: run.dataset,
    source_type: run.sourceType,
    run_type: run.runType,
    status: run.status,
    execution_date: run.executionDate,
    params: jsonOf(run.params),
    revision: run.revision,
    // A last claim that only asks the ledger is no attempt.
    attempt: Math.min(run.attempt, run.maxAttempts),
    max_attempts: run.maxAttempts,
    created_at: instantOf(run.createdAt),
    started_at: instantOf(run.startedAt),
    finished_at: instantOf(run.finishedAt),
    duration_seconds: duration,
    triggered_by: run.triggeredBy,
    reason: run.waitReason ?? run.reason,
    error: run.error,
    published: run.published,
    backfill_id: run.backfillId,
    stop_requested_at: instantOf(run.stopRequestedAt),
  };
}

/** Writes values that came from JSON for the wire. */
export function jsonOf<Value extends object>(value: Value): WorkflowRun['params'] {
  return JSON.parse(JSON.stringify(value));
}

/** Writes a backfill for the wire, with what its runs say now. */
export function backfillView(queries: Queries, backfill: BackfillRecord): Backfill {
  const { backfillId } = backfill;
  const isOver = isTerminal(backfill.status);
  const running = isOver ? [] : backfillRuns(queries, { backfillId, status: 'RUNNING', limit: backfill.parallel });
  const dates = running.flatMap(({ executionDate }) => executionDate ?? []);
  const slowest = slowestDate(queries, backfillId);
  return {
    backfill_id: backfillId,
    dataset_name: backfill.dataset,
    start_date: backfill.startDate,
    end_date: backfill.endDate,
    status: backfill.status,
    total_runs: backfill.totalRuns,
    counts: countsOf(queries, backfill),
    parallel: backfill.parallel,
    reverse: backfill.reverse,
    continue_on_failure: backfill.continueOnFailure,
    only: backfill.only,
    ticks: backfill.ticks,
    params: jsonOf(backfill.params),
    revision: backfill.revision,
    created_at: instantOf(backfill.createdAt),
    resumed_at: instantOf(backfill.resumedAt),
    finished_at: instantOf(backfill.finishedAt),
    requested_by: backfill.requestedBy,
    reason: backfill.reason,
    stop_requested_at: instantOf(backfill.stopRequestedAt),
    current_date: dates[0] ?? null,
    current_dates: dates,
    next_run_id: isOver ? null : (nextOfBackfill(queries, backfillId)?.runId ?? null),
    failed_run_id: backfill.failedRunId,
    resume_date: isOver ? firstIncompleteDate(queries, backfillId) : null,
    slowest: slowest && { execution_date: slowest.executionDate, duration_seconds: slowest.ms / 1000 },
    failures: backfillRuns(queries, { backfillId, status: 'FAILED', limit: failuresShown }).map(
      ({ executionDate, runId }) => ({ execution_date: executionDate ?? '', run_id: runId }),
    ),
  };
}

/** Counts runs by state. What a resume has still to replace waits: it gets a new run before any starts. */
function countsOf(queries: Queries, { backfillId, resumeUntil }: BackfillRecord): Backfill['counts'] {
  const counts = countBackfillRuns(queries, backfillId);
  if (resumeUntil === null) return counts;
  return { ...counts, PENDING: counts.PENDING + counts.FAILED + counts.KILLED, FAILED: 0, KILLED: 0 };
}

/** Writes an estimate for the wire. */
export function estimateView(estimate: Estimate | null): BackfillEstimate | null {
  return (
    estimate && {
      total_seconds: estimate.totalMs / 1000,
      seconds_per_date: estimate.perDateMs / 1000,
      at_once: estimate.atOnce,
      based_on_runs: estimate.pastRuns,
    }
  );
}

/** Writes a registration for the wire. `now` is what its next tick is computed from. */
export function workflowView(
  queries: Queries,
  registered: StandingRegistration & { readonly spec: DatasetSpec },
  { schedules, now }: { readonly schedules: OpenSchedules; readonly now: number },
): WorkflowInfo {
  const { spec } = registered;
  const last = lastRun(queries, registered.dataset);
  const pause = readPause(queries, registered.dataset);
  const next =
    spec.schedule?.enabled && !pause && !registered.isOverridden ? schedules.open(spec.schedule).next(now) : null;
  return {
    dataset_name: registered.dataset,
    source_type: registered.sourceType,
    status: registered.isOverridden ? 'overridden' : pause ? 'paused' : 'active',
    owner: spec.owner,
    team: spec.team,
    description: spec.description,
    schedule: spec.schedule && scheduleView(spec.schedule),
    next_run_at: instantOf(next),
    last_run: last ? runView(last) : null,
    paused: pause ? { at: instantOf(pause.at), by: pause.by, reason: pause.reason } : null,
    spec_error: registered.specError,
    revision: registered.revision,
    registered_at: instantOf(registered.registeredAt),
    updated_at: instantOf(registered.updatedAt),
  };
}

function scheduleView(schedule: ScheduleSpec): ScheduleConfig {
  return {
    enabled: schedule.enabled,
    cron: schedule.cron,
    timezone: schedule.timezone,
    retry: { max_attempts: schedule.retry.maxAttempts, delay_seconds: schedule.retry.delaySeconds },
    execution_date: schedule.executionDate,
    catchup: schedule.catchup,
    overlap: schedule.overlap,
    notifications: notificationsView(schedule.notifications),
  };
}

function notificationsView({ onLate, ...rest }: NotificationSpec): ScheduleConfig['notifications'] {
  return jsonOf({
    on_failure: rest.onFailure,
    on_success: rest.onSuccess,
    on_source_change: rest.onSourceChange,
    on_recovery: rest.onRecovery,
    on_late: onLate && { after_minutes: onLate.afterMinutes, to: onLate.to },
  });
}

/** Writes a tick for the wire, with what is recorded of it. */
export function tickView(
  { scheduledAt, localTime, executionDate, note }: Tick,
  recorded: { readonly outcome?: TickOutcome; readonly runId?: string | null; readonly reason: string | null },
): WorkflowTick {
  return {
    scheduled_at: instantOf(scheduledAt),
    local_time: localTime,
    execution_date: executionDate,
    outcome: recorded.outcome ?? null,
    run_id: recorded.runId ?? null,
    reason: recorded.reason,
    note,
  };
}

/** Writes a line of a log for the wire. */
export function logView({ at, attempt, line }: LogRecord): LogLine {
  return { at: instantOf(at), attempt, line };
}

/** Writes an event for the wire. */
export function eventView(event: EventRecord): BasecampEvent {
  return {
    seq: event.seq,
    at: instantOf(event.at),
    kind: event.kind,
    dataset_name: event.dataset,
    run_id: event.runId,
    backfill_id: event.backfillId,
    actor: event.actor,
    reason: event.reason,
    data: jsonOf(event.data),
  };
}
