import { z } from 'zod';
import { calendarDate, cursorField, datasetName, givenParams, instant, pageLimit, pageOf } from './fields.ts';
import { route } from './route.ts';
import { runStatusSchema } from './runs.ts';

const onlyDatesSchema = z
  .enum(['missing', 'failed'])
  .describe('missing: dates without any success; failed: dates whose last started run did not complete');

/** Shape of a {@link BackfillEstimate} on the wire. */
export const backfillEstimateSchema = z.object({
  total_seconds: z.number().describe('What the backfill may take in all'),
  seconds_per_date: z.number().describe('Median of the last completed runs'),
  at_once: z.int().describe('Dates at work at once, as far as the server allows it'),
  based_on_runs: z.int().describe('Runs that it is the median of, at most 20'),
});
/** How long a backfill may take, by past runs of its dataset. */
export type BackfillEstimate = z.infer<typeof backfillEstimateSchema>;

/** Shape of a {@link Backfill} on the wire. */
export const backfillSchema = z.object({
  backfill_id: z.string().describe('Readable id'),
  dataset_name: datasetName,
  start_date: calendarDate,
  end_date: calendarDate,
  status: runStatusSchema,
  total_runs: z.int().describe('Dates in all'),
  counts: z
    .object({
      PENDING: z.int().describe('Dates that wait'),
      RUNNING: z.int().describe('Dates at work'),
      COMPLETED: z.int().describe('Dates that completed'),
      FAILED: z.int().describe('Dates that failed'),
      KILLED: z.int().describe('Dates that were stopped or never started'),
    })
    .describe('Dates by state'),
  parallel: z.int().describe('Dates that may be at work at once'),
  reverse: z.boolean().describe('From the last date to the first'),
  continue_on_failure: z.boolean().describe('A date that does not complete does not end it'),
  only: onlyDatesSchema.nullable(),
  ticks: z.boolean().describe('One run for each tick of the schedule instead of one for each date'),
  params: z.record(z.string(), z.json()).describe('Parameter values that its dates share'),
  revision: z.string().describe('Content digest of the spec that its runs have'),
  created_at: instant,
  resumed_at: instant.nullable().describe('When it was last resumed'),
  finished_at: instant.nullable(),
  requested_by: z.string().describe('Who asked for it'),
  reason: z.string().nullable().describe('Why it ended or is being stopped, where somebody or something said so'),
  stop_requested_at: instant.nullable(),
  current_date: calendarDate.nullable().describe('The date at work; the first one where there are several'),
  current_dates: z.array(calendarDate).describe('The dates at work, in its order'),
  next_run_id: z.string().nullable().describe('The run that starts next'),
  failed_run_id: z.string().nullable().describe('The first run that failed'),
  resume_date: calendarDate.nullable().describe('The first date that did not complete, once the backfill has ended'),
  slowest: z
    .object({ execution_date: calendarDate, duration_seconds: z.number().describe('Seconds that it took') })
    .nullable()
    .describe('The completed date that took longest'),
  failures: z
    .array(z.object({ execution_date: calendarDate, run_id: z.string().describe('Its run') }))
    .describe('The first dates that failed, at most 5; counts.FAILED tells how many there are'),
});
/** An ordered range of execution dates, one run each. */
export type Backfill = z.infer<typeof backfillSchema>;

/** Shape of a {@link StartedBackfill} on the wire. */
export const startedBackfillSchema = backfillSchema.extend({
  run_ids: z.array(z.string()).describe('In the order in which they start'),
  estimate: backfillEstimateSchema.nullable().describe('How long it may take; null without a past run'),
});
/** A backfill that was just stored, with its runs. */
export type StartedBackfill = z.infer<typeof startedBackfillSchema>;

/** Shape of a {@link ResumedBackfill} on the wire. */
export const resumedBackfillSchema = backfillSchema.extend({
  resumed_runs: z.int().describe('Dates that get a new run'),
  previous_revision: z.string().describe('The revision of its runs so far; revision is the present one'),
  estimate: backfillEstimateSchema.nullable().describe('How long it may take; null without a past run'),
});
/** A backfill that goes on with the dates that did not complete. */
export type ResumedBackfill = z.infer<typeof resumedBackfillSchema>;

