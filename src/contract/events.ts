import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { instant, queryInteger } from './fields.ts';
import { route } from './route.ts';

/** Shape of a {@link EventKind} on the wire. */
export const eventKindSchema = z
  .enum([
    'workflow.registered',
    'workflow.updated',
    'workflow.unregistered',
    'workflow.spec_broken',
    'workflow.spec_mended',
    'workflow.paused',
    'workflow.unpaused',
    'code.deployed',
    'spec_store.unreadable',
    'spec_store.readable',
    'tick.missed',
    'tick.skipped_overlap',
    'tick.skipped_paused',
    'tick.taken_back',
    'run.created',
    'run.started',
    'run.waiting',
    'run.delay_shortened',
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
    'notification.given_up',
    'notification.resend_requested',
    'token.created',
    'token.revoked',
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

/** Shape of a {@link StreamReset} on the wire. */
export const streamResetSchema = z.object({
  kind: z.literal('reset').describe('Events that were asked for are no longer kept: read the state again'),
  seq: z.int().describe('The stream goes on after this one; also the SSE id'),
});
/** Takes the place of events that are no longer kept: whoever builds on every event reads the state again. */
export type StreamReset = z.infer<typeof streamResetSchema>;

const kindFilter = z
  .union([eventKindSchema, z.array(eventKindSchema).min(1).max(eventKindSchema.options.length)])
  .describe('Only of this kind, or of one of these: kind=run.failed&kind=run.killed');

/** `GET /events` */
export const followEvents = route()
  .route({
    method: 'GET',
    path: '/events',
    summary: 'Follow changes as they are committed (server-sent events)',
    description:
      'Without after and the header Last-Event-ID it begins with the next change; the header of that name in the answer says where. After a place whose events are no longer kept comes one reset, then the oldest event that is. A comment every few seconds shows that the connection lives; its id is the place reached.',
  })
  .input(
    z.strictObject({
      run_id: z.string().max(300).optional().describe('Only of this run'),
      backfill_id: z.string().max(100).optional().describe('Only of this backfill'),
      dataset_name: z.string().max(200).optional().describe('Only of this dataset'),
      kind: kindFilter.optional(),
      after: queryInteger({ min: 0 }).optional().describe('Begin after this seq; the header Last-Event-ID goes first'),
    }),
  )
  .output(eventIterator(z.union([eventSchema, streamResetSchema])));
