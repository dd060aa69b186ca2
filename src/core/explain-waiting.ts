/** Why a waiting run does not start, in the order in which the dispatcher asks. */
import { counted } from './counted.ts';
import { type Fact, instant, logCommand, pauseText, type Reason, someOf } from './explanation.ts';
import type { Run } from './run.ts';

/** A run that is at work. */
export interface RunAtWork {
  readonly runId: string;
  readonly dataset: string;
  readonly warehouse: string;
  /** A warehouse process died under it, so it is tried alone in its warehouse. */
  readonly isSuspect: boolean;
}

/** Everything that a waiting run may wait behind. */
export interface WaitingFacts {
  /** Since when (epoch ms), by whom and why its workflow is paused. */
  readonly pause: { readonly at: number; readonly by: string; readonly reason: string | null } | null;
  /** The date that comes before it in its backfill and has not ended. */
  readonly earlierDate: string | null;
  /** Set while its warehouse cannot be opened. Epoch ms; `until` is null when it waits without end. */
  readonly closed: { readonly since: number; readonly until: number | null; readonly reason: string } | null;
  /** Runs of its dataset that wait in front of it. */
  readonly before: { readonly firstRunId: string; readonly count: number } | null;
  readonly atWork: readonly RunAtWork[];
  /** Another waiting run that is to be tried alone in the same warehouse. */
  readonly suspect: string | null;
  /** How many runs may be at work: in all and in its warehouse. */
  readonly limits: { readonly total: number; readonly warehouse: number };
}

/** Says why a PENDING run does not start. `now` is epoch ms. */
export function explainWaiting(
  run: Run,
  facts: WaitingFacts,
  { now, isRegistered }: { readonly now: number; readonly isRegistered: boolean },
): Reason {
  if (run.stopRequestedAt !== null) return explainStopping(run, facts);
  const reason =
    heldReason(run, facts, isRegistered) ??
    warehouseReason(run, facts) ??
    retryReason(run, now) ??
    datasetReason(run, facts) ??
    placeReason(run, facts);
  const { sentence, more = [] } = reason;
  return { ...reason, sentence: `${sentence}${historyOf(run, now)}`, more: [...more, ...historyFacts(run)] };
}

/** It may be published, so only its executor can end it. */
function explainStopping(run: Run, { closed }: WaitingFacts): Reason {
  const why = run.reason === null ? '' : ` (${run.reason})`;
  const wait = closed === null ? '' : `, and that waits for its warehouse: ${closed.reason}`;
  return {
    sentence: `is being stopped since ${instant(run.stopRequestedAt ?? 0)}${why}; the ledger is asked first whether it was published${wait}`,
    command: `dli workflow status ${run.runId} --follow`,
  };
}

function heldReason(run: Run, { pause, earlierDate }: WaitingFacts, isRegistered: boolean): Reason | undefined {
  if (!run.held) return undefined;
  if (run.backfillId !== null) {
    const command = `dli workflow backfill-status ${run.backfillId}`;
    return earlierDate === null
      ? { sentence: 'waits until its backfill lets it start', command }
      : { sentence: `waits for ${earlierDate}, which comes before it in its backfill`, command };
  }
  const since = pause === null ? 'paused' : pauseText(pause);
  return {
    sentence: `is held while its workflow is ${since}`,
    command: isRegistered ? `dli workflow unpause ${run.dataset}` : `dli workflow stop ${run.runId}`,
    ...(pause === null ? {} : { more: pauseFacts(pause) }),
  };
}

/** Says a pause as facts. */
export function pauseFacts({ at, by, reason }: NonNullable<WaitingFacts['pause']>): readonly Fact[] {
  return [
    { name: 'paused since', value: instant(at) },
    { name: 'paused by', value: by },
    ...(reason === null ? [] : [{ name: 'paused because', value: reason }]),
  ];
}

function warehouseReason(run: Run, { closed }: WaitingFacts): Reason | undefined {
  if (closed === null) return undefined;
  const { since, until, reason } = closed;
  const limit = until === null ? 'as long as it takes' : `until ${instant(until)} at the latest`;
  return {
    sentence: `waits since ${instant(since)} for warehouse '${run.warehouse}', ${limit}: ${reason}`,
    command: `dli workflow stop ${run.runId}`,
    more: [
      { name: 'waits since', value: instant(since) },
      ...(until === null ? [] : [{ name: 'fails at', value: instant(until) }]),
    ],
  };
}

