import { ticks } from '../src/core/schedule.ts';
import { type Figure, median, quantile } from './figure.ts';

const count = 10_000;
const rounds = 15;
const from = Date.UTC(2026, 0, 1);
/** Every hour, every five minutes, once a day over 27 years; in zones with daylight saving, with half hours, without. */
const schedules = [
  { cron: '0 * * * *', timezone: 'America/New_York' },
  { cron: '*/5 * * * *', timezone: 'Australia/Lord_Howe' },
  { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
  { cron: '0 9 * * *', timezone: 'Asia/Seoul' },
];

/** Measures what `dli workflow simulate -n 10000` computes, inside the process. */
export function measureSimulate(): readonly Figure[] {
  const slowest = schedules.map((schedule) => {
    const seconds = Array.from({ length: rounds }, () => timeOf(schedule));
    return { schedule, seconds, middle: median(seconds) };
  });
  const { schedule, seconds, middle } = slowest.reduce((one, other) => (other.middle > one.middle ? other : one));
  return [
    {
      what: 'simulate of 10,000 ticks, inside the process, the slowest of four schedules',
      value: middle,
      unit: 's',
      goal: { at: 'most', value: 0.5 },
      baseline: {
        what: '10,000 instants formatted by Intl',
        value: median(Array.from({ length: rounds }, formatted)),
        unit: 's',
      },
      note: `${schedule.cron} ${schedule.timezone}; slowest ${quantile(seconds, 1).toFixed(3)} s`,
    },
  ];
}

function timeOf(schedule: (typeof schedules)[number]): number {
  const startedAt = performance.now();
  const found = ticks({ ...schedule, from })
    .take(count)
    .toArray();
  if (found.length !== count) throw new Error(`${schedule.cron} has ${found.length} ticks`);
  return (performance.now() - startedAt) / 1000;
}

function formatted(): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'short' });
  const startedAt = performance.now();
  for (let tick = 0; tick < count; tick += 1) format.format(from + tick * 3_600_000);
  return (performance.now() - startedAt) / 1000;
}
