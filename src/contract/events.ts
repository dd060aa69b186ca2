import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { instant } from './fields.ts';
import { route } from './route.ts';

/** Shape of a {@link EventKind} on the wire. */
export const eventKindSchema = z
  .enum([
    'workflow.registered',
    'workflow.updated',
    'workflow.unregistered',
    'workflow.paused',
    'workflow.unpaused',
    'tick.missed',
    'tick.skipped_overlap',
    'tick.skipped_paused',
    'run.created',
    'run.started',
    'run.waiting',
    'run.retrying',
    'run.lost',
    'run.published',
    'run.stop_requested',
    'run.completed',
    'run.failed',
    'run.killed',
    'backfill.created',
    'backfill.resumed',
    'backfill.stop_requested',
    'backfill.completed',
    'backfill.failed',
    'backfill.killed',
    'server.started',
    'server.clock_moved',
  ])
  .describe('What happened');
/** What happened. */
export type EventKind = z.infer<typeof eventKindSchema>;

/** Shape of a {@link BasecampEvent} on the wire. */
export const eventSchema = z.object({
  seq: z.int().describe('Position in the append-only log; also the SSE id'),
  at: instant,
  kind: eventKindSchema,
  dataset_name: z.string().nullable().describe('The dataset that it is about'),
  run_id: z.string().nullable().describe('The run that it is about'),
  backfill_id: z.string().nullable().describe('The backfill that it is about'),
  actor: z.string().describe('Who or what did it'),
  reason: z.string().nullable().describe('Why'),
  data: z.record(z.string(), z.json()).describe('Facts for programs, by kind'),
});
/** One entry of the append-only log of changes. */
export type BasecampEvent = z.infer<typeof eventSchema>;

/** `GET /events` */
export const followEvents = route()
  .route({
    method: 'GET',
    path: '/events',
    summary: 'Follow changes as they are committed (server-sent events)',
    description: 'Without after and Last-Event-ID it begins with the next change.',
  })
  .input(
    z.strictObject({
      run_id: z.string().max(300).optional().describe('Only of this run'),
      backfill_id: z.string().max(100).optional().describe('Only of this backfill'),
      dataset_name: z.string().max(200).optional().describe('Only of this dataset'),
      after: z.coerce.number().int().min(0).optional().describe('Begin after this seq'),
    }),
  )
  .output(eventIterator(eventSchema));