/** Shape of a {@link BackfillPlan} on the wire. */
export const backfillPlanSchema = z.object({
  dataset_name: datasetName,
  start_date: calendarDate,
  end_date: calendarDate,
  total_runs: z.int().describe('Dates that would run'),
  parallel: backfillSchema.shape.parallel,
  reverse: backfillSchema.shape.reverse,
  continue_on_failure: backfillSchema.shape.continue_on_failure,
  only: backfillSchema.shape.only,
  ticks: backfillSchema.shape.ticks,
  estimate: backfillEstimateSchema.nullable().describe('How long it may take; null without a past run'),
  revision: z.string().describe('Content digest of the spec that would run'),
  dates: z
    .array(
      z.object({
        execution_date: calendarDate,
        scheduled_at: instant.nullable().describe('The tick; null where a date is no tick'),
        action: z.enum(['run', 'skip']).describe('Whether it would run'),
        reason: z.string().describe('Why'),
        last_success_at: instant.nullable(),
        last_status: runStatusSchema.nullable().describe('How the last started run of this date stands or ended'),
      }),
    )
    .describe('In the order in which they would start, with what would happen to each'),
});
/** What a backfill would do; nothing was stored. */
export type BackfillPlan = z.infer<typeof backfillPlanSchema>;

const backfillId = z.string().min(1).max(100).describe('Id of a backfill, such as bf-20240115-093045');

/** `POST /workflows/{dataset}/backfill` */
export const backfillWorkflow = route('DLI-800', 'DLI-806', 'DLI-810', 'DLI-811', 'DLI-812', 'DLI-814')
  .route({
    method: 'POST',
    path: '/workflows/{dataset}/backfill',
    successStatus: 202,
    summary: 'Backfill a range of dates',
    description:
      'One run per date from start_date to end_date, both included. Without options: in order, one at a time, and it stops at the first failure.',
  })
  .input(
    z.strictObject({
      dataset: datasetName,
      start_date: z.string().max(40).describe('First date, YYYY-MM-DD'),
      end_date: z.string().max(40).describe('Last date, included'),
      params: givenParams.default({}),
      parallel: z.int().min(1).max(64).default(1).describe('Dates at work at once, 1 to 64'),
      reverse: z.boolean().default(false).describe('From the last date to the first'),
      continue_on_failure: z.boolean().default(false).describe('Go on after a date that did not complete'),
      only: onlyDatesSchema.optional(),
      ticks: z.boolean().default(false).describe('One run for each tick of the schedule; not together with only'),
      dry_run: z.boolean().default(false).describe('Only list the dates and what would happen to each'),
    }),
  )
  .output(z.union([startedBackfillSchema, backfillPlanSchema]));

/** `GET /backfills/{backfill_id}` */
export const getBackfill = route('DLI-809')
  .route({ method: 'GET', path: '/backfills/{backfill_id}', summary: 'Read a backfill' })
  .input(z.strictObject({ backfill_id: backfillId }))
  .output(backfillSchema);

/** `GET /backfills` */
export const listBackfills = route()
  .route({ method: 'GET', path: '/backfills', summary: 'List backfills, newest first' })
  .input(
    z.strictObject({
      dataset_name: datasetName.optional(),
      status: runStatusSchema.optional(),
      start_date: calendarDate.optional().describe('Created on or after this date, UTC'),
      end_date: calendarDate.optional().describe('Created on or before this date, UTC'),
      limit: pageLimit,
      cursor: cursorField,
    }),
  )
  .output(pageOf(backfillSchema));

/** `POST /backfills/{backfill_id}/stop` */
export const stopBackfill = route('DLI-807', 'DLI-809')
  .route({
    method: 'POST',
    path: '/backfills/{backfill_id}/stop',
    summary: 'Stop a backfill',
    description: 'Dates that have not started become KILLED at once; the one at work is cancelled in the warehouse.',
  })
  .input(
    z.strictObject({
      backfill_id: backfillId,
      reason: z.string().max(1000).optional().describe('Why; kept and shown'),
    }),
  )
  .output(backfillSchema);

/** `POST /backfills/{backfill_id}/resume` */
export const resumeBackfill = route('DLI-800', 'DLI-806', 'DLI-807', 'DLI-809', 'DLI-810', 'DLI-811', 'DLI-812')
  .route({
    method: 'POST',
    path: '/backfills/{backfill_id}/resume',
    successStatus: 202,
    summary: 'Resume a backfill that did not complete',
    description:
      'Its dates that did not complete get new runs, in its order, with its parameters and options and the present revision of the spec. Runs that have ended stay as they are.',
  })
  .input(
    z.strictObject({
      backfill_id: backfillId,
      dataset_name: datasetName.optional().describe('Refuses a backfill of another dataset'),
    }),
  )
  .output(resumedBackfillSchema);
