import type { Explanation } from '../contract/explanations.ts';
import type { Run } from './run.ts';

/** What a waiting run waits behind. */
export interface Neighbours {
  /** The run of the same dataset that is at work. */
  readonly atWork: string | null;
  /** The date of its backfill that comes before it and has not ended. */
  readonly earlierDate: string | null;
  /** Runs at work in all, and how many there may be. */
  readonly running: number;
  readonly limit: number;
}

type Fact = Explanation['facts'][number];

const runCommand = ({ runId }: Run) => `dli workflow status ${runId}`;
const logCommand = ({ runId }: Run) => `dli workflow logs ${runId}`;
const instant = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Says in one sentence why a run is in its state, what proves it, and which command helps. */
export function explainRun(run: Run, neighbours: Neighbours, now: number): Explanation {
  const facts: Fact[] = [
    { name: 'status', value: run.status },
    { name: 'attempt', value: `${run.attempt} of ${run.maxAttempts}` },
    { name: 'created at', value: instant(run.createdAt) },
    ...(run.startedAt === null ? [] : [{ name: 'started at', value: instant(run.startedAt) }]),
    ...(run.finishedAt === null ? [] : [{ name: 'finished at', value: instant(run.finishedAt) }]),
  ];
  const { sentence, command, more = [] } = explain(run, neighbours, now);
  return { sentence: `Run ${run.runId} ${sentence}.`, facts: [...facts, ...more], command };
}

interface Reason {
  readonly sentence: string;
  readonly command: string | null;
  readonly more?: readonly Fact[];
}

function explain(run: Run, neighbours: Neighbours, now: number): Reason {
  switch (run.status) {
    case 'PENDING':
      return explainWaiting(run, neighbours, now);
    case 'RUNNING':
      return explainRunning(run);
    case 'COMPLETED': {
      const why = run.reason === null ? '' : `; ${run.reason}`;
      return { sentence: `completed and is published${why}`, command: null };
    }
    case 'FAILED':
      return explainFailure(run);
    case 'KILLED':
      return { sentence: `was stopped: ${run.reason ?? 'no reason was given'}`, command: againCommand(run) };
  }
}

function explainWaiting(run: Run, { atWork, earlierDate, running, limit }: Neighbours, now: number): Reason {
  if (run.stopRequestedAt !== null) {
    return {
      sentence: 'is being stopped: the ledger is asked whether it was published first',
      command: runCommand(run),
    };
  }
  if (run.waitReason !== null)
    return { sentence: `waits for its warehouse: ${run.waitReason}`, command: stopCommand(run) };
  if (run.availableAt > now) {
    const error = run.error === null ? '' : `, because attempt ${run.attempt} failed: ${run.error.message}`;
    return {
      sentence: `is tried again at ${instant(run.availableAt)} (attempt ${run.attempt + 1} of ${run.maxAttempts})${error}`,
      command: logCommand(run),
      more: [{ name: 'available at', value: instant(run.availableAt) }],
    };
  }
  if (run.held && earlierDate !== null) {
    return {
      sentence: `waits for ${earlierDate}, an earlier date of its backfill`,
      command: `dli workflow backfill-status ${run.backfillId}`,
    };
  }
  if (atWork !== null) {
    return {
      sentence: `waits for run ${atWork}: a dataset has one run at a time`,
      command: `dli workflow status ${atWork}`,
    };
  }
  if (running >= limit) {
    return {
      sentence: `waits for a free place: ${running} of ${limit} runs are at work`,
      command: 'dli workflow list --running',
      more: [{ name: 'max_concurrent_runs', value: String(limit) }],
    };
  }
  const because = run.uncertain ? '; its process died, so the ledger is asked first' : '';
  return { sentence: `starts as soon as its warehouse has a place${because}`, command: runCommand(run) };
}

function explainRunning(run: Run): Reason {
  if (run.stopRequestedAt === null) return { sentence: 'is at work', command: stopCommand(run) };
  return {
    sentence: `is being cancelled since ${instant(run.stopRequestedAt)}; it ends when the warehouse has confirmed it`,
    command: runCommand(run),
    more: [{ name: 'stop requested at', value: instant(run.stopRequestedAt) }],
  };
}

function explainFailure(run: Run): Reason {
  const { error, published } = run;
  const place = error?.line == null ? '' : ` at line ${error.line} of ${error.statement ?? 'the SQL'}`;
  const because = run.reason === null ? '' : ` (${run.reason})`;
  const outcome = published ? 'was published, but a post-statement failed' : 'failed and left the table as it was';
  return {
    sentence: `${outcome}${place}: ${error?.message ?? 'no error was recorded'}${because}`,
    command: logCommand(run),
    ...(error ? { more: [{ name: 'error', value: error.code }] } : {}),
  };
}

function stopCommand({ runId }: Run): string {
  return `dli workflow stop ${runId}`;
}

/** The command that asks for the same run again. */
function againCommand({ dataset, params }: Run): string {
  const given = Object.entries(params).filter(([, value]) => value !== null);
  const texts = given.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [`dli workflow run ${dataset}`, ...texts.map((text) => `-p ${quoted(text)}`)].join(' ');
}

/** Quotes a word for a shell, where it has to be. */
function quoted(word: string): string {
  return /^[\w.,:@%+=/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What is known of a workflow, for its explanation. */
export interface WorkflowFacts {
  readonly dataset: string;
  readonly pause: { readonly at: number; readonly by: string; readonly reason: string | null } | null;
  readonly schedule: { readonly enabled: boolean; readonly cron: string; readonly timezone: string } | null;
  readonly nextTick: number | null;
  readonly lastRun: Run | null;
  readonly atWork: string | null;
  readonly waiting: number;
}

/** Says in one sentence how a workflow stands. */
export function explainWorkflow(facts: WorkflowFacts): Explanation {
  const { dataset, lastRun, schedule, atWork, waiting } = facts;
  const listed: Fact[] = [
    { name: 'schedule', value: schedule ? `${schedule.cron} (${schedule.timezone})` : 'none' },
    { name: 'waiting runs', value: String(waiting) },
    ...(atWork === null ? [] : [{ name: 'at work', value: atWork }]),
    ...(lastRun === null ? [] : [{ name: 'last run', value: `${lastRun.runId} ${lastRun.status}` }]),
  ];
  const failed =
    lastRun?.status === 'FAILED' ? `; its last run failed: ${lastRun.error?.message ?? lastRun.reason}` : '';
  const { sentence, command } = explainSchedule(facts);
  const help = lastRun?.status === 'FAILED' ? logCommand(lastRun) : command;
  return { sentence: `Workflow ${dataset} ${sentence}${failed}.`, facts: listed, command: help };
}

function explainSchedule({ dataset, pause, schedule, nextTick, atWork }: WorkflowFacts): Reason {
  if (pause) {
    const why = pause.reason === null ? '' : `: ${pause.reason}`;
    const sentence = `is paused since ${instant(pause.at)} by ${pause.by}${why}`;
    return { sentence, command: `dli workflow unpause ${dataset}` };
  }
  const working = atWork === null ? '' : ` and run ${atWork} is at work`;
  if (!schedule)
    return { sentence: `has no schedule: it runs on demand${working}`, command: `dli workflow run ${dataset}` };
  if (!schedule.enabled) {
    return {
      sentence: `has a schedule that is disabled in its spec${working}`,
      command: `dli workflow run ${dataset}`,
    };
  }
  const tick =
    nextTick === null ? 'has a schedule without a tick to come' : `runs next at its tick ${instant(nextTick)}`;
  return { sentence: `${tick}${working}`, command: `dli workflow run ${dataset}` };
}
