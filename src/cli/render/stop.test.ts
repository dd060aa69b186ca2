import { expect, it } from 'vitest';
import type { WorkflowRun } from '../../contract/runs.ts';
import { runLines } from './run.ts';
import { statusText, statusWord } from './status-words.ts';
import { stopLines } from './stop.ts';

const run: WorkflowRun = {
  run_id: 'a_20240115_090000',
  run_uid: 'u',
  dataset_name: 'a',
  source_type: 'manual',
  run_type: 'adhoc',
  status: 'KILLED',
  execution_date: '2024-01-15',
  params: { execution_date: '2024-01-15', note: 'a b', list: ['x'], none: null },
  revision: 'r',
  attempt: 1,
  max_attempts: 1,
  created_at: '2024-01-15T09:00:00.000Z',
  started_at: '2024-01-15T09:00:00.000Z',
  finished_at: null,
  duration_seconds: null,
  triggered_by: 'me',
  reason: 'stopped by me: wrong day',
  error: null,
  published: false,
  backfill_id: null,
  stop_requested_at: '2024-01-15T09:30:00.000Z',
};

it('says that a run is stopped, what is in the table and how to run it again', () => {
  expect(stopLines(run, { isRegistered: true })).toEqual([
    'Run stopped: a_20240115_090000',
    'Nothing of it is published: the table is as it was.',
    `To run it again: dli workflow run a -p execution_date=2024-01-15 -p 'note=a b' -p 'list=["x"]'`,
  ]);
});

it('says that a dataset is gone instead of how to run it', () => {
  expect(stopLines(run, { isRegistered: false }).at(-1)).toBe(
    'a is not registered any more; what the run was made of: dli workflow show a --revision a_20240115_090000',
  );
});

it('says that a backfill ends with its date', () => {
  expect(stopLines({ ...run, backfill_id: 'bf-1' }, { isRegistered: true }).at(-1)).toBe(
    'Its backfill ends with it: dli workflow backfill-status bf-1',
  );
});

it('says that the warehouse has not confirmed yet, what happens next and where to look', () => {
  expect(stopLines({ ...run, status: 'RUNNING' }, { isRegistered: true })).toEqual([
    'Run stopping: a_20240115_090000',
    expect.stringContaining(
      'has not confirmed yet that its query is gone. It goes on being interrupted; then its process',
    ),
    'See when it has ended: dli workflow status a_20240115_090000 --follow',
  ]);
});

it('says that the ledger has to be asked first', () => {
  expect(stopLines({ ...run, status: 'PENDING' }, { isRegistered: true })).toEqual([
    'Run stopping: a_20240115_090000',
    expect.stringContaining('the ledger is asked first'),
    'See why: dli workflow explain a_20240115_090000',
  ]);
});

it('says that a run was faster', () => {
  expect(stopLines({ ...run, status: 'COMPLETED' }, { isRegistered: true })).toEqual([
    'Run completed before it could be stopped: a_20240115_090000',
  ]);
});

it('reads (stopping) as long as the run has not ended, and tells since when and why', () => {
  for (const status of ['RUNNING', 'PENDING'] as const) {
    expect(statusText({ ...run, status })).toBe(`${status} (stopping)`);
    expect(statusWord({ ...run, status })).toBe(`${status.toLowerCase()} (stopping)`);
    const lines = runLines({ ...run, status }, { timeZone: 'Asia/Seoul' });
    expect(lines).toContain(`Status: ${status} (stopping)`);
    expect(lines).toContain('Stop requested: 2024-01-15 18:30:00 +09:00');
    expect(lines).toContain('Reason: stopped by me: wrong day');
  }
  expect([statusText(run), statusWord(run)]).toEqual(['KILLED', 'killed']);
});
