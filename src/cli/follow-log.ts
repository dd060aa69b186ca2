import type { BasecampClient } from '../client/basecamp-client.ts';
import { followState } from '../client/follow-state.ts';
import { hasEnded, runFollowed } from '../client/wait.ts';
import type { LogLine, WorkflowRun } from '../contract/runs.ts';

/** Which lines of which run. */
export interface LogRequest {
  readonly runId: string;
  readonly attempt: number | undefined;
}

/** A run's new lines are stored without an event; they are asked for this often while it is at work. */
const readEveryMs = 1000;
const pageSize = 1000;

/**
 * Follows a run's log until the run has ended, from its first line on; `onLines` gets each line once. The state is read
 * before the lines, so that none is missed when it is final.
 *
 * @throws DLI-501 when the server goes away, DLI-809 when there is no such run
 */
export async function followLog(
  client: BasecampClient,
  request: LogRequest,
  { signal, onLines }: { readonly signal: AbortSignal; readonly onLines: (lines: readonly LogLine[]) => void },
): Promise<WorkflowRun> {
  const readNew = newLines(client, request);
  const run = runFollowed(client, request.runId);
  const read = async (each: AbortSignal) => {
    const state = await run.read(each);
    for (let lines = await readNew(each); lines.length > 0; lines = await readNew(each)) onLines(lines);
    return state;
  };
  return followState({ ...run, read, isFinal: hasEnded }, { signal, atLeastEveryMs: readEveryMs });
}

/** Reads the lines that were not read yet, at most a page: the last page has no cursor and is read again from its start. */
function newLines(client: BasecampClient, { runId, attempt }: LogRequest) {
  let cursor: string | undefined;
  let seen = 0;
  return async (signal: AbortSignal): Promise<readonly LogLine[]> => {
    const page = await client.workflow.logs({ run_id: runId, attempt, limit: pageSize, cursor }, { signal });
    const lines = page.items.slice(seen);
    seen = page.items.length;
    if (page.next_cursor !== null) {
      cursor = page.next_cursor;
      seen = 0;
    }
    return lines;
  };
}
