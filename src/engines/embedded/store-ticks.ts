import type { NewRun, Run } from '../../core/run.ts';
import type { Schedule } from '../../core/schedule.ts';
import type { TickRecord } from '../../core/tick-decision.ts';
import { appendEvent, appendEvents, type NewEvent } from '../../store/queries/events.ts';
import { insertRuns } from '../../store/queries/runs.ts';
import type { ScheduleRecord } from '../../store/queries/schedules.ts';
import { extendTicks, insertTicks, tickRuleId, ticksBefore } from '../../store/queries/ticks.ts';
import type { Transaction } from '../../store/sqlite.ts';

/** Who asks for scheduled runs, as runs and events name it. */
export const scheduler = 'scheduler';

/** What storing looks at besides the ticks. */
export interface StoreContext {
  /** Epoch ms. */
  readonly now: number;
  /** Makes a run's identity. */
  readonly newUid: () => string;
  /** The numbers of rules that were asked for in this transaction; they are not asked for again. @default none */
  readonly ruleIds?: Map<string, number>;
}

/** Ticks with an outcome, and the schedule that they are of. */
export interface TicksToStore {
  readonly record: ScheduleRecord;
  readonly schedule: Schedule;
  readonly ticks: TickRecord;
}

/** Stores the outcomes of ticks, in their order, with the runs that they make, each with its event. Tells the runs. */
export function storeTicks(
  transaction: Transaction,
  toStore: readonly TicksToStore[],
  context: StoreContext,
): readonly Run[] {
  const runs: Run[] = [];
  let first = 0;
  for (const [index, one] of toStore.entries()) {
    if (one.ticks.outcome === 'run') continue;
    runs.push(...storeRuns(transaction, toStore.slice(first, index), context));
    storeStretch(transaction, one, context);
    first = index + 1;
  }
  runs.push(...storeRuns(transaction, toStore.slice(first), context));
  return runs;
}

/** Stores ticks that make runs. */
function storeRuns(transaction: Transaction, toStore: readonly TicksToStore[], context: StoreContext): readonly Run[] {
  const { now } = context;
  const runs = insertRuns(
    transaction,
    toStore.map((one) => runOf(one, context)),
  );
  const events = runs.map((run, index) => eventOf(run, toStore[index]?.ticks.reason ?? null));
  appendEvents(transaction, events);
  const outcomes = toStore.map(({ record, ticks }, index) => {
    const ruleId = ruleIdOf(transaction, record, context);
    return { dataset: record.dataset, ticks, runId: runs[index]?.runId ?? null, ruleId, now };
  });
  insertTicks(transaction, outcomes);
  return runs;
}

function ruleIdOf(transaction: Transaction, record: ScheduleRecord, { ruleIds }: StoreContext): number {
  const key = `${record.executionDate} ${record.timezone} ${record.cron}`;
  const ruleId = ruleIds?.get(key) ?? tickRuleId(transaction, record);
  ruleIds?.set(key, ruleId);
  return ruleId;
}

function runOf({ record, schedule, ticks }: TicksToStore, { now, newUid }: StoreContext): NewRun {
  const date = schedule.executionDateOf(ticks.scheduledAt, record.executionDate);
  return {
    runUid: newUid(),
    dataset: record.dataset,
    sourceType: record.sourceType,
    runType: 'scheduled',
    executionDate: date,
    params: record.hasDate ? { ...record.params, execution_date: date } : record.params,
    revision: record.revision,
    warehouse: record.warehouse,
    logicalAt: ticks.scheduledAt,
    maxAttempts: record.maxAttempts,
    held: record.paused,
    backfillId: null,
    triggeredBy: scheduler,
    createdAt: now,
  };
}

function eventOf(run: Run, reason: string | null): NewEvent {
  return {
    at: run.createdAt,
    kind: 'run.created',
    dataset: run.dataset,
    runId: run.runId,
    backfillId: null,
    actor: scheduler,
    reason,
    data: {
      status: run.status,
      run_type: run.runType,
      execution_date: run.executionDate,
      scheduled_at: new Date(run.logicalAt).toISOString(),
    },
  };
}

/** Stores ticks without a run: a stretch that goes on from the one before it makes that longer. */
function storeStretch(
  transaction: Transaction,
  { record, schedule, ticks }: TicksToStore,
  context: StoreContext,
): void {
  const { dataset } = record;
  const { scheduledAt, untilAt, count, outcome, reason } = ticks;
  const { now } = context;
  const last = ticksBefore(transaction, dataset, scheduledAt - 1);
  const goesOn =
    last?.outcome === outcome &&
    last.reason === reason &&
    last.rule.cron === record.cron &&
    last.rule.timezone === record.timezone &&
    last.rule.executionDate === record.executionDate &&
    schedule.next(last.untilAt) === scheduledAt;
  if (last && goesOn) extendTicks(transaction, { dataset, scheduledAt: last.scheduledAt, untilAt, more: count, now });
  else insertTicks(transaction, [{ dataset, ticks, runId: null, ruleId: ruleIdOf(transaction, record, context), now }]);
  if (outcome === 'run') return;
  appendEvent(transaction, {
    at: now,
    kind: `tick.${outcome}`,
    dataset,
    runId: null,
    backfillId: null,
    actor: scheduler,
    reason,
    data: { scheduled_at: new Date(scheduledAt).toISOString(), until_at: new Date(untilAt).toISOString(), count },
  });
}
