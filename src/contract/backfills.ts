import { z } from 'zod';
import { calendarDate, cursorField, datasetName, givenParams, instant, pageLimit, pageOf } from './fields.ts';
import { route } from './route.ts';
import { runStatusSchema } from './runs.ts';

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
  params: z.record(z.string(), z.json()).describe('Parameter values that its dates share'),
  revision: z.string().describe('Content digest of the spec that its runs have'),
  created_at: instant,
  finished_at: instant.nullable(),
  requested_by: z.string().describe('Who asked for it'),
  reason: z.string().nullable().describe('Why it ended or is being stopped, where somebody or something said so'),
  stop_requested_at: instant.nullable(),
  current_date: calendarDate.nullable().describe('The date at work'),
  failed_run_id: z.string().nullable().describe('The first run that failed'),
  resume_date: calendarDate.nullable().describe('The first date that did not complete, once the backfill has ended'),
  slowest: z
    .object({ execution_date: calendarDate, duration_seconds: z.number().describe('Seconds that it took') })
    .nullable()
    .describe('The completed date that took longest'),
});
/** An ordered range of execution dates, one run each. */
export type Backfill = z.infer<typeof backfillSchema>;

/** Shape of a {@link StartedBackfill} on the wire. */
export const startedBackfillSchema = backfillSchema.extend({
  run_ids: z.array(z.string()).describe('In the order of the dates'),
});
/** A backfill that was just stored, with its runs. */
export type StartedBackfill = z.infer<typeof startedBackfillSchema>;

/** Shape of a {@link BackfillPlan} on the wire. */
export const backfillPlanSchema = z.object({
  dataset_name: datasetName,
  start_date: calendarDate,
  end_date: calendarDate,
  total_runs: z.int().describe('Dates in all'),
  revision: z.string().describe('Content digest of the spec that would run'),
  dates: z
    .array(
      z.object({
        execution_date: calendarDate,
        last_success_at: instant.nullable(),
        last_status: runStatusSchema.nullable().describe('How the last started run of this date stands or ended'),
      }),
    )
    .describe('In order, with what is known of each'),
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
      'One run per date from start_date to end_date, both included, in order, one at a time; it stops at the first failure.',
  })
  .input(
    z.strictObject({
      dataset: datasetName,
      start_date: z.string().max(40).describe('First date, YYYY-MM-DD'),
      end_date: z.string().max(40).describe('Last date, included'),
      params: givenParams.default({}),
      dry_run: z.boolean().default(false).describe('Only list the dates'),
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
