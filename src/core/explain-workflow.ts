/** How a workflow stands: what keeps it from running by itself, or when it runs next, and what else there is to know. */
import type { Explanation } from '../contract/explanations.ts';
import type { TickOutcome } from '../contract/ticks.ts';
import { counted } from './counted.ts';
import { pauseFacts } from './explain-waiting.ts';
import {
  type Fact,
  instant,
  logCommand,
  pauseText,
  type Reason,
  runCommand,
  type TickTime,
  tickInstant,
} from './explanation.ts';
import type { Run } from './run.ts';

/** Consecutive ticks that made no run. */
export interface IdleTicks {
  readonly outcome: Exclude<TickOutcome, 'run'>;
  readonly first: TickTime;
  readonly last: TickTime;
  readonly count: number;
  readonly reason: string | null;
  /** Their execution dates. */
  readonly firstDate: string;
  readonly lastDate: string;
}

/** What is known of a workflow, for its explanation. Times are epoch ms. */
export interface WorkflowFacts {
  readonly dataset: string;
  /** The date that a run would compute now; null when its runs have no execution date. */
  readonly today: string | null;
  readonly pause: {
    readonly at: number;
    readonly by: string;
    readonly reason: string | null;
    /** Ticks that it skipped so far. */
    readonly skipped: number;
  } | null;
  readonly schedule: { readonly enabled: boolean; readonly cron: string; readonly timezone: string } | null;
  readonly nextTick: TickTime | null;
  /** Set while no schedule fires because the clock is not believed. */
  readonly hold: { readonly until: number; readonly reason: string } | null;
  /** Set while its schedule cannot be fired. */
  readonly trouble: { readonly reason: string; readonly until: number } | null;
  /** Its newest ticks, where they made no run and their dates were not computed since. */
  readonly idleTicks: IdleTicks | null;
  /** Its manual registration does not run, because code has one. */
  readonly isManualOverridden: boolean;
  /** Why its newest spec is not in force. */
  readonly specError: string | null;
  readonly lastRun: Run | null;
  readonly atWork: readonly string[];
  /** Runs that wait, counted up to some limit, and the first of them. */
  readonly waiting: { readonly count: number; readonly firstRunId: string } | null;
}

/** Says in one sentence how a workflow stands. */
export function explainWorkflow(facts: WorkflowFacts): Explanation {
  const state = stateOf(facts);
  const others = [specClause(facts), failureClause(facts), ticksClause(facts), ...runClauses(facts)];
  const clauses = others.filter((clause) => clause !== undefined);
  const told = [state.sentence, ...clauses.map(({ sentence }) => sentence)];
  // What stands in the way of the schedule comes first, then what went wrong, then what is under way.
  const command = state.command ?? clauses.find((clause) => clause.command !== null)?.command ?? runNow(facts);
  const more = [state, ...clauses].flatMap((reason) => reason.more ?? []);
  return {
    sentence: `Workflow ${facts.dataset} ${told.join('; ').replace(/\.$/, '')}.`,
    facts: [...factsOf(facts), ...more],
    command,
  };
}

function factsOf({ schedule, nextTick, waiting, atWork, lastRun }: WorkflowFacts): readonly Fact[] {
  return [
    { name: 'schedule', value: schedule ? `${schedule.cron} (${schedule.timezone})` : 'none' },
    ...(nextTick === null ? [] : [{ name: 'next tick', value: instant(nextTick.at) }]),
    { name: 'waiting runs', value: String(waiting?.count ?? 0) },
    ...atWork.map((runId) => ({ name: 'at work', value: runId })),
    ...(lastRun === null ? [] : [{ name: 'last run', value: `${lastRun.runId} ${lastRun.status}` }]),
  ];
}

