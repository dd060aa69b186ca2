import { backfillWorkflow, getBackfill, listBackfills, resumeBackfill, stopBackfill } from './backfills.ts';
import { followEvents } from './events.ts';
import { explainRun, getHistory, getRun, getRunLogs, runWorkflow, stopRun } from './runs.ts';
import { getHealth, getReady, getVersion } from './system.ts';
import {
  explainWorkflow,
  getWorkflow,
  listTicks,
  listWorkflows,
  pauseWorkflow,
  previewWorkflow,
  registerWorkflow,
  syncWorkflows,
  unpauseWorkflow,
  unregisterWorkflow,
  updateWorkflow,
} from './workflows.ts';

/** The one contract: the server implements it, the client calls it, and nothing of a route is written twice. */
export const contract = {
  workflow: {
    run: runWorkflow,
    backfill: backfillWorkflow,
    stop: stopRun,
    status: getRun,
    logs: getRunLogs,
    history: getHistory,
    list: listWorkflows,
    show: getWorkflow,
    ticks: listTicks,
    explain: explainWorkflow,
    explainRun,
    pause: pauseWorkflow,
    unpause: unpauseWorkflow,
    sync: syncWorkflows,
    preview: previewWorkflow,
    register: registerWorkflow,
    update: updateWorkflow,
    unregister: unregisterWorkflow,
  },
  backfill: { status: getBackfill, list: listBackfills, stop: stopBackfill, resume: resumeBackfill },
  events: { follow: followEvents },
  system: { version: getVersion, health: getHealth, ready: getReady },
};

/** Where the API lives below the server's URL. */
export const apiPrefix = '/api/v1';