function retryReason(run: Run, now: number): Reason | undefined {
  if (run.availableAt <= now) return undefined;
  const error = run.error === null ? '' : `, because attempt ${run.attempt} failed: ${run.error.message}`;
  return {
    sentence: `is tried again at ${instant(run.availableAt)} (attempt ${run.attempt + 1} of ${run.maxAttempts})${error}`,
    command: logCommand(run),
    more: [{ name: 'available at', value: instant(run.availableAt) }],
  };
}

function datasetReason(run: Run, { atWork, before }: WaitingFacts): Reason | undefined {
  const ahead = atWork.find(({ dataset }) => dataset === run.dataset);
  if (ahead) {
    return {
      sentence: `waits for run ${ahead.runId}: a dataset has one run at a time`,
      command: `dli workflow status ${ahead.runId}`,
    };
  }
  if (before === null) return undefined;
  const { count, firstRunId } = before;
  const what =
    count === 1 ? `run ${firstRunId}` : `${counted(count, 'run')} of its dataset, the first is ${firstRunId}`;
  return {
    sentence: `waits in line behind ${what}`,
    command: `dli workflow explain ${firstRunId}`,
    more: [{ name: 'runs before it', value: String(count) }],
  };
}

function placeReason(run: Run, { atWork, limits, suspect }: WaitingFacts): Reason {
  const command = 'dli workflow list --running';
  const full = (where: string, there: readonly RunAtWork[], limit: number) =>
    `waits for a free place${where}: ${there.length} of ${limit} runs are at work, ${someOf(there.map(({ runId }) => runId))}`;
  if (atWork.length >= limits.total) {
    const more = [{ name: 'max_concurrent_runs', value: String(limits.total) }];
    return { sentence: full('', atWork, limits.total), command, more };
  }
  const here = atWork.filter(({ warehouse }) => warehouse === run.warehouse);
  const alone = here.find(({ isSuspect }) => isSuspect);
  if (alone) {
    const sentence = `waits for run ${alone.runId}, which is tried alone in warehouse '${run.warehouse}' because a process died under it`;
    return { sentence, command: `dli workflow status ${alone.runId}` };
  }
  if (run.processDeaths > 0 && here.length > 0) {
    const runs = someOf(here.map(({ runId }) => runId));
    return { sentence: `waits until it is alone in warehouse '${run.warehouse}', where ${runs} is at work`, command };
  }
  if (here.length >= limits.warehouse) {
    const more = [{ name: `warehouses.${run.warehouse}.max_concurrent_runs`, value: String(limits.warehouse) }];
    return { sentence: full(` in warehouse '${run.warehouse}'`, here, limits.warehouse), command, more };
  }
  if (suspect !== null && here.length > 0) {
    const sentence = `waits behind run ${suspect}, which is to be tried alone in warehouse '${run.warehouse}' because a process died under it`;
    return { sentence, command: `dli workflow explain ${suspect}` };
  }
  return { sentence: 'is about to start', command: `dli workflow status ${run.runId} --follow` };
}

/** What an earlier attempt left, where the reason to wait does not say it. */
function historyOf(run: Run, now: number): string {
  const told: string[] = [];
  if (run.error !== null && run.attempt > 0 && (run.held || run.availableAt <= now)) {
    told.push(`attempt ${Math.min(run.attempt, run.maxAttempts)} of ${run.maxAttempts} failed: ${run.error.message}`);
  }
  if (run.uncertain) told.push('its last attempt was lost, so the ledger is asked first whether that was published');
  if (run.conflicts > 0) told.push('its writes met those of another run, so it is tried alone in its dataset');
  if (run.processDeaths > 0) {
    const times = run.processDeaths === 1 ? 'once' : `${run.processDeaths} times`;
    told.push(`a process died under it ${times}, so it is tried alone`);
  }
  return told.map((text) => `; ${text}`).join('');
}

function historyFacts(run: Run): readonly Fact[] {
  return [
    ...(run.uncertain && run.reason !== null ? [{ name: 'lost because', value: run.reason }] : []),
    ...(run.processDeaths > 0 ? [{ name: 'process deaths', value: String(run.processDeaths) }] : []),
    ...(run.error === null ? [] : [{ name: 'error', value: run.error.code }]),
  ];
}
