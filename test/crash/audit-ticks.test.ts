import { describe, expect, it } from 'vitest';
import { auditTicks } from './audit-ticks.ts';
import type { EventRow, RecordedState, RunRow, TickRow } from './recorded-state.ts';
import type { AskedSchedule } from './schedules.ts';

/* The judge itself: what it must find when it is there. */

const minute = 60_000;
const start = Date.UTC(2024, 0, 15, 9);
const dataset = 'main.a';
const schedule: AskedSchedule = {
  enabled: true,
  cron: '*/2 * * * *',
  timezone: 'UTC',
  executionDate: 'same_day',
  catchup: 'all',
  overlap: 'queue',
};
const asked = new Map<string, AskedSchedule>([
  ['on', schedule],
  ['off', { ...schedule, enabled: false }],
  ['skips', { ...schedule, overlap: 'skip' }],
]);

function event(kind: string, minutes: number, revision?: string): EventRow {
  const at = start + minutes * minute;
  return { seq: at, at, kind, dataset, run_id: null, backfill_id: null, data: JSON.stringify({ revision }) };
}

function tick(minutes: number, changes: Partial<TickRow> = {}): TickRow {
  const at = start + minutes * minute;
  const { cron, timezone } = schedule;
  const rule = { cron, timezone, execution_date: 'same_day' };
  const own = { scheduled_at: at, until_at: at, count: 1, outcome: 'run', run_id: `r${minutes}`, reason: null };
  return { dataset, ...own, recorded_at: at, ...rule, ...changes };
}

const runOf = ({ scheduled_at, run_id }: TickRow) =>
  // Of a run, only this is looked at.
  ({ run_id, dataset, run_type: 'scheduled', logical_at: scheduled_at, execution_date: '2024-01-15' }) as RunRow;

function judge({
  ticks,
  runs = ticks.filter(({ run_id }) => run_id !== null).map(runOf),
  events = [event('workflow.registered', 1, 'on'), event('workflow.updated', 11, 'off')],
}: {
  readonly ticks: readonly TickRow[];
  readonly runs?: readonly RunRow[];
  readonly events?: readonly EventRow[];
}): readonly string[] {
  const nothing = { backfills: [], openAttempts: [], dates: [], rows: new Map(), posted: new Map(), ledger: [] };
  const state: RecordedState = { ...nothing, runs, events, ticks };
  return auditTicks(state, asked);
}

const whole = [2, 4, 6, 8, 10].map((at) => tick(at));
const without = { outcome: 'missed', run_id: null } as const;

describe('the judge of ticks', () => {
  it('has nothing to say of a schedule whose every tick ran', () => {
    expect(judge({ ticks: whole })).toEqual([]);
  });

  it.each([
    [
      'a tick without an outcome',
      { ticks: whole.toSpliced(2, 1) },
      'the tick at 2024-01-15T09:06:00.000Z has no outcome',
    ],
    ['a tick that was not due', { ticks: [...whole, tick(14)] }, 'nothing was due at 2024-01-15T09:14:00.000Z: run'],
    ['a run without a tick', { ticks: whole, runs: [...whole, tick(12)].map(runOf) }, 'r12 has no tick'],
    [
      'a tick whose run is gone',
      { ticks: whole, runs: whole.slice(1).map(runOf) },
      'the tick at 2024-01-15T09:02:00.000Z has the run r2, which is gone',
    ],
    [
      'a miss although all is caught up',
      { ticks: whole.with(1, tick(4, without)) },
      'the tick at 2024-01-15T09:04:00.000Z is missed although catchup is all',
    ],
    [
      'a skip by a pause that was not',
      { ticks: whole.with(1, tick(4, { ...without, outcome: 'skipped_paused' })) },
      'the tick at 2024-01-15T09:04:00.000Z is skipped by a pause that was not',
    ],
    [
      'a schedule that is left in force',
      { ticks: [], events: [event('workflow.registered', 1, 'on')] },
      'its schedule is left in force',
    ],
  ])('finds %s', (_, state, violation) => {
    expect(judge(state)).toEqual([`${dataset}: ${violation}`]);
  });

  it('finds a stretch that counts wrongly, and one that overlaps another', () => {
    const stretch = { ...without, outcome: 'skipped_overlap', reason: '100 scheduled runs were waiting already' };
    const long = tick(4, { ...stretch, until_at: start + 8 * minute, count: 3 });
    const ends = [tick(2), tick(10)];
    expect(judge({ ticks: [...ends, long] })).toEqual([]);
    expect(judge({ ticks: [...ends, { ...long, count: 2 }] })).toEqual([
      `${dataset}: the 2 ticks from 2024-01-15T09:04:00.000Z to 2024-01-15T09:08:00.000Z are 3`,
    ]);
    expect(judge({ ticks: [...ends, long, tick(6)] })).toEqual([`${dataset}: 1 ticks have two outcomes`]);
  });

  it('finds a run that fell into a pause, unless the end of the pause asked for it', () => {
    const [on, off] = [event('workflow.registered', 1, 'on'), event('workflow.updated', 11, 'off')];
    const events = [on, event('workflow.paused', 3), event('workflow.unpaused', 9), off];
    const missing = `${dataset}: the tick at 2024-01-15T09:06:00.000Z fell into a pause and is run`;
    const skipped = [4, 8].map((at) => tick(at, { ...without, outcome: 'skipped_paused' }));
    const ticks = [tick(2), ...skipped, tick(10)];
    expect(judge({ events, ticks: [...ticks, tick(6)] })).toEqual([missing]);
    expect(judge({ events, ticks: [...ticks, tick(6, { recorded_at: start + 9 * minute })] })).toEqual([]);
  });

  it('lets a tick that the end of a pause asked for meet an unfinished run, where the schedule skips it then', () => {
    const events = [
      event('workflow.registered', 1, 'skips'),
      event('workflow.paused', 3),
      event('workflow.unpaused', 9),
      event('workflow.updated', 11, 'off'),
    ];
    const skipped = (at: number, minutes: number) =>
      tick(at, {
        ...without,
        outcome: 'skipped_overlap',
        recorded_at: start + minutes * minute,
        reason: 'r2 had not finished',
      });
    const ticks = [tick(2), ...[4, 8].map((at) => tick(at, { ...without, outcome: 'skipped_paused' })), tick(10)];
    expect(judge({ events, ticks: [...ticks, skipped(6, 9)] })).toEqual([]);
    expect(judge({ events, ticks: [...ticks, skipped(6, 6)] })).toEqual([
      `${dataset}: the tick at 2024-01-15T09:06:00.000Z fell into a pause and is skipped_overlap`,
    ]);
  });
});
