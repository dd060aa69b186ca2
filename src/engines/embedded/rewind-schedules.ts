import type { OpenSchedules } from '../../core/open-schedules.ts';
import { rewindSchedule, type ScheduleRecord, schedulesAfter } from '../../store/queries/schedules.ts';
import type { Database } from '../../store/sqlite.ts';

/** Schedules that one transaction looks at. */
const batch = 500;

/**
 * Lets every schedule go on with the first tick after `now` (epoch ms) at the latest, for a clock that may have been ahead.
 * Ticks that have an outcome from then are passed over when they are due.
 */
export async function rewindSchedules(
  database: Database,
  {
    now,
    schedules,
    onTrouble,
  }: {
    readonly now: number;
    readonly schedules: OpenSchedules;
    /** Told of a schedule that cannot be opened; the others go on. */
    readonly onTrouble: (error: unknown, doing: string) => void;
  },
): Promise<void> {
  const nextOf = (schedule: ScheduleRecord) => {
    try {
      return schedules.open(schedule).next(now);
    } catch (error) {
      onTrouble(error, `reading the schedule of ${schedule.dataset}`);
      return null;
    }
  };
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = schedulesAfter(database, after, batch);
    after = page.length === batch ? page.at(-1)?.dataset : undefined;
    const late = page.flatMap((schedule) => {
      const at = nextOf(schedule);
      return at !== null && (schedule.nextAt === null || schedule.nextAt > at)
        ? [{ dataset: schedule.dataset, at }]
        : [];
    });
    if (late.length === 0) continue;
    await database.write((transaction) => {
      for (const { dataset, at } of late) rewindSchedule(transaction, dataset, at);
    });
  }
}
