import { implement } from '@orpc/server';
import { contract } from '../contract/contract.ts';
import { DliError } from '../contract/errors.ts';
import type { Role } from '../contract/roles.ts';
import type { ServerStatus } from '../contract/system.ts';
import { backfillWorkflow, getBackfill, listBackfills } from '../services/backfills.ts';
import { deployWorkflows } from '../services/deploy.ts';
import { explainRun, explainWorkflow } from '../services/explain.ts';
import {
  listNotifications,
  resendNotification,
  resendNotifications,
  testNotifications,
} from '../services/notifications.ts';
import type { Caller, ServiceParts } from '../services/parts.ts';
import { pauseWorkflow, unpauseWorkflow } from '../services/pauses.ts';
import { registerWorkflow, updateWorkflow } from '../services/registration.ts';
import { resumeBackfill } from '../services/resume.ts';
import { getRevision } from '../services/revisions.ts';
import { getHistory, getRun, getRunLogs, runWorkflow } from '../services/runs.ts';
import { stopBackfill, stopRun } from '../services/stop.ts';
import { syncWorkflows } from '../services/sync.ts';
import { listTicks } from '../services/ticks.ts';
import { createToken, listTokens, revokeToken } from '../services/tokens.ts';
import { getWorkflow } from '../services/workflow-detail.ts';
import { listWorkflows, previewWorkflow, unregisterWorkflow } from '../services/workflows.ts';
import type { StreamPlace } from './sent-events.ts';
import { createStreams } from './streams.ts';
import { version } from './version.ts';

/** What one request brings besides its input. */
export interface RequestContext {
  readonly caller: Caller;
  /** What the caller may do; undefined for one that is not let in. */
  readonly role: Role | undefined;
  /** The stream that answers the request, where one does. */
  readonly stream: StreamPlace;
}

/** What the router needs besides the services. */
export interface RouterParts extends ServiceParts {
  readonly status: () => ServerStatus;
  readonly isReady: () => boolean;
  /** Aborts when the server closes: followers are let go. */
  readonly closing: AbortSignal;
}

function implementContract() {
  return implement(contract).$context<RequestContext>();
}

/** Implements the contract: each route calls one service and nothing else. */
export function createRouter(parts: RouterParts) {
  const api = implementContract();
  const streams = createStreams(parts);
  return api.router({
    workflow: workflowRoutes(api, parts, streams),
    backfill: {
      status: api.backfill.status.handler(({ input }) => getBackfill(parts, input.backfill_id)),
      list: api.backfill.list.handler(({ input }) => listBackfills(parts, input)),
      resume: api.backfill.resume.handler(({ context, input }) => resumeBackfill(parts, context.caller, input)),
      stop: api.backfill.stop.handler(({ context, input }) => stopBackfill(parts, context.caller, input)),
    },
    notification: {
      list: api.notification.list.handler(({ input }) => listNotifications(parts, input)),
      resend: api.notification.resend.handler(({ context, input }) => resendNotification(parts, context.caller, input)),
      resendAll: api.notification.resendAll.handler(({ context, input }) =>
        resendNotifications(parts, context.caller, input),
      ),
      test: api.notification.test.handler(({ context, input }) => testNotifications(parts, context.caller, input)),
    },
    events: {
      follow: api.events.follow.handler(({ input, ...request }) => streams.events(input, request)),
    },
    token: {
      create: api.token.create.handler(({ context, input }) => createToken(parts, context.caller, input)),
      list: api.token.list.handler(({ input }) => listTokens(parts, input)),
      revoke: api.token.revoke.handler(({ context, input }) => revokeToken(parts, context.caller, input)),
    },
    system: {
      version: api.system.version.handler(() => ({ version, api_version: 'v1' as const })),
      health: api.system.health.handler(() => parts.status()),
      ready: api.system.ready.handler(() => {
        if (!parts.isReady()) throw new DliError('DLI-816', 'The server is starting or closing');
        return { ready: true as const };
      }),
    },
  });
}

function workflowRoutes(
  api: ReturnType<typeof implementContract>,
  parts: RouterParts,
  streams: ReturnType<typeof createStreams>,
) {
  return {
    run: api.workflow.run.handler(({ context, input }) => runWorkflow(parts, context.caller, input)),
    backfill: api.workflow.backfill.handler(({ context, input }) => backfillWorkflow(parts, context.caller, input)),
    stop: api.workflow.stop.handler(({ context, input }) => stopRun(parts, context.caller, input)),
    status: api.workflow.status.handler(({ input }) => getRun(parts, input.run_id)),
    logs: api.workflow.logs.handler(({ input }) => getRunLogs(parts, input)),
    followLog: api.workflow.followLog.handler(({ input, ...request }) => streams.log(input, request)),
    history: api.workflow.history.handler(({ input }) => getHistory(parts, input)),
    explain: api.workflow.explain.handler(({ input }) => explainWorkflow(parts, input.dataset)),
    explainRun: api.workflow.explainRun.handler(({ input }) => explainRun(parts, input.run_id)),
    pause: api.workflow.pause.handler(({ context, input }) => pauseWorkflow(parts, context.caller, input)),
    unpause: api.workflow.unpause.handler(({ context, input }) => unpauseWorkflow(parts, context.caller, input)),
    sync: api.workflow.sync.handler(({ context, input }) => syncWorkflows(parts, context.caller, input)),
    list: api.workflow.list.handler(({ input }) => listWorkflows(parts, input)),
    ticks: api.workflow.ticks.handler(({ input }) => listTicks(parts, input)),
    show: api.workflow.show.handler(({ input }) => getWorkflow(parts, input.dataset)),
    revision: api.workflow.revision.handler(({ input }) => getRevision(parts, input)),
    preview: api.workflow.preview.handler(({ input, signal }) => previewWorkflow(parts, input, signal)),
    register: api.workflow.register.handler(({ context, input }) => registerWorkflow(parts, context.caller, input)),
    update: api.workflow.update.handler(({ context, input }) => updateWorkflow(parts, context.caller, input)),
    unregister: api.workflow.unregister.handler(({ context, input }) =>
      unregisterWorkflow(parts, context.caller, { ...input.params, ...input.query }),
    ),
    deploy: api.workflow.deploy.handler(({ context, input }) => deployWorkflows(parts, context.caller, input)),
  };
}
