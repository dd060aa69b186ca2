import type { AskedSchedule } from '../schedules.ts';

/** What a client was told by an answer; it has to outlive a loss of power. */
export type Told =
  | { readonly kind: 'paused' | 'unpaused'; readonly dataset: string }
  /** `schedule` is null where the spec has none. */
  | {
      readonly kind: 'registered' | 'updated';
      readonly dataset: string;
      readonly revision: string;
      readonly schedule: AskedSchedule | null;
    }
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'backfill'; readonly backfillId: string; readonly runIds: readonly string[] }
  | { readonly kind: 'ended'; readonly runId: string; readonly status: string }
  /** Ticks with an outcome: epoch ms. */
  | {
      readonly kind: 'ticks';
      readonly dataset: string;
      readonly ticks: readonly { readonly at: number; readonly outcome: string }[];
    };

/** The schedule of each revision that was told of. */
export function toldSchedules(told: readonly Told[]): ReadonlyMap<string, AskedSchedule> {
  const schedules = new Map<string, AskedSchedule>();
  for (const one of told) if ('revision' in one && one.schedule) schedules.set(one.revision, one.schedule);
  return schedules;
}
