import { z } from 'zod';
import { calendarDate, instant } from './fields.ts';

/** One occurrence of a schedule, past or future. */
export const tickSchema = z.object({
  scheduled_at: instant.describe('When the tick is due, UTC'),
  local_time: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d$/)
    .describe("The same moment on a clock in the schedule's timezone: YYYY-MM-DD HH:MM"),
  execution_date: calendarDate.describe('The calendar date that the tick computes'),
  outcome: z
    .enum(['run', 'skipped_overlap', 'skipped_paused', 'missed'])
    .nullable()
    .describe('What became of the tick; null as long as nothing did'),
  reason: z.string().nullable().describe('Why the outcome is as it is'),
  note: z.string().nullable().describe('What daylight saving moved, merged or dropped, such as "merges 02:00, 02:30"'),
});
/** One occurrence of a schedule. */
export type WorkflowTick = z.infer<typeof tickSchema>;
