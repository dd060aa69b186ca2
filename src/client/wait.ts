import type { Backfill } from '../contract/backfills.ts';
import type { WorkflowRun } from '../contract/runs.ts';
import type { BasecampClient } from './basecamp-client.ts';
import { type FollowOptions, followState } from './follow-state.ts';

/** The calls that following needs. */
type Calls = Pick<BasecampClient, 'url' | 'calls'>;

const finalStatuses: readonly string[] = ['COMPLETED', 'FAILED', 'KILLED'];

/** Tells whether a run or a backfill is over. */
export function hasEnded({ status }: { readonly status: string }): boolean {
  return finalStatuses.includes(status);
}

/** Waits until a run has ended and returns it; `runId` is its full id. @throws DLI-501 when the server goes away, DLI-809 when there is no such run */
export function waitForRun(
  { url, calls }: Calls,
  runId: string,
  options?: FollowOptions<WorkflowRun>,
): Promise<WorkflowRun> {
  return followState(
    {
      url,
      subscribe: (after, signal) => calls.events.follow({ run_id: runId, after }, { signal }),
      read: (signal) => calls.workflow.status({ run_id: runId }, { signal }),
      isFinal: hasEnded,
      isFinalEvent: ({ kind }) => kind === 'run.completed' || kind === 'run.failed' || kind === 'run.killed',
    },
    options,
  );
}

/** Follows a backfill until it has ended and returns it. @throws DLI-501 when the server goes away, DLI-809 when there is no such backfill */
export function followBackfill(
  { url, calls }: Calls,
  backfillId: string,
  { everyMs = 250, ...options }: FollowOptions<Backfill> = {},
): Promise<Backfill> {
  return followState(
    {
      url,
      subscribe: (after, signal) => calls.events.follow({ backfill_id: backfillId, after }, { signal }),
      read: (signal) => calls.backfill.status({ backfill_id: backfillId }, { signal }),
      isFinal: hasEnded,
      isFinalEvent: ({ kind }) =>
        kind === 'backfill.completed' || kind === 'backfill.failed' || kind === 'backfill.killed',
    },
    { everyMs, ...options },
  );
}
