import { backfillWorkflow, getBackfill, listBackfills, resumeBackfill, stopBackfill } from './backfills.ts';
import { deployWorkflows } from './deploys.ts';
import { followEvents } from './events.ts';
import { listNotifications, resendNotification, resendNotifications, testNotifications } from './notifications.ts';
import { getRevision } from './revisions.ts';
import { explainRun, followRunLog, getHistory, getRun, getRunLogs, runWorkflow, stopRun } from './runs.ts';
import { getHealth, getReady, getVersion } from './system.ts';
import { createToken, listTokens, revokeToken } from './tokens.ts';
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
    /** Stores one adhoc run; with `dry_run` it only tells what it would do. @throws DLI-800, DLI-806, DLI-810, DLI-811, DLI-812, DLI-815, DLI-816 */
    run: runWorkflow,
    /** Stores one run per date of a range; with `dry_run` it only lists the dates. @throws DLI-800, DLI-806, DLI-810, DLI-811, DLI-812, DLI-814 */
    backfill: backfillWorkflow,
    /** Stops a run; a running one is cancelled in the warehouse. @throws DLI-807 when it has ended, DLI-809 */
    stop: stopRun,
    /** Reads a run. @throws DLI-809 */
    status: getRun,
    /** Reads a page of a run's log, oldest line first. @throws DLI-809 */
    logs: getRunLogs,
    /** Opens the stream of a run's log once; `client.runs.followLog` opens it again when it breaks. @throws DLI-809 */
    followLog: followRunLog,
    /** Reads a page of runs, newest first. */
    history: getHistory,
    /** Reads a page of workflows. */
    list: listWorkflows,
    /** Reads a workflow: its registrations, its spec, its last runs. @throws DLI-800 */
    show: getWorkflow,
    /** Reads the exact spec and SQL of a present or past revision. @throws DLI-809, DLI-818 */
    revision: getRevision,
    /** Reads the ticks of a schedule: past ones with their outcome, and those to come. @throws DLI-800, DLI-814 */
    ticks: listTicks,
    /** Says why a workflow runs, waits or does not. @throws DLI-800 */
    explain: explainWorkflow,
    /** Says why a run waits, failed or ended. @throws DLI-809 */
    explainRun,
    /** Pauses a workflow: no scheduled run starts until it is unpaused. @throws DLI-800, DLI-807 when it is paused */
    pause: pauseWorkflow,
    /** Unpauses a workflow. @throws DLI-800, DLI-807 when it is not paused */
    unpause: unpauseWorkflow,
    /** Looks at the folder of specs now. */
    sync: syncWorkflows,
    /** Reads the first rows of a dataset's table. @throws DLI-800, DLI-815, DLI-816 */
    preview: previewWorkflow,
    /** Registers a dataset. @throws DLI-804 when there is one of that name, DLI-801, DLI-803, DLI-805, DLI-806, DLI-813, DLI-815, DLI-816 */
    register: registerWorkflow,
    /** Replaces the spec of a manual registration. @throws DLI-800, DLI-801, DLI-803, DLI-805, DLI-806, DLI-813, DLI-815, DLI-816 */
    update: updateWorkflow,
    /** Removes a manual registration; the table stays. @throws DLI-800, DLI-803, DLI-808 while runs are unfinished */
    unregister: unregisterWorkflow,
    /** Deploys a project's specs as code; with `dry_run` it only tells what would change. @throws DLI-807 in folder mode or without specs, DLI-801, DLI-804, DLI-805, DLI-813, DLI-815, DLI-816 */
    deploy: deployWorkflows,
  },
  backfill: {
    /** Reads a backfill. @throws DLI-809 */
    status: getBackfill,
    /** Reads a page of backfills, newest first. */
    list: listBackfills,
    /** Stops a backfill: dates that have not started become KILLED, the one at work is cancelled. @throws DLI-807, DLI-809 */
    stop: stopBackfill,
    /** Resumes a backfill: new runs for its dates that did not complete. @throws DLI-807 while it is running or when it has completed, DLI-809 */
    resume: resumeBackfill,
  },
  notification: {
    /** Reads a page of notifications, newest first. */
    list: listNotifications,
    /** Tries a notification again that was given up. @throws DLI-807 when it was not, DLI-817 */
    resend: resendNotification,
    /** Tries all notifications again that were given up. */
    resendAll: resendNotifications,
    /** Sends a test message to every target of a workflow, and waits some seconds. @throws DLI-800, DLI-807 when its spec has none */
    test: testNotifications,
  },
  events: {
    /** Opens the stream of events once; `client.events.follow` opens it again when it breaks. */
    follow: followEvents,
  },
  token: {
    /** Makes a token; the answer has the secret, which is never shown again. @throws DLI-804 when one that is in force has the name, DLI-807 when the first is not an admin's */
    create: createToken,
    /** Reads a page of tokens, newest first, without their secrets. */
    list: listTokens,
    /** Revokes a token by its id or name. @throws DLI-430, DLI-807 when it is revoked already */
    revoke: revokeToken,
  },
  system: {
    /** Reads the server's version. */
    version: getVersion,
    /** Reads what the server holds. */
    health: getHealth,
    /** Tells that the server accepts work. @throws DLI-816 while it starts or closes */
    ready: getReady,
  },
};

/** Where the API lives below the server's URL. */
export const apiPrefix = '/api/v1';
