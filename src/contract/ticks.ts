import { z } from 'zod';
import { calendarDate, instant } from './fields.ts';

/** Shape of a {@link TickOutcome} on the wire. */
export const tickOutcomeSchema = z
  .enum(['run', 'skipped_overlap', 'skipped_paused', 'missed'])
  .describe('What became of a tick');
/** What became of a tick; final once it is recorded. */
export type TickOutcome = z.infer<typeof tickOutcomeSchema>;

/** Shape of a {@link WorkflowTick} on the wire. */
export const tickSchema = z.object({
  scheduled_at: instant.describe('When the tick is due, UTC'),
  local_time: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d$/)
    .describe("The same moment on a clock in the schedule's timezone: YYYY-MM-DD HH:MM"),
  execution_date: calendarDate.describe('The calendar date that the tick computes'),
  outcome: tickOutcomeSchema.nullable().describe('What became of the tick; null as long as nothing did'),
  run_id: z.string().nullable().describe('The run that it made, with the outcome run'),
  reason: z.string().nullable().describe('Why the outcome is as it is'),
  note: z.string().nullable().describe('What daylight saving moved, merged or dropped, such as "merges 02:00, 02:30"'),
});
/** One occurrence of a schedule. */
export type WorkflowTick = z.infer<typeof tickSchema>;
