import { z } from 'zod';
import { cursorField, datasetName, instant, pageLimit, pageOf } from './fields.ts';
import { route } from './route.ts';

/** Shape of a {@link NotificationType} on the wire. */
export const notificationTypeSchema = z.enum(['slack', 'email', 'webhook']).describe('How it is sent');
/** How a notification is sent. */
export type NotificationType = z.infer<typeof notificationTypeSchema>;

/** Shape of a {@link NotificationKind} on the wire. */
export const notificationKindSchema = z
  .enum(['failure', 'success', 'recovery', 'late', 'source_change', 'backfill', 'test'])
  .describe('What it tells of; backfill sums up a backfill that has ended');
/** What a notification tells of. */
export type NotificationKind = z.infer<typeof notificationKindSchema>;

/** Shape of a {@link NotificationStatus} on the wire. */
export const notificationStatusSchema = z
  .enum(['waiting', 'delivered', 'given_up'])
  .describe('Whether it is still to be delivered, was, or is not tried any more');
/** Whether a notification is still to be delivered. */
export type NotificationStatus = z.infer<typeof notificationStatusSchema>;

/** Shape of a {@link WorkflowNotification} on the wire. */
export const notificationItemSchema = z.object({
  id: z.string().describe('The same however often it is sent'),
  kind: notificationKindSchema,
  dataset_name: datasetName,
  run_id: z.string().nullable().describe('The run that it is about'),
  backfill_id: z.string().nullable().describe('The backfill that it is about'),
  type: notificationTypeSchema,
  channel: z.string().describe('A channel, an address or a URL, by type'),
  status: notificationStatusSchema,
  title: z.string().describe('What happened'),
  why: z.string().describe('Why, in one sentence'),
  command: z.string().nullable().describe('The command that helps; null when there is nothing to do'),
  attempts: z.int().describe('How often it was tried in vain'),
  error: z.string().nullable().describe('Why the last attempt did not succeed'),
  next_attempt_at: instant.nullable().describe('When it is tried next, while it waits after an attempt'),
  created_at: instant,
  finished_at: instant.nullable().describe('When it was delivered or given up'),
});
/** A message about a workflow to one target, and how far its delivery is. */
export type WorkflowNotification = z.infer<typeof notificationItemSchema>;

const notificationId = z.string().min(1).max(100).describe('As the list has it');

/** `GET /notifications` */
export const listNotifications = route()
  .route({ method: 'GET', path: '/notifications', summary: 'List notifications, newest first' })
  .input(
    z.strictObject({
      dataset_name: z.string().max(200).optional().describe('Only of this dataset'),
      status: notificationStatusSchema.optional(),
      limit: pageLimit,
      cursor: cursorField,
    }),
  )
  .output(pageOf(notificationItemSchema));

/** `POST /notifications/{id}/resend` */
export const resendNotification = route('DLI-807', 'DLI-817')
  .route({
    method: 'POST',
    path: '/notifications/{id}/resend',
    summary: 'Try a notification again that was given up',
    description: 'It keeps its id.',
  })
  .input(z.strictObject({ id: notificationId }))
  .output(notificationItemSchema);

/** `POST /notifications/resend` */
export const resendNotifications = route()
  .route({ method: 'POST', path: '/notifications/resend', summary: 'Try all notifications again that were given up' })
  .input(z.strictObject({ dataset_name: z.string().max(200).optional().describe('Only of this dataset') }).default({}))
  .output(z.object({ resent: z.int().describe('How many there were') }));

/** `POST /workflows/{dataset}/notifications/test` */
export const testNotifications = route('DLI-800', 'DLI-807')
  .route({
    method: 'POST',
    path: '/workflows/{dataset}/notifications/test',
    summary: 'Send a test message to every target of a workflow',
    description: 'The answer waits some seconds for the deliveries and tells how far they are.',
  })
  .input(z.strictObject({ dataset: datasetName }))
  .output(z.object({ items: z.array(notificationItemSchema).describe('One for each target') }));
