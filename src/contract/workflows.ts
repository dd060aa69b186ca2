import { z } from 'zod';
import { explanationSchema } from './explanations.ts';
import {
  calendarDate,
  cursorField,
  datasetName,
  instant,
  pageLimit,
  pageOf,
  queryFlag,
  queryInteger,
  sourceTypeSchema,
} from './fields.ts';
import { statementSchema } from './revisions.ts';
import { route } from './route.ts';
import { runSchema } from './runs.ts';
import { tickSchema } from './ticks.ts';

/** Shape of a {@link WorkflowStatus} on the wire. */
export const workflowStatusSchema = z
  .enum(['active', 'paused', 'overridden'])
  .describe('Whether its schedule is in force');
/** Whether a registration's schedule is in force. */
export type WorkflowStatus = z.infer<typeof workflowStatusSchema>;

/** Shape of a {@link RetryConfig} on the wire. */
export const retrySchema = z.object({
  max_attempts: z.int().describe('Attempts in all'),
  delay_seconds: z.number().describe('Seconds between them'),
});
/** Attempts in all and the seconds between them. */
export type RetryConfig = z.infer<typeof retrySchema>;

/** Shape of a {@link NotificationConfig} on the wire. */
export const notificationSchema = z.record(z.string(), z.json()).describe('Who is told about what');
/** Who is told about what, as the spec has it. */
export type NotificationConfig = z.infer<typeof notificationSchema>;

/** Shape of a {@link ScheduleConfig} on the wire. */
export const scheduleSchema = z.object({
  enabled: z.boolean().describe('Whether it is in force'),
  cron: z.string().describe('Five fields, or @hourly … @yearly'),
  timezone: z.string().describe('IANA timezone'),
  retry: retrySchema.describe('What follows a failed attempt'),
  execution_date: z.enum(['same_day', 'previous_day']).describe('Which date a tick computes'),
  catchup: z.enum(['none', 'latest', 'all']).describe('What becomes of ticks that a downtime missed'),
  overlap: z.enum(['queue', 'skip']).describe('What becomes of a tick while the run before is unfinished'),
  notifications: notificationSchema.nullable(),
});
/** When a dataset runs by itself. */
export type ScheduleConfig = z.infer<typeof scheduleSchema>;

/** Who paused a workflow, when and why. */
export const pauseSchema = z.object({
  at: instant,
  by: z.string().describe('Who paused it'),
  reason: z.string().nullable().describe('Why, where it was said'),
});

/** Shape of a {@link WorkflowInfo} on the wire. */
export const workflowSchema = z.object({
  dataset_name: datasetName,
  source_type: sourceTypeSchema,
  status: workflowStatusSchema,
  owner: z.string().describe('Who answers for it'),
  team: z.string().describe('The team that owns it'),
  description: z.string().nullable().describe('What it is'),
  schedule: scheduleSchema.nullable().describe('When it runs by itself; null when only on demand'),
  next_run_at: instant.nullable(),
  last_run: runSchema.nullable().describe('The run that started last'),
  paused: pauseSchema.nullable().describe('Since when, by whom and why its schedule is held'),
  spec_error: z.string().nullable().describe('Why its newest spec is not in force'),
  revision: z.string().describe('Content digest of its spec'),
  registered_at: instant,
  updated_at: instant,
});
/** One registration of a dataset on the server. */
export type WorkflowInfo = z.infer<typeof workflowSchema>;

/** Shape of a {@link WorkflowDetail} on the wire. */
export const workflowDetailSchema = workflowSchema.extend({
  registrations: z
    .array(
      z.object({
        source_type: sourceTypeSchema,
        revision: z.string().describe('Content digest of its spec'),
        effective: z.boolean().describe('Whether this is the one that runs'),
        file: z.string().nullable().describe('Its file in the spec store'),
        spec_error: z.string().nullable().describe('Why its newest spec is not in force'),
        registered_at: instant,
        updated_at: instant,
      }),
    )
    .describe('At most one of each source'),
  parameters: z
    .array(
      z.object({
        name: z.string().describe('Name'),
        type: z.string().describe('Type that values are converted to'),
        required: z.boolean().describe('Whether a run has to give it'),
        default: z.json().describe('Value where none is given; null when there is none'),
        description: z.string().nullable().describe('What it is for'),
      }),
    )
    .describe('Declared parameters'),
  tags: z.array(z.string()).describe('Free labels'),
  domains: z.array(z.string()).describe('Free labels'),
  warehouse: z.string().describe('Which configured warehouse runs it'),
  dialect: z.string().nullable().describe('Dialect that the SQL is written in; null for the warehouse’s own'),
  timeout_seconds: z.number().describe('Time limit of each attempt'),
  statements: z.array(statementSchema).describe('What a run executes, in order'),
  reads: z.array(z.string()).describe('Tables that it reads, and depends_on'),
  writes: z.array(z.string()).describe('Tables that it writes'),
  read_by: z.array(z.string()).describe('Registered datasets that read it'),
  last_runs: z.array(runSchema).describe('Its newest runs'),
  last_ticks: z.array(tickSchema).describe('The newest ticks with an outcome, in order of time'),
  next_ticks: z.array(tickSchema).describe('The ticks to come'),
  explanation: explanationSchema.describe('How it stands'),
});
/** Everything that the server knows of a workflow. */
export type WorkflowDetail = z.infer<typeof workflowDetailSchema>;

