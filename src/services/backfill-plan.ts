import type { BackfillPlan } from '../contract/backfills.ts';
import { DliError } from '../contract/errors.ts';
import type { BackfillOptions, OnlyDates } from '../core/backfill.ts';
import { type Estimate, estimateBackfill } from '../core/backfill-estimate.ts';
import { chooseDate, type KnownDate, type PlannedRun, planDates, planTicks } from '../core/backfill-plan.ts';
import { counted } from '../core/counted.ts';
import { checkParameters, type ParameterValues, requireExecutionDate } from '../core/parameters.ts';
import type { DatasetSpec } from '../spec/dataset-spec.ts';
import { readDates } from '../store/queries/dates.ts';
import { lastDurations } from '../store/queries/runs.ts';
import type { Registration } from '../store/rows.ts';
import { findEffective } from './find-workflow.ts';
import type { ServiceParts } from './parts.ts';
import { estimateView, instantOf } from './views.ts';

/** Past runs that an estimate goes by. */
const pastRuns = 20;

/** A backfill as it is asked for. */
export interface BackfillInput {
  readonly dataset: string;
  readonly start_date: string;
  readonly end_date: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parallel: number;
  readonly reverse: boolean;
  readonly continue_on_failure: boolean;
  readonly only?: OnlyDates | undefined;
  readonly ticks: boolean;
  readonly dry_run: boolean;
}

/** What would happen to a date or tick. */
interface Choice extends PlannedRun, ReturnType<typeof chooseDate> {
  readonly known: KnownDate | undefined;
}

/** A backfill before it is stored. */
export interface Plan {
  readonly registration: Registration;
  readonly spec: DatasetSpec;
  readonly options: BackfillOptions;
  /** The checked parameters that all its runs share. */
  readonly params: ParameterValues;
  /** Every date or tick of the range, in the order in which they would start. */
  readonly choices: readonly Choice[];
  readonly runs: readonly PlannedRun[];
  /** Why it has no run; null where it has some. */
  readonly nothing: string | null;
  readonly estimate: Estimate | null;
}

/**
 * Decides which runs a backfill has, in which order.
 *
 * @throws DLI-800, DLI-810, DLI-811, DLI-812, DLI-814; DLI-400 for options that exclude each other
 */
export function planBackfill(parts: ServiceParts, input: BackfillInput): Plan {
  const { database } = parts;
  const options = optionsOf(input);
  const { registration, spec } = findEffective(database, parts.specs, input.dataset);
  requireExecutionDate(spec.parameters, spec.name);
  const planned = plannedRuns(parts, spec, input);
  // Every date has the same parameters but for the date itself, so checking one checks all.
  const params = checkShared(spec, input.params, input.start_date);
  const range = { dataset: registration.dataset, start: input.start_date, end: input.end_date };
  const known = new Map(readDates(database, range).map((record) => [record.executionDate, record]));
  const choices = planned.map((run): Choice => {
    const record = known.get(run.executionDate);
    return { ...run, ...chooseDate(options.only, record), known: record };
  });
  const runs = choices.filter(({ action }) => action === 'run');
  return {
    registration,
    spec,
    options,
    params,
    choices,
    runs,
    nothing: runs.length > 0 ? null : reasonForNone(options, choices.length),
    estimate: estimateFor(parts, { dataset: registration.dataset, runs: runs.length, parallel: options.parallel }),
  };
}

/** Estimates how long runs of a dataset may take, by its past ones; null when there is none. */
export function estimateFor(
  { database, engine }: ServiceParts,
  { dataset, runs, parallel }: { readonly dataset: string; readonly runs: number; readonly parallel: number },
): Estimate | null {
  const pastMs = lastDurations(database, dataset, pastRuns);
  return estimateBackfill({ pastMs, dates: runs, parallel, limit: engine.limits.total });
}

/** Checks the parameters that the dates of a backfill share. @throws DLI-810, DLI-811, DLI-812 */
export function checkShared(
  { parameters }: DatasetSpec,
  given: Readonly<Record<string, unknown>>,
  date: string,
): ParameterValues {
  const checked = checkParameters({ declared: parameters, given, filledIn: { execution_date: date } });
  const { execution_date: _, ...shared } = checked;
  return shared;
}

/** Writes a plan for the wire. */
export function planView({ registration, options, choices, runs, estimate }: Plan, input: BackfillInput): BackfillPlan {
  return {
    dataset_name: registration.dataset,
    start_date: input.start_date,
    end_date: input.end_date,
    total_runs: runs.length,
    parallel: options.parallel,
    reverse: options.reverse,
    continue_on_failure: options.continueOnFailure,
    only: options.only,
    ticks: options.ticks,
    estimate: estimateView(estimate),
    revision: registration.revision,
    dates: choices.map(({ executionDate, scheduledAt, action, reason, known }) => ({
      execution_date: executionDate,
      scheduled_at: instantOf(scheduledAt),
      action,
      reason,
      last_success_at: instantOf(known?.successAt ?? null),
      last_status: known?.startedStatus ?? null,
    })),
  };
}

function optionsOf({ parallel, reverse, continue_on_failure, ticks, ...input }: BackfillInput): BackfillOptions {
  const only = input.only ?? null;
  if (ticks && only !== null) {
    throw new DliError('DLI-400', `ticks and only: '${only}' exclude each other`, {
      hints: ['What has succeeded is recorded for each date, not for each tick: leave out one of them'],
    });
  }
  return { parallel, reverse, continueOnFailure: continue_on_failure, only, ticks };
}

function plannedRuns(
  { schedules }: ServiceParts,
  { name, schedule }: DatasetSpec,
  { start_date: start, end_date: end, ticks, reverse }: BackfillInput,
): readonly PlannedRun[] {
  const dates = planDates({ start, end });
  if (ticks && !schedule) {
    throw new DliError('DLI-814', `Workflow '${name}' has no schedule, so there are no ticks from ${start} to ${end}`, {
      hints: ['Leave out --ticks for one run a date, or register it with a schedule: --cron "0 9 * * *"'],
    });
  }
  const planned =
    ticks && schedule
      ? planTicks({ start, end, schedule: schedules.open(schedule), rule: schedule.executionDate })
      : dates.map((executionDate) => ({ executionDate, scheduledAt: null }));
  return reverse ? planned.toReversed() : planned;
}

function reasonForNone({ only }: BackfillOptions, choices: number): string {
  if (choices === 0) return 'nothing to do: the schedule has no tick in this range';
  return only === 'missing'
    ? `nothing to do: ${choices === 1 ? 'the date has' : `all ${choices} dates have`} succeeded`
    : `nothing to do: of ${counted(choices, 'date')} none has a last run that did not complete`;
}
