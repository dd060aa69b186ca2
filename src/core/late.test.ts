import { describe, expect, it } from 'vitest';
import { isLate, type TickToJudge } from './late.ts';

const tick: TickToJudge = {
  scheduledAt: 1_000,
  dueAt: 2_000,
  outcome: 'run',
  run: { status: 'COMPLETED', startedAt: 1_100, finishedAt: 1_200 },
  otherSuccessAt: null,
  isPaused: false,
};
const run = (status: 'PENDING' | 'RUNNING' | 'FAILED' | 'KILLED', startedAt: number | null = 1_100) => ({
  run: { status, startedAt, finishedAt: null },
});

describe('a tick', () => {
  it.each<[string, Partial<TickToJudge>]>([
    ['whose run completed in time', {}],
    ['whose run completed just in time', { run: { status: 'COMPLETED', startedAt: 1_100, finishedAt: 2_000 } }],
    ['whose run is no longer kept', { run: null }],
    ['whose date somebody completed by hand, in time', { ...run('FAILED'), otherSuccessAt: 1_500 }],
    ['that a pause skipped', { outcome: 'skipped_paused', run: null }],
    ['that a pause keeps from having an outcome', { outcome: null, run: null, isPaused: true }],
    ['whose run a pause holds back', { ...run('PENDING', null), isPaused: true }],
  ])('%s is not late', (_, changes) => {
    expect(isLate({ ...tick, ...changes })).toBe(false);
  });

  it.each<[string, Partial<TickToJudge>]>([
    ['whose run waits', run('PENDING', null)],
    ['whose run is at work', run('RUNNING')],
    ['whose run failed', run('FAILED')],
    ['whose run was stopped', run('KILLED')],
    ['whose run completed too late', { run: { status: 'COMPLETED', startedAt: 1_100, finishedAt: 2_001 } }],
    ['whose run is at work although the workflow is paused', { ...run('RUNNING'), isPaused: true }],
    ['whose run waits for another attempt although the workflow is paused', { ...run('PENDING'), isPaused: true }],
    ['that the server missed', { outcome: 'missed', run: null }],
    ['that the run before it skipped', { outcome: 'skipped_overlap', run: null }],
    ['that nobody looked at', { outcome: null, run: null }],
    ['whose date was completed before it', { ...run('FAILED'), otherSuccessAt: 999 }],
    ['whose date somebody completed too late', { ...run('FAILED'), otherSuccessAt: 2_001 }],
  ])('%s is late', (_, changes) => {
    expect(isLate({ ...tick, ...changes })).toBe(true);
  });
});
