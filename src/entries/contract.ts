/**
 * `dli/contract`: the API's routes with their zod schemas, for whoever checks or builds upon what goes over the wire: the
 * contract for oRPC's tools, and the schema of every shape. The types of the same names are in `dli/client`.
 */
export { backfillPlanSchema, backfillSchema, startedBackfillSchema } from '../contract/backfills.ts';
export { apiPrefix, contract } from '../contract/contract.ts';
export {
  deployChangeSchema,
  deployCommitSchema,
  deployTicksSchema,
  specDifferenceSchema,
  workflowDeploySchema,
} from '../contract/deploys.ts';
export { eventKindSchema, eventSchema, streamResetSchema } from '../contract/events.ts';
export { explanationSchema } from '../contract/explanations.ts';
export { pageOf, sourceTypeSchema } from '../contract/fields.ts';
export {
  notificationItemSchema,
  notificationKindSchema,
  notificationStatusSchema,
  notificationTypeSchema,
} from '../contract/notifications.ts';
export { roleSchema } from '../contract/roles.ts';
export { errorBodySchema, errorDataSchema, type RouteErrors } from '../contract/route.ts';
export {
  dryRunSchema,
  logLineSchema,
  runErrorSchema,
  runSchema,
  runStatusSchema,
  runTypeSchema,
} from '../contract/runs.ts';
export { serverStatusSchema } from '../contract/system.ts';
export { tickOutcomeSchema, tickSchema } from '../contract/ticks.ts';
export { createdTokenSchema, tokenSchema } from '../contract/tokens.ts';
export {
  notificationSchema,
  previewSchema,
  registeredSchema,
  retrySchema,
  scheduleSchema,
  syncSchema,
  unpausedSchema,
  workflowDetailSchema,
  workflowSchema,
  workflowStatusSchema,
} from '../contract/workflows.ts';
