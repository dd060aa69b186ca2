import type { Run } from '../../core/run.ts';
import type { Absence, TickRecord } from '../../core/tick-decision.ts';
import { moveSchedule, type ScheduleRecord } from '../../store/queries/schedules.ts';
import type { Transaction } from '../../store/sqlite.ts';
import { type DecideContext, type Decided, decideDue } from './decide-due.ts';
import { type StoreContext, storeTicks } from './store-ticks.ts';

/** What firing looks at besides the schedule. */
export type FireContext = DecideContext & StoreContext;

/** How many schedules with one due tick each are fired at once: a few milliseconds. */
export const outcomesAtOnce = 100;

/** What firing did. */
export interface Fired {
  /** The schedule with its cursor moved on; it is due again when one transaction was not enough. */
  readonly schedule: ScheduleRecord;
  readonly records: readonly TickRecord[];
  readonly runs: readonly Run[];
}

/**
 * Decides the ticks of a schedule that are due, stores their outcomes and the runs that they make, and moves the cursor, all
 * in one transaction. A tick that has an outcome already (the clock was set back) is passed over.
 */
export function fireDue(transaction: Transaction, record: ScheduleRecord, context: FireContext): Fired {
  const decided = decideDue(transaction, record, context);
  if (!decided) return { schedule: record, records: [], runs: [] };
  return { schedule: decided.moved, records: decided.records, runs: store(transaction, [decided], context) };
}

/** A schedule to fire, with what was asked of many at once. */
export type ScheduleToFire = ScheduleRecord & Pick<DecideContext, 'hasUnfinished'>;

/**
 * Fires schedules of different datasets as {@link fireDue} does each of them, with fewer statements. It goes on to the next one
 * while fewer outcomes than {@link outcomesAtOnce} are to be stored.
 */
export function fireMany(
  transaction: Transaction,
  due: readonly ScheduleToFire[],
  {
    absenceOf,
    ...context
  }: Omit<FireContext, 'absence' | 'hasUnfinished'> & {
    readonly absenceOf: (record: ScheduleRecord) => Absence | null;
  },
): readonly Run[] {
  const decided: Decided[] = [];
  let outcomes = 0;
  for (const record of due) {
    if (outcomes >= outcomesAtOnce) break;
    const { hasUnfinished } = record;
    // What is decided of one dataset depends on nothing that is stored of another.
    const one = decideDue(transaction, record, { ...context, absence: absenceOf(record), hasUnfinished });
    if (one) decided.push(one);
    outcomes += one?.records.length ?? 0;
  }
  return store(transaction, decided, context);
}

function store(transaction: Transaction, decided: readonly Decided[], context: StoreContext): readonly Run[] {
  const toStore = decided.flatMap(({ record, schedule, records }) =>
    records.map((ticks) => ({ record, schedule, ticks })),
  );
  const runs = storeTicks(transaction, toStore, context);
  for (const { moved } of decided) moveSchedule(transaction, moved);
  return runs;
}
