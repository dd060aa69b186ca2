import type { EventKind } from '../contract/events.ts';
import type { RunStatus } from '../contract/runs.ts';
import type { Run } from '../core/run.ts';
import { type RunTransition, runTransitions } from '../core/run-state.ts';
import { appendEvent } from './queries/events.ts';
import { getRun } from './queries/runs.ts';
import { type RunChanges, runAssignments } from './rows.ts';
import type { Transaction } from './sqlite.ts';

/** Proof that a writer still has the run: nobody else claimed it since. */
export interface Fence {
  readonly owner: string;
  readonly claims: number;
}

/** Who changed a run, when and why; `data` is for programs that follow the events. */
export interface ChangeNote {
  readonly at: number;
  readonly actor: string;
  readonly reason: string | null;
  readonly data?: Readonly<Record<string, unknown>>;
}

const eventKinds = {
  claim: 'run.started',
  complete: 'run.completed',
  fail: 'run.failed',
  retry: 'run.retrying',
  lose: 'run.lost',
  defer: 'run.waiting',
  release: 'run.waiting',
  expire: 'run.failed',
  kill: 'run.killed',
} as const satisfies Record<RunTransition, EventKind>;

/**
 * Changes a run's status together with its event: there is no other way to change one. The guard comes from the
 * transition table; `fence` is required of whoever executes the run.
 *
 * @returns the run as it is now, or undefined when it is in another state or has another owner: then nothing changed
 */
export function transitionRun(
  transaction: Transaction,
  {
    runUid,
    known,
    transition,
    fence,
    changes = {},
    note,
  }: {
    readonly runUid: string;
    /** The run as it was just read in this transaction, which saves reading it again. */
    readonly known?: Run;
    readonly transition: RunTransition;
    readonly fence?: Fence;
    readonly changes?: RunChanges;
    readonly note: ChangeNote;
  },
): Run | undefined {
  const { from, to } = runTransitions[transition];
  const run = updateRun(transaction, { runUid, known, from, fence, changes, status: to });
  if (run) noteChange(transaction, { run, kind: eventKinds[transition], note });
  return run;
}

/** Changes facts of a running run without changing its status, such as that it was published, together with an event. */
export function markRun(
  transaction: Transaction,
  {
    runUid,
    fence,
    changes,
    event,
  }: {
    readonly runUid: string;
    readonly fence?: Fence;
    readonly changes: RunChanges;
    readonly event?: ChangeNote & { readonly kind: EventKind };
  },
): Run | undefined {
  const from = fence ? (['RUNNING'] as const) : (['PENDING', 'RUNNING'] as const);
  const run = updateRun(transaction, { runUid, known: undefined, from, fence, changes, status: undefined });
  if (run && event) noteChange(transaction, { run, kind: event.kind, note: event });
  return run;
}

/** Without RETURNING, for which SQLite makes a table of its own: it took as long as the rest of the change. */
function updateRun(
  transaction: Transaction,
  {
    runUid,
    known,
    from,
    fence,
    changes,
    status,
  }: {
    readonly runUid: string;
    readonly known: Run | undefined;
    readonly from: readonly string[];
    readonly fence: Fence | undefined;
    readonly changes: RunChanges;
    readonly status: RunStatus | undefined;
  },
): Run | undefined {
  const { columns, values } = runAssignments(changes);
  const assignments = status === undefined ? columns : ['status = ?', ...columns];
  const states = from.map((state) => `'${state}'`).join(', ');
  const changed = transaction.run(
    `UPDATE runs
     SET ${assignments.join(', ')}
     WHERE run_uid = ? AND status IN (${states}) ${fence ? 'AND owner = ? AND claims = ?' : ''}`,
    [...(status === undefined ? [] : [status]), ...values, runUid, ...(fence ? [fence.owner, fence.claims] : [])],
  );
  if (changed === 0) return undefined;
  if (!known) return getRun(transaction, runUid);
  return { ...known, ...changes, ...(status === undefined ? {} : { status }) };
}

function noteChange(
  transaction: Transaction,
  { run, kind, note }: { readonly run: Run; readonly kind: EventKind; readonly note: ChangeNote },
): void {
  appendEvent(transaction, {
    at: note.at,
    kind,
    dataset: run.dataset,
    runId: run.runId,
    backfillId: run.backfillId,
    actor: note.actor,
    reason: note.reason,
    data: { ...factsOf(run), ...note.data },
  });
}

/** What every event says of its run. */
function factsOf(run: Run): Readonly<Record<string, unknown>> {
  const ended = run.startedAt === null || run.finishedAt === null ? null : (run.finishedAt - run.startedAt) / 1000;
  const { status, runType: run_type, sourceType: source_type, executionDate: execution_date, attempt } = run;
  return { status, run_type, source_type, execution_date, attempt, duration_seconds: ended };
}