/** Shape of a {@link RegisteredWorkflow} on the wire. */
export const registeredSchema = workflowSchema.extend({
  warnings: z.array(z.string()).describe('What may surprise'),
  reads: z.array(z.string()).describe('Tables that it reads, and depends_on'),
  writes: z.array(z.string()).describe('Tables that it writes'),
});
/** A registration that was just stored, and what there is to say about it. */
export type RegisteredWorkflow = z.infer<typeof registeredSchema>;

/** Shape of a {@link WorkflowPreview} on the wire. */
export const previewSchema = z.object({
  columns: z
    .array(z.object({ name: z.string().describe('Name'), type: z.string().describe('Type in the warehouse') }))
    .describe('In the order of the table'),
  rows: z.array(z.record(z.string(), z.json())).describe('Values by column; large integers and decimals are text'),
});
/** The first rows of a dataset's table. */
export type WorkflowPreview = z.infer<typeof previewSchema>;

/** Shape of a {@link SyncResult} on the wire. */
export const syncSchema = z.object({
  added: z.array(z.string()).describe('Datasets whose files were new'),
  updated: z.array(z.string()).describe('Datasets whose files had changed'),
  removed: z.array(z.string()).describe('Datasets whose files were gone'),
  unchanged: z.int().describe('Files that had not changed'),
  broken: z
    .array(
      z.object({
        dataset_name: z.string().nullable().describe('Dataset of the file; null when that cannot be told'),
        file: z.string().describe('The file, such as code/dataset.a.yaml'),
        error: z.string().describe('Why'),
      }),
    )
    .describe('Files that are not in force; the last good revision keeps running'),
  held: z
    .array(z.object({ dataset_name: z.string().describe('The dataset'), reason: z.string().describe('Why') }))
    .describe(
      'Datasets whose files are gone and which stay in force: too many would go at once, or what is gone is in doubt',
    ),
  busy: z.array(z.string()).describe('Files that are being written at this moment: the next look takes them'),
  troubles: z.array(z.string()).describe('Folders that cannot be read, so that nothing of theirs was changed'),
  notes: z.array(z.string()).describe('What may surprise'),
});
/** What a look at the spec store found. */
export type SyncResult = z.infer<typeof syncSchema>;

const specUpload = {
  spec: z.string().max(1_048_576).describe('The YAML document'),
  file_name: z.string().max(300).default('spec.yaml').describe('What errors call the document'),
  files: z
    .record(z.string().max(300), z.string().max(1_048_576))
    .default({})
    .describe('The SQL files that the document names, by the path that it names them with'),
  schedule: z
    .strictObject({
      cron: z.string().max(200).optional().describe('Five fields, or @hourly … @yearly'),
      timezone: z.string().max(100).optional().describe('IANA timezone'),
      enabled: z.boolean().optional().describe('Whether it is in force'),
      retry_attempts: z.int().optional().describe('Attempts in all'),
      retry_delay_seconds: z.int().optional().describe('Seconds between attempts'),
    })
    .default({})
    .describe("Replaces parts of the document's schedule"),
};

/** `POST /workflows/register` */
export const registerWorkflow = route(
  'DLI-801',
  'DLI-803',
  'DLI-804',
  'DLI-805',
  'DLI-806',
  'DLI-813',
  'DLI-815',
  'DLI-816',
)
  .route({ method: 'POST', path: '/workflows/register', successStatus: 201, summary: 'Register a dataset' })
  .input(z.strictObject(specUpload))
  .output(registeredSchema);

/** `PUT /workflows/{dataset}` */
export const updateWorkflow = route(
  'DLI-800',
  'DLI-801',
  'DLI-803',
  'DLI-805',
  'DLI-806',
  'DLI-813',
  'DLI-815',
  'DLI-816',
)
  .route({ method: 'PUT', path: '/workflows/{dataset}', summary: 'Update a manual registration' })
  .input(z.strictObject({ dataset: datasetName, ...specUpload }))
  .output(registeredSchema);

/** `DELETE /workflows/{dataset}` */
export const unregisterWorkflow = route('DLI-800', 'DLI-803', 'DLI-808')
  .route({
    method: 'DELETE',
    path: '/workflows/{dataset}',
    inputStructure: 'detailed',
    summary: 'Remove a manual registration',
    description: 'Refused while runs are unfinished, unless force is given: then they are stopped. The table stays.',
  })
  .input(
    z.object({
      params: z.strictObject({ dataset: datasetName }),
      query: z
        .strictObject({ force: queryFlag.prefault(false).describe('Stop unfinished runs first') })
        .default({ force: false }),
    }),
  )
  .output(
    z.object({ dataset_name: datasetName, stopped_runs: z.array(z.string()).describe('Runs that were stopped first') }),
  );

