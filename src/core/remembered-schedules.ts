import type { OpenSchedules } from './open-schedules.ts';
import type { Schedule, TickRule } from './schedule.ts';

/** What tells the schedule of a rule. */
export type ScheduleSource = Pick<OpenSchedules, 'open'>;

/**
 * Remembers what schedules answer, for a moment in which many that share a rule are asked the same: the ticks of one
 * transaction. It forgets nothing, so it is not to be kept for longer.
 */
export function rememberSchedules(source: ScheduleSource): ScheduleSource {
  const known = new Map<string, Schedule>();
  return {
    open: (rule: TickRule) => {
      const key = `${rule.timezone} ${rule.cron}`;
      const schedule = known.get(key) ?? remembered(source.open(rule));
      known.set(key, schedule);
      return schedule;
    },
  };
}

function remembered(schedule: Schedule): Schedule {
  const { next, executionDateOf } = schedule;
  const dates = {
    same_day: once((at) => executionDateOf(at, 'same_day')),
    previous_day: once((at) => executionDateOf(at, 'previous_day')),
  };
  return { ...schedule, next: once(next), executionDateOf: (at, rule) => dates[rule](at) };
}

/** Computes the answer to each number once. */
function once<Answer extends string | number | null>(compute: (at: number) => Answer): (at: number) => Answer {
  const known = new Map<number, Answer>();
  return (at) => {
    const earlier = known.get(at);
    if (earlier !== undefined) return earlier;
    const answer = compute(at);
    known.set(at, answer);
    return answer;
  };
}
