import type { Explanation } from '../contract/explanations.ts';
import { explainRun as explainOne } from '../core/explain-run.ts';
import type { WaitingFacts } from '../core/explain-waiting.ts';
import { explainWorkflow as explainAll } from '../core/explain-workflow.ts';
import type { Run } from '../core/run.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { attemptStartedAt } from '../store/queries/attempts.ts';
import { nextOfBackfill } from '../store/queries/backfills.ts';
import { waitingBefore } from '../store/queries/line.ts';
import { readPause } from '../store/queries/pauses.ts';
import { howItStands, registrationsOf, standingRegistrationsOf } from '../store/queries/registrations.ts';
import { datasetAtWork, getRun, lastRun, runsAtWork, waitingRuns } from '../store/queries/runs.ts';
import type { Registration } from '../store/rows.ts';
import type { Queries } from '../store/sqlite.ts';
import { findRun } from './find-run.ts';
import { findEffective } from './find-workflow.ts';
import { idleTicksOf, nextTickOf, skippedSince } from './idle-ticks.ts';
import type { ServiceParts } from './parts.ts';

/** Runs that are counted for an explanation. */
const counted = 1_000;

/** Says why a run is in its state. @throws DLI-809 */
export function explainRun(parts: ServiceParts, runId: string): Explanation {
  const { database, clock } = parts;
  const run = findRun(database, runId);
  const now = clock.now();
  return explainOne(run, {
    attemptStartedAt: attemptStartedAt(database, run),
    waiting: () => waitingFacts(parts, run, now),
    isRegistered: registrationsOf(database, run.dataset).length > 0,
    now,
  });
}

function waitingFacts({ database, engine }: ServiceParts, run: Run, now: number): WaitingFacts {
  const atWork = runsAtWork(database, counted);
  const suspect = engine.waitingSuspect(run.warehouse);
  const { total, perWarehouse } = engine.limits;
  return {
    pause: readPause(database, run.dataset) ?? null,
    earlierDate: run.backfillId === null ? null : earlierDate(database, run.backfillId, atWork),
    closed: engine.warehouseWaitOf(run) ?? null,
    before: waitingBefore(database, run, { now, limit: counted }),
    atWork: atWork.map(({ runId, dataset, warehouse, processDeaths }) => ({
      runId,
      dataset,
      warehouse,
      isSuspect: processDeaths > 0,
    })),
    suspect: suspect === undefined || suspect === run.runUid ? null : (getRun(database, suspect)?.runId ?? null),
    limits: { total, warehouse: perWarehouse.get(run.warehouse) ?? 1 },
  };
}

/** The date of a backfill that is at work, else the one that comes next. */
function earlierDate(queries: Queries, backfillId: string, atWork: readonly Run[]): string | null {
  const first = atWork.find((run) => run.backfillId === backfillId) ?? nextOfBackfill(queries, backfillId);
  return first?.executionDate ?? null;
}

/** Says how a workflow stands. @throws DLI-800 */
export function explainWorkflow(parts: ServiceParts, dataset: string): Explanation {
  return explainEffective(parts, findEffective(parts.database, parts.specs, dataset));
}

/** Says how the workflow of an effective registration stands. */
export function explainEffective(
  parts: ServiceParts,
  { registration, spec }: { readonly registration: Registration; readonly spec: DatasetSpec },
): Explanation {
  const { database, clock, scheduler } = parts;
  const { name, schedule } = spec;
  const now = clock.now();
  const pause = readPause(database, name);
  return explainAll({
    dataset: name,
    today: todayOf(parts, spec, now),
    pause: pause ? { ...pause, skipped: skippedSince(parts, { dataset: name, since: pause.at, now }) } : null,
    schedule,
    nextTick: schedule?.enabled && !pause ? nextTickOf(parts, schedule, now) : null,
    hold: scheduler.state.hold,
    trouble: scheduler.troubleOf(name) ?? null,
    idleTicks: idleTicksOf(parts, name),
    isManualOverridden: standingRegistrationsOf(database, name).some(({ isOverridden }) => isOverridden),
    specError: howItStands(database, registration).specError,
    lastRun: lastRun(database, name) ?? null,
    atWork: datasetAtWork(database, name, counted),
    waiting: waitingRuns(database, name, counted),
  });
}

/** The date that a run would compute now; null when its runs have none. */
function todayOf({ schedules }: ServiceParts, { schedule, parameters }: DatasetSpec, now: number): string | null {
  if (!parameters.some(({ name }) => name === 'execution_date')) return null;
  return schedule
    ? schedules.open(schedule).executionDateOf(now, schedule.executionDate)
    : new Date(now).toISOString().slice(0, 10);
}
