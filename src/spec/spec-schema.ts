/**
 * The YAML of a spec, key by key, as it is written: snake_case, strict. `parse.ts` turns it into a
 * {@link DatasetSpec}; a JSON Schema for editors can be generated from it.
 */
import { z } from 'zod';
import { parameterTypes } from '../core/parameter-values.ts';

const text = z.string().min(1);
const shortText = text.max(1_000);
const sqlText = z.string().min(1).describe('SQL, a Jinja template');
const sqlFile = z.string().min(1).describe('A file with the SQL, relative to the spec and inside its folder');
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const preStatement = z.strictObject({
  name: shortText.describe('Shown in logs and errors; unique'),
  sql: sqlText.optional(),
  file: sqlFile.optional(),
});

const postStatement = z.strictObject({
  ...preStatement.shape,
  continue_on_error: z.boolean().default(false).describe('Go on with the next statement when this one fails'),
});

const parameter = z.strictObject({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'a letter or _ followed by letters, digits or _'),
  type: z.enum(parameterTypes).describe('How values are converted and checked'),
  required: z.boolean().optional().describe('Default: true unless a default is given'),
  default: z
    .union([scalar, z.array(scalar)])
    .nullable()
    .optional()
    .describe('Used when no value is given'),
  description: z.string().nullable().optional(),
});

const channels = {
  slack: { expects: 'a channel', pattern: /./ },
  email: { expects: 'one address', pattern: /^[^\s@,;<>]+@[^\s@,;<>]+$/ },
  webhook: { expects: 'an http or https URL', pattern: /^https?:\/\/[^\s/]/i },
} as const;

const target = z
  .strictObject({
    type: z.enum(['slack', 'email', 'webhook']),
    channel: shortText.describe('A channel, an address or a URL, by type'),
  })
  .superRefine(({ type, channel }, context) => {
    const { expects, pattern } = channels[type];
    if (!pattern.test(channel)) context.addIssue({ code: 'custom', path: ['channel'], message: expects });
  });

const notifications = z.strictObject({
  on_failure: z.array(target).default([]),
  on_success: z.array(target).default([]),
  on_source_change: z.array(target).default([]),
  on_recovery: z.array(target).default([]).describe('The first success after a failure'),
  on_late: z
    .strictObject({
      after_minutes: z.int().min(1).max(525_600).describe('Minutes after the tick'),
      to: z.array(target).min(1),
    })
    .optional()
    .describe('The run of a tick is not completed in time, whatever the reason'),
});

const retry = z.strictObject({
  max_attempts: z.int().min(1).max(100).default(1).describe('Attempts in all; 1 means no retry'),
  delay_seconds: z.int().min(0).max(86_400).default(300),
});

const schedule = z.strictObject({
  enabled: z.boolean().default(true),
  cron: text.describe('Five fields, or @hourly to @yearly'),
  timezone: text.default('UTC').describe('IANA name'),
  retry: retry.prefault({}),
  execution_date: z.enum(['same_day', 'previous_day']).default('same_day').describe('Which date a tick computes'),
  catchup: z.enum(['none', 'latest', 'all']).default('latest').describe('Ticks missed while the server was down'),
  overlap: z
    .enum(['queue', 'skip'])
    .default('queue')
    .describe('A tick that comes while the previous scheduled run is unfinished'),
  notifications: notifications.prefault({}),
});

const execution = z.strictObject({
  dialect: text.optional().describe("The dialect that the SQL is written in; default: the warehouse's own"),
  warehouse: text.default('default').describe('Which configured warehouse'),
  timeout_seconds: z.int().min(1).max(604_800).default(3_600).describe('Per attempt'),
});

/** The schema of a whole spec as YAML has it. */
export const specSchema = z.strictObject({
  name: text.describe('The dataset: 1 to 3 dot-separated parts'),
  type: z.literal('Dataset').default('Dataset'),
  owner: shortText,
  team: shortText,
  description: z.string().nullable().optional(),
  domains: z.array(shortText).default([]).describe('Free labels'),
  tags: z.array(shortText).default([]),
  query_type: z.literal('DML').default('DML').describe('Kept for compatibility'),
  query_file: sqlFile.optional(),
  query_statement: sqlText.optional(),
  pre_statements: z.array(preStatement).max(100).default([]).describe('Run before the query, in order'),
  post_statements: z.array(postStatement).max(100).default([]).describe('Run after the commit, in order'),
  parameters: z.array(parameter).max(100).default([]),
  depends_on: z.array(text).default([]).describe('Lineage only; does not delay a run'),
  schema: z
    .array(z.strictObject({ name: shortText, type: shortText, description: z.string().nullable().optional() }))
    .default([])
    .describe('Documentation of the output'),
  versions: z
    .array(
      z.strictObject({
        version: shortText,
        started_at: shortText.nullable().optional(),
        ended_at: shortText.nullable().optional(),
        description: z.string().nullable().optional(),
      }),
    )
    .default([]),
  execution: execution.prefault({}),
  schedule: schedule.nullable().optional().describe('Leave out for a dataset that only runs on demand'),
});

/** A spec as its YAML has it, defaults filled in. */
export type SpecYaml = z.output<typeof specSchema>;
