/**
 * `dli/client`: the typed client of a Basecamp server, its errors, and the types of what the API gives. It runs wherever
 * there is `fetch`: Node, Deno, Bun, browsers.
 */
export { BasecampClient, type ClientOptions } from '../client/basecamp-client.ts';
export type { EventFilter, LogFilter } from '../client/follow.ts';
export type { FollowOptions } from '../client/follow-state.ts';
export type { StreamOptions } from '../client/follow-stream.ts';
export type { CallContext } from '../client/link.ts';
export type { ClientAnswer, ClientRequest, Transport } from '../client/transport.ts';
export { hasEnded } from '../client/wait.ts';
export type { Backfill, BackfillPlan, StartedBackfill } from '../contract/backfills.ts';
export type {
  DeployChange,
  DeployCommit,
  DeployTicks,
  SpecDifference,
  WorkflowDeploy,
} from '../contract/deploys.ts';
export {
  DliError,
  type ErrorCode,
  type ErrorDetails,
  errorCatalogue,
  formatPlace,
  isErrorCode,
  type Problem,
} from '../contract/errors.ts';
export type { BasecampEvent, EventKind, StreamReset } from '../contract/events.ts';
export type { Explanation } from '../contract/explanations.ts';
export type { SourceType } from '../contract/fields.ts';
export type {
  NotificationKind,
  NotificationStatus,
  NotificationType,
  WorkflowNotification,
} from '../contract/notifications.ts';
export type { Role } from '../contract/roles.ts';
export type { ErrorBody } from '../contract/route.ts';
export type { DryRun, LogLine, RunError, RunStatus, RunType, WorkflowRun } from '../contract/runs.ts';
export type { ServerStatus } from '../contract/system.ts';
export type { TickOutcome, WorkflowTick } from '../contract/ticks.ts';
export type { AccessToken, CreatedToken } from '../contract/tokens.ts';
export type {
  NotificationConfig,
  RegisteredWorkflow,
  RetryConfig,
  ScheduleConfig,
  SyncResult,
  UnpausedWorkflow,
  WorkflowDetail,
  WorkflowInfo,
  WorkflowPreview,
  WorkflowStatus,
} from '../contract/workflows.ts';
