import type { Backfill } from '../contract/backfills.ts';
import type { WorkflowRun } from '../contract/runs.ts';
import type { BasecampClient } from './basecamp-client.ts';
import { type Followed, type FollowOptions, followState } from './follow-state.ts';

const finalStatuses: readonly string[] = ['COMPLETED', 'FAILED', 'KILLED'];

/** Tells whether a run or a backfill is over. */
export function hasEnded({ status }: { readonly status: string }): boolean {
  return finalStatuses.includes(status);
}

/** Waits until a run has ended and returns it. @throws DLI-501 when the server goes away, DLI-809 when there is no such run */
export function waitForRun(
  client: BasecampClient,
  runId: string,
  options?: FollowOptions<WorkflowRun>,
): Promise<WorkflowRun> {
  return followState(runFollowed(client, runId), options);
}

/** Says how a run is followed; `runId` is its full id. */
export function runFollowed(client: BasecampClient, runId: string): Followed<WorkflowRun> {
  return {
    url: client.url,
    subscribe: (after, signal) => client.events.follow({ run_id: runId, after }, { signal }),
    read: (signal) => client.workflow.status({ run_id: runId }, { signal }),
    isFinal: hasEnded,
    isFinalEvent: ({ kind }) => kind === 'run.completed' || kind === 'run.failed' || kind === 'run.killed',
  };
}

/** Follows a backfill until it has ended and returns it. @throws DLI-501 when the server goes away, DLI-809 when there is no such backfill */
export function followBackfill(
  client: BasecampClient,
  backfillId: string,
  { everyMs = 250, ...options }: FollowOptions<Backfill> = {},
): Promise<Backfill> {
  return followState(
    {
      url: client.url,
      subscribe: (after, signal) => client.events.follow({ backfill_id: backfillId, after }, { signal }),
      read: (signal) => client.backfill.status({ backfill_id: backfillId }, { signal }),
      isFinal: hasEnded,
      isFinalEvent: ({ kind }) =>
        kind === 'backfill.completed' || kind === 'backfill.failed' || kind === 'backfill.killed',
    },
    { everyMs, ...options },
  );
}
