import { expect, it } from 'vitest';
import type { Backfill } from '../../contract/backfills.ts';
import { backfillLines } from './backfill.ts';

const failed: Backfill = {
  backfill_id: 'bf-20240115-093045',
  dataset_name: 'a.b',
  start_date: '2024-01-01',
  end_date: '2024-01-14',
  status: 'FAILED',
  total_runs: 14,
  counts: { PENDING: 0, RUNNING: 0, COMPLETED: 0, FAILED: 1, KILLED: 13 },
  params: {},
  revision: 'x',
  created_at: '2024-01-15T09:30:45Z',
  finished_at: '2024-01-15T09:30:46Z',
  requested_by: 'tester',
  reason: null,
  stop_requested_at: null,
  current_date: null,
  failed_run_id: 'a.b_20240101_000000',
  resume_date: '2024-01-01',
  slowest: null,
  parallel: 1,
  reverse: false,
  continue_on_failure: false,
  only: null,
  ticks: false,
  resumed_at: null,
  current_dates: [],
  next_run_id: null,
  failures: [{ execution_date: '2024-01-01', run_id: 'a.b_20240101_000000' }],
};

it('counts as done only what completed', () => {
  const lines = backfillLines(failed, { timeZone: 'UTC', resume: undefined });
  expect(lines).toContain('Done: 0 of 14: 0 completed, 1 failed, 13 killed');
});

it('ends with the command that goes on', () => {
  expect(backfillLines(failed, { timeZone: 'UTC', resume: 'dli …' }).at(-1)).toBe('Resume: dli …');
});
