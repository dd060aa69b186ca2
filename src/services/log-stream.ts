import { setImmediate as turn } from 'node:timers/promises';
import { DliError } from '../contract/errors.ts';
import type { LogLine, WorkflowRun } from '../contract/runs.ts';
import type { Run } from '../core/run.ts';
import { isTerminal } from '../core/run-state.ts';
import { readLogs } from '../store/queries/logs.ts';
import { getRun } from '../store/queries/runs.ts';
import type { Database } from '../store/sqlite.ts';
import { Doorbell } from './doorbell.ts';
import type { Followed } from './events.ts';
import { findRun } from './find-run.ts';
import type { LogFeed } from './log-feed.ts';
import { logView, runView } from './views.ts';

const pageSize = 200;

/** Which lines of which run, and until when. */
export interface LogRequest {
  readonly runId: string;
  readonly attempt?: number | undefined;
  /** Begins after the line with this id. @default 0, before the first */
  readonly after?: number | undefined;
  readonly signal: AbortSignal;
}

/** A line and its place. */
export interface PlacedLine {
  readonly id: number;
  readonly line: LogLine;
}

/**
 * Follows a run's log until the run has ended, and returns the run then; when `signal` aborts before, it returns
 * undefined. Lines are read at the follower's pace.
 *
 * @throws DLI-809 when there is no such run
 */
export function followLog(
  { database, logs }: { readonly database: Database; readonly logs: LogFeed },
  request: LogRequest,
): Followed<PlacedLine, WorkflowRun> {
  const run = findRun(database, request.runId);
  let place = request.after ?? 0;
  async function* lines(): AsyncGenerator<PlacedLine, WorkflowRun | undefined> {
    const bell = new Doorbell();
    const leave = logs.join(run, bell);
    const end = () => bell.ring();
    request.signal.addEventListener('abort', end);
    try {
      while (!request.signal.aborted) {
        // The state is read before the lines: the last ones are stored with the end, so none is missed.
        const now = runNow(database, run);
        const { runUid } = run;
        const page = readLogs(database, { runUid, attempt: request.attempt, afterId: place, limit: pageSize });
        for (const record of page) {
          yield { id: record.id, line: logView(record) };
          place = record.id;
        }
        if (page.length === pageSize) await turn();
        else if (isTerminal(now.status)) return runView(now);
        else await bell.heard();
      }
      return undefined;
    } finally {
      leave();
      request.signal.removeEventListener('abort', end);
    }
  }
  return { items: lines(), place: () => place };
}

function runNow(database: Database, { runUid, runId }: Run): Run {
  const run = getRun(database, runUid);
  if (run) return run;
  throw new DliError('DLI-809', `The run '${runId}' is no longer there`);
}