/** What its schedule does; without a command when nothing has to be done about it. */
function stateOf({ dataset, pause, schedule, hold, trouble, nextTick }: WorkflowFacts): Reason {
  if (pause) {
    const skipped = pause.skipped === 0 ? '' : `; ${ticksWere(pause.skipped)} skipped meanwhile`;
    return {
      sentence: `is ${pauseText(pause)}${skipped}`,
      command: `dli workflow unpause ${dataset}`,
      more: [...pauseFacts(pause), { name: 'skipped ticks', value: String(pause.skipped) }],
    };
  }
  if (!schedule) return { sentence: 'has no schedule: it runs on demand', command: null };
  if (!schedule.enabled) return { sentence: 'has a schedule that is disabled in its spec', command: null };
  if (hold) {
    return {
      sentence: `has its schedule held: ${hold.reason}`,
      command: 'dli server status',
      more: [{ name: 'held until', value: instant(hold.until) }],
    };
  }
  if (trouble) {
    return {
      sentence: `has a schedule that cannot be fired: ${trouble.reason}; it is tried again at ${instant(trouble.until)}`,
      command: `dli workflow show ${dataset}`,
    };
  }
  if (nextTick === null) return { sentence: 'has a schedule without a tick to come', command: null };
  return { sentence: `runs next at its tick ${tickInstant(nextTick)} (${schedule.timezone})`, command: null };
}

function specClause({ dataset, specError, isManualOverridden }: WorkflowFacts): Reason | undefined {
  if (specError !== null) {
    return {
      sentence: `its newest spec is not in force, the last good one is: ${specError.replace(/\.$/, '')}`,
      command: specError.includes('--accept-deletions') ? 'dli workflow sync --accept-deletions' : 'dli workflow sync',
    };
  }
  if (!isManualOverridden) return undefined;
  return {
    sentence: 'its manual registration is overridden by code and never runs',
    command: null,
    more: [{ name: 'overridden', value: `manual, until code no longer has ${dataset}` }],
  };
}

function failureClause({ lastRun }: WorkflowFacts): Reason | undefined {
  if (lastRun?.status !== 'FAILED') return undefined;
  const why = lastRun.error?.message ?? lastRun.reason ?? 'no error was recorded';
  return { sentence: `its last run ${lastRun.runId} failed: ${why}`, command: logCommand(lastRun) };
}

const outcomeWords = { missed: 'missed', skipped_overlap: 'skipped', skipped_paused: 'skipped' } as const;

function ticksClause({ dataset, today, idleTicks, pause }: WorkflowFacts): Reason | undefined {
  // What the pause skips is told with the pause.
  if (!idleTicks || (pause && idleTicks.outcome === 'skipped_paused')) return undefined;
  const { outcome, count, first, last, reason, firstDate, lastDate } = idleTicks;
  const which =
    count === 1
      ? `its last tick, ${tickInstant(last)}, was`
      : `its last ${counted(count, 'tick')}, from ${tickInstant(first)} to ${tickInstant(last)}, were`;
  return {
    sentence: `${which} ${outcomeWords[outcome]}${reason === null ? '' : `: ${reason}`}`,
    command:
      today === null
        ? `dli workflow run ${dataset}`
        : `dli workflow backfill ${dataset} -s ${firstDate} -e ${lastDate}`,
    more: [{ name: 'last outcome', value: `${outcome}, ${counted(count, 'tick')}` }],
  };
}

function runClauses({ atWork, waiting }: WorkflowFacts): readonly (Reason | undefined)[] {
  const first = waiting?.firstRunId;
  return [
    waiting === null
      ? undefined
      : {
          sentence:
            waiting.count === 1 ? `run ${first} waits` : `${counted(waiting.count, 'run')} wait, the first is ${first}`,
          command: `dli workflow explain ${first}`,
        },
    ...atWork.map((runId) => ({ sentence: `run ${runId} is at work`, command: `dli workflow status ${runId}` })),
  ];
}

function ticksWere(count: number): string {
  return `${counted(count, 'tick')} ${count === 1 ? 'was' : 'were'}`;
}

function runNow({ dataset, today }: WorkflowFacts): string {
  return runCommand(dataset, today === null ? {} : { execution_date: today });
}
