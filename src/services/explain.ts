import type { Explanation } from '../contract/explanations.ts';
import { explainWorkflow as explainAll, explainRun as explainOne } from '../core/explain.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { nextOfBackfill } from '../store/queries/backfills.ts';
import { readPause } from '../store/queries/pauses.ts';
import { countUnfinished, lastRun, runAtWork, unfinishedRuns } from '../store/queries/runs.ts';
import { findRun } from './find-run.ts';
import { findEffective } from './find-workflow.ts';
import type { ServiceParts } from './parts.ts';

/** Waiting runs that are counted for an explanation. */
const counted = 1_000;

/** Says why a run is in its state. @throws DLI-809 */
export function explainRun({ database, clock, maxConcurrentRuns }: ServiceParts, runId: string): Explanation {
  const run = findRun(database, runId);
  const atWork = runAtWork(database, run.dataset);
  const earlier = run.backfillId === null ? undefined : nextOfBackfill(database, run.backfillId);
  const neighbours = {
    atWork: atWork && atWork.runUid !== run.runUid ? atWork.runId : null,
    earlierDate:
      atWork?.backfillId === run.backfillId ? (atWork?.executionDate ?? null) : (earlier?.executionDate ?? null),
    running: countUnfinished(database).RUNNING,
    limit: maxConcurrentRuns,
  };
  return explainOne(run, neighbours, clock.now());
}

/** Says how a workflow stands. @throws DLI-800 */
export function explainWorkflow(parts: ServiceParts, dataset: string): Explanation {
  const { spec } = findEffective(parts.database, parts.specs, dataset);
  return explainSpec(parts, spec);
}

/** Says how the workflow of an effective spec stands. */
export function explainSpec(
  { database, clock, schedules }: ServiceParts,
  { name, schedule }: DatasetSpec,
): Explanation {
  return explainAll({
    dataset: name,
    pause: readPause(database, name) ?? null,
    schedule,
    nextTick: schedule?.enabled ? schedules.open(schedule).next(clock.now()) : null,
    lastRun: lastRun(database, name) ?? null,
    atWork: runAtWork(database, name)?.runId ?? null,
    waiting: unfinishedRuns(database, name, counted).filter(({ status }) => status === 'PENDING').length,
  });
}
