/**
 * Tells of ticks that are not completed in time. Of each watched dataset every tick is looked at once, when it is due: also when
 * it made no run, and when no server was up at that time. States: *asleep* until a tick is due; *judging*, a dataset a
 * transaction.
 */
import { DliError } from '../contract/errors.ts';
import type { Timer } from '../core/clock.ts';
import type { NotificationTarget } from '../core/notification.ts';
import { distinctTargets } from '../core/notification.ts';
import { lateText } from '../core/notification-texts.ts';
import { nextDueAt } from '../store/late-watch.ts';
import { dueLateWatches, type LateWatch, nextLateAt, saveLateWatch } from '../store/queries/late-watches.ts';
import { effectiveNotifications } from '../store/queries/notification-specs.ts';
import { insertNotifications } from '../store/queries/outbox.ts';
import type { Transaction } from '../store/sqlite.ts';
import { findLateTicks } from './late-ticks.ts';
import type { ServiceParts } from './parts.ts';

/** Datasets whose time has come that are read at once. */
const batch = 100;
/** What could not be stored (a full disk) is tried again this much later; a dataset that could not be looked at, too. */
const againMs = { state: 1_000, dataset: 60_000 };

/** What the watch is made of. */
export interface LateWatchOptions {
  readonly parts: ServiceParts;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

/** Watches until it is ended. Returns what ends it, which waits for the transaction that is under way. */
export function watchLateness({ parts, onTrouble }: LateWatchOptions): () => Promise<void> {
  const { database, clock, scheduler } = parts;
  let timer: Timer | undefined;
  /** What was due first when this last looked. */
  let known: number | undefined;
  let judging: Promise<void> | undefined;
  let isEnded = false;
  const arm = (at: number | undefined) => {
    timer?.cancel();
    known = nextLateAt(database);
    timer = at === undefined || isEnded ? undefined : clock.at(at, judge);
  };
  const judgeAll = async () => {
    // After a start or a sleep, ticks that are about to be caught up would pass for ticks that nobody looked at.
    await scheduler.fireNow();
    while (!isEnded) {
      // What the scheduler does not believe of the clock is not believed here either.
      const due = dueLateWatches(database, scheduler.now, batch);
      if (due.length === 0) break;
      for (const watch of due) await judgeOne({ parts, onTrouble }, watch);
    }
    const { hold } = scheduler.state;
    const next = nextLateAt(database);
    arm(hold && next !== undefined ? Math.max(next, hold.until) : next);
  };
  const judge = () => {
    judging ??= judgeAll()
      .catch((error: unknown) => {
        onTrouble(error, 'looking for late ticks');
        arm(clock.now() + againMs.state);
      })
      .finally(() => {
        judging = undefined;
      });
  };
  const leave = database.onCommit(() => {
    const next = nextLateAt(database);
    if (!judging && next !== undefined && (known === undefined || next < known)) judge();
  });
  judge();
  return async () => {
    isEnded = true;
    leave();
    timer?.cancel();
    await judging;
  };
}

/** A dataset that cannot be looked at does not keep the others from being looked at. */
async function judgeOne({ parts, onTrouble }: LateWatchOptions, watch: LateWatch): Promise<void> {
  const { database, scheduler } = parts;
  try {
    await database.write((transaction) => judgeDue(transaction, parts, watch));
  } catch (error) {
    if (error instanceof DliError && error.code === 'DLI-500') throw error;
    onTrouble(error, `looking for late ticks of ${watch.dataset}`);
    const dueAt = scheduler.now + againMs.dataset;
    await database.write((transaction) => saveLateWatch(transaction, { ...watch, dueAt }));
  }
}

/** Looks at the ticks of a dataset that are due, tells of those that are late in one message, and moves the watch on. */
function judgeDue(transaction: Transaction, parts: ServiceParts, watch: LateWatch): void {
  const { dataset, afterMinutes } = watch;
  const now = parts.scheduler.now;
  const { late, judgedUntil } = findLateTicks(transaction, parts, { watch, now });
  const targets = targetsOf(transaction, dataset);
  if (late && targets.length > 0) {
    insertNotifications(transaction, {
      subject: { kind: 'late', dataset, runId: late.runId, at: now },
      text: lateText(dataset, late, afterMinutes),
      targets,
    });
  }
  const dueAt = nextDueAt(transaction, { dataset, afterMinutes, judgedUntil, schedules: parts.schedules });
  saveLateWatch(transaction, { ...watch, judgedUntil, dueAt });
}

function targetsOf(transaction: Transaction, dataset: string): readonly NotificationTarget[] {
  return distinctTargets(effectiveNotifications(transaction, dataset)?.onLate?.to ?? []);
}
