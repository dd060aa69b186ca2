import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { explanationSchema } from './explanations.ts';
import {
  calendarDate,
  cursorField,
  datasetName,
  givenParams,
  instant,
  pageLimit,
  pageOf,
  queryInteger,
  sourceTypeSchema,
} from './fields.ts';
import { route } from './route.ts';

/** Shape of a {@link RunStatus} on the wire. */
export const runStatusSchema = z
  .enum(['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'KILLED'])
  .describe('State of a run, or of a backfill');
/** The state of a run; `core/run-state.ts` has the transitions. */
export type RunStatus = z.infer<typeof runStatusSchema>;

/** Shape of a {@link RunType} on the wire. */
export const runTypeSchema = z.enum(['adhoc', 'scheduled', 'backfill']).describe('What asked for the run');
/** What asked for a run. */
export type RunType = z.infer<typeof runTypeSchema>;

/** Shape of a {@link RunError} on the wire. */
export const runErrorSchema = z.object({
  code: z.string().describe('A permanent code, such as DLI-815'),
  message: z.string().describe('What happened'),
  statement: z.string().nullable().describe('Which statement failed: its name, or "query"'),
  line: z.int().nullable().describe('Line in that statement'),
  column: z.int().nullable().describe('Column in that line'),
});
/** Why a run or an attempt failed. */
export type RunError = z.infer<typeof runErrorSchema>;

/** Shape of a {@link WorkflowRun} on the wire. */
export const runSchema = z.object({
  run_id: z.string().describe('Readable label, unique'),
  run_uid: z.string().describe('Identity (UUIDv7), never reused'),
  dataset_name: datasetName,
  source_type: sourceTypeSchema,
  run_type: runTypeSchema,
  status: runStatusSchema,
  execution_date: calendarDate.nullable(),
  params: z.record(z.string(), z.json()).describe('Parameter values, converted'),
  revision: z.string().describe('Content digest of the spec that it runs'),
  attempt: z.int().describe('Attempts made so far; 0 before the first'),
  max_attempts: z.int().describe('Attempts in all that its spec allows'),
  created_at: instant,
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  duration_seconds: z.number().nullable().describe('From the first start to the end; null until it has ended'),
  triggered_by: z.string().describe('Who or what asked for it'),
  reason: z.string().nullable().describe('Why it is in this state, where somebody or something said so'),
  error: runErrorSchema.nullable().describe('Why it, or its last attempt, failed'),
  published: z
    .boolean()
    .describe("The run's transaction is committed in the warehouse, or its query went through where it only reads"),
  backfill_id: z.string().nullable().describe('The backfill that it belongs to'),
  stop_requested_at: instant.nullable(),
});
/** One execution of a dataset for one set of parameters. */
export type WorkflowRun = z.infer<typeof runSchema>;

/** Shape of a {@link DryRun} on the wire. */
export const dryRunSchema = z.object({
  dataset_name: datasetName,
  revision: z.string().describe('Content digest of the spec that would run'),
  params: z.record(z.string(), z.json()).describe('Parameter values, converted'),
  execution_date: calendarDate.nullable(),
  statements: z
    .array(
      z.object({
        label: z.string().describe('Name of the statement, or query'),
        phase: z.enum(['transaction', 'after_commit']).describe('In the transaction, or after its commit'),
        sql: z.string().describe("Rendered, in the warehouse's dialect"),
        bound: z.boolean().describe('Names and types were checked against the warehouse'),
      }),
    )
    .describe('What would be executed, in order'),
  reads: z.array(z.string()).describe('Tables that it reads, and depends_on'),
  writes: z.array(z.string()).describe('Tables that it writes'),
  warnings: z.array(z.string()).describe('What may surprise'),
});
/** What a run would do; nothing was stored or executed. */
export type DryRun = z.infer<typeof dryRunSchema>;

/** Shape of a {@link LogLine} on the wire. */
export const logLineSchema = z.object({
  at: instant,
  attempt: z.int().describe('Which attempt wrote it'),
  line: z.string().describe('The line'),
});
/** One line of a run's log. */
export type LogLine = z.infer<typeof logLineSchema>;

const runId = z
  .string()
  .min(1)
  .max(300)
  .describe('Run id; leading name parts may be left out where that is unambiguous');

/** `POST /workflows/{dataset}/run` */
export const runWorkflow = route('DLI-800', 'DLI-806', 'DLI-810', 'DLI-811', 'DLI-812', 'DLI-815', 'DLI-816')
  .route({
    method: 'POST',
    path: '/workflows/{dataset}/run',
    successStatus: 202,
    summary: 'Run a dataset',
    description: 'Stores one adhoc run, or with dry_run tells what it would do without storing anything.',
  })
  .input(
    z.strictObject({
      dataset: datasetName,
      params: givenParams.default({}),
      dry_run: z.boolean().default(false).describe('Only tell what it would do'),
    }),
  )
  .output(z.union([runSchema, dryRunSchema]));

/** `GET /workflows/runs/{run_id}` */
export const getRun = route('DLI-809')
  .route({ method: 'GET', path: '/workflows/runs/{run_id}', summary: 'Read a run' })
  .input(z.strictObject({ run_id: runId }))
  .output(runSchema);

/** `GET /workflows/runs/{run_id}/explain` */
export const explainRun = route('DLI-809')
  .route({ method: 'GET', path: '/workflows/runs/{run_id}/explain', summary: 'Why a run waits, failed or ended' })
  .input(z.strictObject({ run_id: runId }))
  .output(explanationSchema);

/** `POST /workflows/runs/{run_id}/stop` */
export const stopRun = route('DLI-807', 'DLI-809')
  .route({
    method: 'POST',
    path: '/workflows/runs/{run_id}/stop',
    summary: 'Stop a run',
    description:
      'A waiting run becomes KILLED at once, unless only the ledger knows whether it is published: then that is asked first. A running one is cancelled in the warehouse; the answer comes when the query is gone, or after a grace period with stop_requested_at set and the status still RUNNING. A repeat with the same Idempotency-Key waits for the end, too.',
  })
  .input(z.strictObject({ run_id: runId, reason: z.string().max(1000).optional().describe('Why; kept and shown') }))
  .output(runSchema);

/** `GET /workflows/runs/{run_id}/logs` */
export const getRunLogs = route('DLI-809')
  .route({ method: 'GET', path: '/workflows/runs/{run_id}/logs', summary: "Read a run's log" })
  .input(
    z.strictObject({
      run_id: runId,
      attempt: queryInteger({ min: 1 }).optional().describe('Only this attempt'),
      limit: pageLimit,
      cursor: cursorField,
    }),
  )
  .output(pageOf(logLineSchema));

/** `GET /workflows/runs/{run_id}/logs/follow` */
export const followRunLog = route('DLI-809')
  .route({
    method: 'GET',
    path: '/workflows/runs/{run_id}/logs/follow',
    summary: "Follow a run's log until the run has ended (server-sent events)",
    description:
      "Every line from the first on, or after the one whose id is given as after or in the header Last-Event-ID; a line's SSE id is its place. When the run has ended and every line was sent, done carries the run; a stream that ends without it was cut off.",
  })
  .input(
    z.strictObject({
      run_id: runId,
      attempt: queryInteger({ min: 1 }).optional().describe('Only lines of this attempt'),
      after: queryInteger({ min: 0 })
        .optional()
        .describe('Begin after the line with this id; the header Last-Event-ID goes first'),
    }),
  )
  .output(eventIterator(logLineSchema, runSchema.optional()));

/** `GET /workflows/history` */
export const getHistory = route()
  .route({ method: 'GET', path: '/workflows/history', summary: 'List runs, newest first' })
  .input(
    z.strictObject({
      dataset_name: datasetName.optional(),
      source_type: sourceTypeSchema.optional(),
      status: runStatusSchema.optional(),
      run_type: runTypeSchema.optional(),
      start_date: calendarDate.optional().describe('Created on or after this date, UTC'),
      end_date: calendarDate.optional().describe('Created on or before this date, UTC'),
      limit: pageLimit,
      cursor: cursorField,
    }),
  )
  .output(pageOf(runSchema));
