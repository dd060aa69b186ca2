import type { Explanation } from '../contract/explanations.ts';
import { explainWaiting, type WaitingFacts } from './explain-waiting.ts';
import { type Fact, instant, logCommand, type Reason, runCommand } from './explanation.ts';
import type { Run } from './run.ts';
import { isTerminal } from './run-state.ts';

/** What is known of a run besides itself. */
export interface RunFacts {
  /** When its present attempt began, epoch ms; null when none is at work. */
  readonly attemptStartedAt: number | null;
  /** Finds out what it waits behind; asked only of a run that waits. */
  readonly waiting: () => WaitingFacts;
  /** Whether its dataset is still registered; without that it is neither run nor unpaused. */
  readonly isRegistered: boolean;
  /** Epoch ms. */
  readonly now: number;
}

/** Says in one sentence why a run is in its state, what proves it, and which command helps. */
export function explainRun(run: Run, facts: RunFacts): Explanation {
  const { sentence, command, more = [] } = reasonOf(run, facts);
  const gone = facts.isRegistered ? '' : `; ${run.dataset} is not registered any more`;
  return {
    sentence: `Run ${run.runId} ${sentence.replace(/\.$/, '')}${gone}.`,
    facts: [...factsOf(run), ...more],
    command,
  };
}

function reasonOf(run: Run, facts: RunFacts): Reason {
  switch (run.status) {
    case 'PENDING':
      return explainWaiting(run, facts.waiting(), facts);
    case 'RUNNING':
      return explainRunning(run, facts.attemptStartedAt ?? run.startedAt ?? facts.now);
    case 'COMPLETED':
      return explainCompletion(run);
    case 'FAILED':
      return explainFailure(run, facts);
    case 'KILLED':
      return {
        sentence: `was killed: ${run.reason ?? 'no reason was given'}`,
        command: run.backfillId === null ? againCommand(run, facts) : `dli workflow backfill-status ${run.backfillId}`,
      };
  }
}

function factsOf(run: Run): readonly Fact[] {
  const at = (name: string, ms: number | null) => (ms === null ? [] : [{ name, value: instant(ms) }]);
  return [
    { name: 'status', value: run.status },
    { name: 'attempt', value: attemptText(run) },
    { name: 'triggered by', value: run.triggeredBy },
    ...at('created at', run.createdAt),
    ...at('started at', run.startedAt),
    ...at('stop requested at', run.stopRequestedAt),
    ...at('finished at', run.finishedAt),
    ...(isTerminal(run.status) ? [{ name: 'published', value: run.published ? 'yes' : 'no' }] : []),
    ...(run.stopRequestedAt !== null && run.reason !== null ? [{ name: 'stop', value: run.reason }] : []),
  ];
}

/** A last claim that only asks the ledger is no attempt. */
function attemptText({ attempt, maxAttempts }: Run): string {
  return `${Math.min(attempt, maxAttempts)} of ${maxAttempts}`;
}

function explainRunning(run: Run, since: number): Reason {
  if (run.stopRequestedAt !== null) {
    const why = run.reason === null ? '' : ` (${run.reason})`;
    return {
      sentence: `is being stopped since ${instant(run.stopRequestedAt)}${why}; it ends when the warehouse has confirmed that its query is gone, or its process has been ended`,
      command: followCommand(run),
    };
  }
  const command = `dli workflow logs ${run.runId} --follow`;
  if (run.published) {
    return { sentence: `is published, and its post-statements are at work since ${instant(since)}`, command };
  }
  if (run.uncertain) {
    const sentence = `is at work since ${instant(since)}; its attempt before was lost, so it asks the ledger first whether that was published`;
    return { sentence, command };
  }
  const attempt = run.attempt > 1 ? ` in attempt ${attemptText(run)}` : '';
  return { sentence: `is at work since ${instant(since)}${attempt}`, command };
}

function explainCompletion(run: Run): Reason {
  if (run.stopRequestedAt !== null)
    return { sentence: `completed although it was to be stopped: ${run.reason ?? 'it is published'}`, command: null };
  return { sentence: `completed and is published${run.reason === null ? '' : `; ${run.reason}`}`, command: null };
}

function explainFailure(run: Run, facts: RunFacts): Reason {
  const { error, published, startedAt } = run;
  const place = error?.line == null ? '' : ` at line ${error.line} of the SQL (${error.statement ?? 'the spec'})`;
  const because = run.reason === null ? '' : ` (${run.reason})`;
  const attempt = run.maxAttempts > 1 && run.attempt > 0 ? ` in attempt ${attemptText(run)}` : '';
  const outcome = published
    ? `is published, but failed after the commit${attempt}`
    : startedAt === null
      ? 'failed without starting'
      : `failed${attempt}`;
  const table = published || startedAt === null ? '' : '; the table is as it was';
  return {
    sentence: `${outcome}${place}: ${error?.message ?? 'no error was recorded'}${because}${table}`,
    command: startedAt === null ? againCommand(run, facts) : logCommand(run),
    ...(error ? { more: [{ name: 'error', value: error.code }] } : {}),
  };
}

/** The command that runs it again; where that would be refused, the one that shows what it was made of. */
function againCommand({ dataset, params, runId }: Run, { isRegistered }: RunFacts): string {
  return isRegistered ? runCommand(dataset, params) : `dli workflow show ${dataset} --revision ${runId}`;
}

function followCommand({ runId }: Run): string {
  return `dli workflow status ${runId} --follow`;
}
