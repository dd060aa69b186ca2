/** What notifications say. Texts are bounded: an error's message may be long, and a chat or a mailbox is no log. */
import type { Explanation } from '../contract/explanations.ts';
import type { SourceType } from '../contract/fields.ts';
import type { RunStatus } from '../contract/runs.ts';
import type { BackfillRecord } from './backfill.ts';
import { counted } from './counted.ts';
import { explainRun } from './explain-run.ts';
import type { NotificationText } from './notification.ts';
import type { Run } from './run.ts';

const longestTitle = 300;
const longestWhy = 1_000;

const instant = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Says that a run failed. */
export function failureText(run: Run): NotificationText {
  const { sentence, command, facts } = explainEnd(run);
  return bounded({ title: `${run.dataset} failed${dateOf(run)}`, why: sentence, command, facts });
}

/** Says that a run completed. */
export function successText(run: Run): NotificationText {
  const { sentence, facts } = explainEnd(run);
  return bounded({ title: `${run.dataset} completed${dateOf(run)}`, why: sentence, command: statusOf(run), facts });
}

/** What a dataset's recovery ends: the failure that came last. */
export interface PastFailure {
  readonly runId: string;
  readonly failedAt: number;
}

/** Says that a run completed, the first one after a failure. */
export function recoveryText(run: Run, { runId, failedAt }: PastFailure): NotificationText {
  const { sentence, facts } = explainEnd(run);
  return bounded({
    title: `${run.dataset} has recovered: it completed${dateOf(run)}`,
    why: `${sentence} Before it, run ${runId} had failed at ${instant(failedAt)}.`,
    command: statusOf(run),
    facts,
  });
}

/** What became of a backfill's runs. */
export interface BackfillEnd {
  readonly counts: Readonly<Record<RunStatus, number>>;
  /** The first runs that failed, {@link failuresListed} at most. */
  readonly failed: readonly Pick<Run, 'runId' | 'executionDate'>[];
}

/** How many of a backfill's failures a summary names. */
export const failuresListed = 20;

/** Says how a backfill ended: all of it but its first failure, which was told at once. */
export function backfillText(
  { backfillId, dataset, startDate, endDate, status, totalRuns, reason }: BackfillRecord,
  { counts, failed }: BackfillEnd,
): NotificationText {
  const parts = [
    `${counts.COMPLETED} completed`,
    ...(counts.FAILED > 0 ? [`${counts.FAILED} failed`] : []),
    ...(counts.KILLED > 0 ? [`${counts.KILLED} stopped or not started`] : []),
  ];
  const verb = { COMPLETED: 'completed', FAILED: 'failed', KILLED: 'was stopped', PENDING: 'waits', RUNNING: 'runs' };
  const because = status === 'COMPLETED' || reason === null ? '' : `: ${reason}`;
  return bounded({
    title: `Backfill ${backfillId} of ${dataset} ${verb[status]}: ${parts.join(', ')}`,
    why: `Backfill ${backfillId}, ${startDate} to ${endDate}, ${verb[status]}${because}.`,
    command: `dli workflow backfill-status ${backfillId}`,
    facts: [
      { name: 'runs', value: String(totalRuns) },
      ...Object.entries(counts).map(([name, count]) => ({ name: name.toLowerCase(), value: String(count) })),
      ...failed.map(({ runId, executionDate }) => ({ name: `failed ${executionDate ?? ''}`.trim(), value: runId })),
    ],
  });
}

/** Says that the first success after a failure is a whole backfill. */
export function backfillRecoveryText(
  { backfillId, dataset, startDate, endDate }: BackfillRecord,
  { runId, failedAt }: PastFailure,
): NotificationText {
  return bounded({
    title: `${dataset} has recovered: backfill ${backfillId} completed`,
    why: `Backfill ${backfillId}, ${startDate} to ${endDate}, completed. Before it, run ${runId} had failed at ${instant(failedAt)}.`,
    command: `dli workflow backfill-status ${backfillId}`,
    facts: [],
  });
}

/** Who owns a dataset, and by which revision it runs. */
export interface Effective {
  readonly sourceType: SourceType;
  readonly revision: string;
}

/** Says what became of a dataset's effective spec; undefined when it is the one that it was. */
export function sourceChangeText(
  dataset: string,
  {
    before,
    after,
    actor,
  }: { readonly before: Effective | null; readonly after: Effective | null; readonly actor: string },
): NotificationText | undefined {
  const what = sourceChange(before, after);
  if (what === undefined) return undefined;
  return bounded({
    title: `${dataset} ${what}`,
    why: `Workflow ${dataset} ${what}, by ${actor}.`,
    command: after ? `dli workflow show ${dataset}` : `dli workflow history -d ${dataset}`,
    facts: [
      { name: 'source before', value: before?.sourceType ?? 'none' },
      { name: 'source now', value: after?.sourceType ?? 'none' },
      { name: 'revision before', value: before?.revision ?? 'none' },
      { name: 'revision now', value: after?.revision ?? 'none' },
    ],
  });
}

function sourceChange(before: Effective | null, after: Effective | null): string | undefined {
  if (!before) return after ? `is new: its spec is ${after.sourceType}` : undefined;
  if (!after) return `was removed: it has no ${before.sourceType} spec any more`;
  if (before.sourceType !== after.sourceType)
    return `changed its source from ${before.sourceType} to ${after.sourceType}`;
  return before.revision === after.revision ? undefined : `has another revision of its ${after.sourceType} spec`;
}

/** Ticks of one dataset that are not completed in time. Times are epoch ms. */
export interface LateTicks {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** Why the last of them is late, and the command that helps. */
  readonly explanation: Pick<Explanation, 'sentence' | 'command' | 'facts'>;
}

/** Says that ticks are late. */
export function lateText(
  dataset: string,
  { first, last, count, explanation }: LateTicks,
  afterMinutes: number,
): NotificationText {
  const ticks =
    count === 1 ? `its tick ${instant(last)} is` : `${counted(count, 'tick')} from ${instant(first)} on are`;
  return bounded({
    title: `${dataset} is late: ${ticks} not completed after ${counted(afterMinutes, 'minute')}`,
    why: explanation.sentence,
    command: explanation.command,
    facts: [
      { name: 'late ticks', value: String(count) },
      { name: 'first tick', value: instant(first) },
      { name: 'last tick', value: instant(last) },
      ...explanation.facts,
    ],
  });
}

/** Says that somebody tries the way to a target. */
export function testText(dataset: string, actor: string): NotificationText {
  return bounded({
    title: `Test message of ${dataset}`,
    why: `${actor} asked for it: dli can reach this target.`,
    command: `dli workflow show ${dataset}`,
    facts: [],
  });
}

function explainEnd(run: Run): Explanation {
  const waiting = () => {
    throw new TypeError(`run ${run.runId} has ended and waits for nothing`);
  };
  // It has started, so that nothing is advised which needs the dataset.
  return explainRun(run, {
    attemptStartedAt: null,
    waiting,
    isRegistered: true,
    now: run.finishedAt ?? run.createdAt,
  });
}

function statusOf({ runId }: Run): string {
  return `dli workflow status ${runId}`;
}

function dateOf({ executionDate }: Run): string {
  return executionDate === null ? '' : ` for ${executionDate}`;
}

function bounded({ title, why, command, facts }: NotificationText): NotificationText {
  return { title: shortened(title, longestTitle), why: shortened(why, longestWhy), command, facts };
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
