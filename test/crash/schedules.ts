/* Schedules for a clock that runs fast, and what is needed to judge their ticks without the product's code. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A cron, and at which minutes of an hour it fires. */
interface Cron {
  readonly cron: string;
  readonly fires: (minute: number) => boolean;
}

/** Crons that fire often. */
export const crons: readonly Cron[] = [
  { cron: '* * * * *', fires: () => true },
  { cron: '*/2 * * * *', fires: (minute) => minute % 2 === 0 },
  { cron: '1-59/3 * * * *', fires: (minute) => minute % 3 === 1 },
  { cron: '0,5,6,7,30-40 * * * *', fires: (minute) => [0, 5, 6, 7].includes(minute) || (minute >= 30 && minute <= 40) },
];

/** Zones whose offset never changes and is whole hours, so that minutes are those of UTC. */
export const zones = { UTC: 0, 'Asia/Seoul': 9 * hourMs } as const;

/** A schedule as a client asked for it. */
export interface AskedSchedule {
  readonly enabled: boolean;
  readonly cron: string;
  readonly timezone: keyof typeof zones;
  readonly executionDate: 'same_day' | 'previous_day';
  readonly catchup: 'none' | 'latest' | 'all';
  readonly overlap: 'queue' | 'skip';
}

/** Writes it as the `schedule` of a spec. */
export function scheduleYaml({ enabled, cron, timezone, executionDate, catchup, overlap }: AskedSchedule): string {
  const when = `cron: "${cron}", timezone: ${timezone}, execution_date: ${executionDate}`;
  return `{enabled: ${enabled}, ${when}, catchup: ${catchup}, overlap: ${overlap}}`;
}

/** Lists the ticks of a cron from `from` to `to` (epoch ms, both included). @throws for a cron that is not of {@link crons} */
export function ticksOf(cron: string, { from, to }: { readonly from: number; readonly to: number }): readonly number[] {
  const rule = crons.find((one) => one.cron === cron);
  if (!rule) throw new RangeError(`nobody asked for the cron ${cron}`);
  const ticks: number[] = [];
  for (let at = Math.ceil(from / minuteMs) * minuteMs; at <= to; at += minuteMs)
    if (rule.fires((at % hourMs) / minuteMs)) ticks.push(at);
  return ticks;
}

/** The date that a tick (epoch ms) computes: the one on a clock in the zone, or the one before. */
export function dateOf(
  tickAt: number,
  { timezone, executionDate }: Pick<AskedSchedule, 'timezone' | 'executionDate'>,
): string {
  const back = executionDate === 'previous_day' ? 24 * hourMs : 0;
  return new Date(tickAt + zones[timezone] - back).toISOString().slice(0, 10);
}