/** `GET /workflows` */
export const listWorkflows = route()
  .route({ method: 'GET', path: '/workflows', summary: 'List workflows, a row per registration' })
  .input(
    z.strictObject({
      source_type: sourceTypeSchema.optional(),
      status: workflowStatusSchema.optional(),
      dataset: z
        .string()
        .max(200)
        // SQLite reads a pattern up to a NUL only, and would find everything.
        .refine((text) => !text.includes('\0'), 'no NUL is in a name')
        .optional()
        .describe('Part of the name; * stands for any text'),
      prefix: z.string().max(200).optional().describe('Beginning of the name, upper and lower case told apart'),
      running: queryFlag.optional().describe('Only those with a run at work'),
      enabled_only: queryFlag.optional().describe('Only those with an enabled schedule'),
      owner: z.string().max(200).optional().describe('Only those of this owner'),
      limit: pageLimit,
      cursor: cursorField,
    }),
  )
  .output(pageOf(workflowSchema));

/** `GET /workflows/{dataset}` */
export const getWorkflow = route('DLI-800')
  .route({ method: 'GET', path: '/workflows/{dataset}', summary: 'Read a workflow' })
  .input(z.strictObject({ dataset: datasetName }))
  .output(workflowDetailSchema);

/** `POST /workflows/{dataset}/pause` */
export const pauseWorkflow = route('DLI-800', 'DLI-807')
  .route({
    method: 'POST',
    path: '/workflows/{dataset}/pause',
    summary: 'Pause a workflow',
    description:
      'No scheduled run starts while it is paused; running ones finish, and on-demand runs and backfills still work. Nothing but unpause ends it.',
  })
  .input(z.strictObject({ dataset: datasetName, reason: z.string().max(1000).optional().describe('Kept and shown') }))
  .output(workflowSchema);

/** Shape of an {@link UnpausedWorkflow} on the wire. */
export const unpausedSchema = workflowSchema.extend({
  skipped_ticks: z
    .object({
      count: z.int().describe('How many'),
      first_date: calendarDate.describe('The execution date of the first'),
      last_date: calendarDate.describe('The execution date of the last'),
      command: z
        .string()
        .nullable()
        .describe('What computes these dates; null for a dataset without a parameter execution_date'),
    })
    .nullable()
    .describe('Ticks of the pause that made no run; null when there are none'),
  run_ids: z
    .array(z.string())
    .describe('Runs that catchup asked for, in order; those of a long catch-up follow by themselves'),
});
/** A workflow whose pause has ended, and what became of the ticks of the pause. */
export type UnpausedWorkflow = z.infer<typeof unpausedSchema>;

/** `POST /workflows/{dataset}/unpause` */
export const unpauseWorkflow = route('DLI-800', 'DLI-807')
  .route({
    method: 'POST',
    path: '/workflows/{dataset}/unpause',
    summary: 'Unpause a workflow',
    description:
      'It waits for its next tick; catchup asks for ticks of the pause, at most 1,000 of them, the oldest first.',
  })
  .input(
    z.strictObject({
      dataset: datasetName,
      catchup: z.enum(['latest', 'all']).optional().describe('Also run the newest tick of the pause, or all of them'),
    }),
  )
  .output(unpausedSchema);

/** `GET /workflows/{dataset}/ticks` */
export const listTicks = route('DLI-800', 'DLI-814')
  .route({
    method: 'GET',
    path: '/workflows/{dataset}/ticks',
    summary: "List a schedule's ticks, past ones with their outcome and future ones",
    description: 'In order of time. Without from it begins with the ten newest that have an outcome.',
  })
  .input(
    z.strictObject({
      dataset: datasetName,
      from: z.iso.datetime({ offset: true }).optional().describe('The earliest tick, this instant included'),
      to: z.iso.datetime({ offset: true }).optional().describe('The latest tick, this instant included'),
      limit: pageLimit.default(20),
      cursor: cursorField,
    }),
  )
  .output(pageOf(tickSchema));

/** `GET /workflows/{dataset}/explain` */
export const explainWorkflow = route('DLI-800')
  .route({ method: 'GET', path: '/workflows/{dataset}/explain', summary: 'Why a workflow runs, waits or does not' })
  .input(z.strictObject({ dataset: datasetName }))
  .output(explanationSchema);

/** `POST /workflows/sync` */
export const syncWorkflows = route()
  .route({ method: 'POST', path: '/workflows/sync', summary: 'Look at the spec store now' })
  .input(
    z
      .strictObject({
        accept_deletions: z
          .boolean()
          .default(false)
          .describe('Take specs whose files are gone for removed, however many they are'),
      })
      .default({ accept_deletions: false }),
  )
  .output(syncSchema);

/** `GET /workflows/{dataset}/preview` */
export const previewWorkflow = route('DLI-800', 'DLI-815', 'DLI-816')
  .route({ method: 'GET', path: '/workflows/{dataset}/preview', summary: "First rows of the dataset's table" })
  .input(
    z.strictObject({
      dataset: datasetName,
      limit: queryInteger({ min: 1, max: 1000 }).prefault(20).describe('Rows, at most 1000'),
    }),
  )
  .output(previewSchema);
