import type { Timer } from '../core/clock.ts';
import { forgetOldKeys } from '../store/queries/idempotency.ts';
import {
  type ForgetStep,
  forgetBackfills,
  forgetBoots,
  forgetEvents,
  forgetLogs,
  forgetNotifications,
  forgetRuns,
  forgetTicks,
} from '../store/queries/retention.ts';
import type { ServiceParts } from './parts.ts';

/** How long things are kept, in days, after they happened or ended. */
export interface Retention {
  readonly eventsDays: number;
  readonly logsDays: number;
  readonly ticksDays: number;
  readonly runsDays: number;
}

/** What housekeeping is done with. */
export interface HousekeepingOptions extends Pick<ServiceParts, 'database' | 'clock'> {
  readonly retention: Retention;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

/** Rows that one transaction forgets: a few milliseconds, so that whoever writes meanwhile does not wait longer. */
const batch = 200;
const everyMs = 60 * 60 * 1000;
const msPerDay = 24 * everyMs;

interface Chore {
  readonly doing: string;
  readonly step: ForgetStep;
  /** What is older than this is forgotten, epoch ms. */
  readonly before: (now: number) => number;
}

/**
 * Forgets what is older than its retention, and idempotency keys whose time is over: now, and from then on every hour, in
 * small transactions between which everybody else has their turn. What has not ended is never touched.
 *
 * @returns what ends that; it waits for the transaction that is under way
 */
export function keepHouse({ database, clock, retention, onTrouble }: HousekeepingOptions): () => Promise<void> {
  let timer: Timer | undefined;
  let isEnded = false;
  const chores = choresOf(retention);
  const doChore = async ({ step, before }: Chore) => {
    for (let after: number | null = 0; after !== null && !isEnded; ) {
      const from: number = after;
      const done = await database.write((transaction) =>
        step(transaction, { now: clock.now(), before: before(clock.now()), after: from, limit: batch }),
      );
      after = done.next;
    }
  };
  const doAll = async () => {
    for (const chore of chores) await doChore(chore).catch((error: unknown) => onTrouble(error, chore.doing));
  };
  // One round after the other: a round that lasts longer than an hour is not joined by the next one.
  const begin = async (before: Promise<void>) => {
    timer = clock.after(everyMs, () => {
      working = begin(working);
    });
    await before;
    if (!isEnded) await doAll();
  };
  let working = begin(Promise.resolve());
  return () => {
    isEnded = true;
    timer?.cancel();
    return working;
  };
}

function choresOf({ eventsDays, logsDays, ticksDays, runsDays }: Retention): readonly Chore[] {
  const older = (days: number) => (now: number) => now - days * msPerDay;
  return [
    { doing: 'forgetting idempotency keys', step: forgetKeys, before: (now) => now },
    { doing: 'forgetting logs', step: forgetLogs, before: older(logsDays) },
    { doing: 'forgetting events', step: forgetEvents, before: older(eventsDays) },
    { doing: 'forgetting notifications', step: forgetNotifications, before: older(eventsDays) },
    { doing: 'forgetting ticks', step: forgetTicks, before: older(ticksDays) },
    { doing: 'forgetting runs', step: forgetRuns, before: older(runsDays) },
    { doing: 'forgetting backfills', step: forgetBackfills, before: older(runsDays) },
    { doing: 'forgetting boots', step: forgetBoots, before: older(runsDays) },
  ];
}

const forgetKeys: ForgetStep = (transaction, { before, limit }) => {
  const forgotten = forgetOldKeys(transaction, before, limit);
  return { forgotten, next: forgotten === limit ? 0 : null };
};
