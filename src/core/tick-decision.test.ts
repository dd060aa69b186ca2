import { describe, expect, it } from 'vitest';
import { openSchedule } from './schedule.ts';
import type { InstantRange } from './tick-count.ts';
import { type Absence, type DueTicks, decideTicks, type ScheduledQueue } from './tick-decision.ts';

const schedule = openSchedule({ cron: '0 * * * *', timezone: 'UTC' });
const at = (time: string) => Date.parse(`2024-01-15T${time}Z`);
const free: ScheduledQueue = { unfinished: 0, waiting: 0, oldestRunId: null };
const down: Absence = { until: at('12:30:00'), outcome: 'missed', catchup: 'latest', reason: 'the server was down' };

function decide(changes: Partial<DueTicks> & { readonly from?: string; readonly to?: string } = {}) {
  const { from = '09:00:00', to = '12:45:00', ...rest } = changes;
  const range = { from: at(from), to: at(to) };
  const decision = decideTicks({
    schedule,
    range,
    overlap: 'queue',
    queue: free,
    absence: null,
    catchupUntil: null,
    remedyFor: () => null,
    ...rest,
  });
  const records = decision.records.map(({ scheduledAt, untilAt, count, outcome }) => {
    const [first, last] = [scheduledAt, untilAt].map((ms) => new Date(ms).toISOString().slice(11, 16));
    return `${first === last ? first : `${first}-${last}`} ${outcome} ${count}`;
  });
  return { ...decision, records, decidedUntil: new Date(decision.decidedUntil).toISOString().slice(11, 19) };
}

describe('live ticks', () => {
  it('each run, and every instant up to now is decided', () => {
    expect(decide({ from: '11:00:00' })).toEqual({
      records: ['11:00 run 1', '12:00 run 1'],
      decidedUntil: '12:45:00',
      catchupUntil: null,
    });
  });

  it('stop where a transaction is full', () => {
    expect(decide({ mostRuns: 2 })).toMatchObject({
      records: ['09:00 run 1', '10:00 run 1'],
      decidedUntil: '10:00:00',
    });
  });

  it('are skipped behind an unfinished run, or behind a full queue, as one stretch', () => {
    const behind = { unfinished: 1, waiting: 0, oldestRunId: 'a_1' };
    expect(decide({ overlap: 'skip', queue: behind }).records).toEqual(['09:00-12:00 skipped_overlap 4']);
    expect(decide({ overlap: 'skip' }).records).toEqual(['09:00 run 1', '10:00-12:00 skipped_overlap 3']);
    const full = { unfinished: 100, waiting: 99, oldestRunId: 'a_1' };
    expect(decide({ queue: full }).records).toEqual(['09:00 run 1', '10:00-12:00 skipped_overlap 3']);
  });
});

describe('ticks of an absence', () => {
  it.each([
    ['none', ['09:00-12:00 missed 4']],
    ['latest', ['09:00-11:00 missed 3', '12:00 run 1']],
    ['all', ['09:00 run 1', '10:00 run 1', '11:00 run 1', '12:00 run 1']],
  ] as const)('catchup %s', (catchup, records) => {
    expect(decide({ absence: { ...down, catchup } })).toMatchObject({ records });
  });

  it('end where it ends: what follows is live and decided next', () => {
    const until = at('10:30:00');
    expect(decide({ absence: { ...down, until } })).toMatchObject({
      records: ['09:00 missed 1', '10:00 run 1'],
      decidedUntil: '10:29:59',
    });
    expect(decide({ from: '11:00:00', absence: { ...down, until } }).records).toEqual(['11:00 run 1', '12:00 run 1']);
  });

  it('that holds no tick decide nothing but its time', () => {
    const absence = { ...down, until: at('09:45:00') };
    expect(decide({ from: '09:30:00', absence })).toMatchObject({ records: [], decidedUntil: '09:44:59' });
  });

  it('the newest of them is skipped as a live one would be', () => {
    const queue = { unfinished: 1, waiting: 0, oldestRunId: 'a_1' };
    expect(decide({ overlap: 'skip', queue, absence: down }).records).toEqual([
      '09:00-11:00 missed 3',
      '12:00 skipped_overlap 1',
    ]);
  });

  it('all: is promised at once, made in pieces, and told of where it is too much', () => {
    const minutely = openSchedule({ cron: '* * * * *', timezone: 'UTC' });
    const absence: Absence = { ...down, until: at('23:59:30'), catchup: 'all' };
    const range = { from: at('00:00:00'), to: at('23:59:45') };
    const remedyFor = ({ from, to }: InstantRange) => `compute ${new Date(from).toISOString()} to ${to}`;
    const plan = { schedule: minutely, overlap: 'skip', queue: free, absence, remedyFor } as const;
    const due = { ...plan, range, catchupUntil: null };
    const first = decideTicks(due);
    const thousandth = at('16:39:00');
    expect(first).toMatchObject({ catchupUntil: thousandth, decidedUntil: at('01:39:00') });
    expect(first.records.at(-1)).toMatchObject({
      outcome: 'missed',
      count: 440,
      scheduledAt: at('16:40:00'),
      untilAt: at('23:59:00'),
      reason: `the server was down; a catch-up runs at most 1000 ticks, the others with: compute 2024-01-15T16:40:00.000Z to ${at('23:59:00')}`,
    });
    const last = decideTicks({ ...due, range: { ...range, from: at('16:30:00') }, catchupUntil: thousandth });
    expect([last.records.length, last.decidedUntil, last.catchupUntil]).toEqual([10, thousandth, null]);
  });
});
