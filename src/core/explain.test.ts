import { describe, expect, it } from 'vitest';
import { explainRun, explainWorkflow, type Neighbours, type WorkflowFacts } from './explain.ts';
import type { Run } from './run.ts';

const now = Date.UTC(2024, 0, 15, 9);
const free: Neighbours = { atWork: null, earlierDate: null, running: 0, limit: 4 };
const run: Run = {
  seq: 1,
  runUid: 'u',
  runId: 'a_20240115_090000',
  dataset: 'a',
  sourceType: 'manual',
  runType: 'adhoc',
  status: 'PENDING',
  executionDate: '2024-01-15',
  params: { execution_date: '2024-01-15', list: ['x'], none: null },
  revision: 'r',
  warehouse: 'default',
  logicalAt: now,
  maxAttempts: 3,
  attempt: 0,
  owner: null,
  claims: 0,
  held: false,
  availableAt: now,
  waitReason: null,
  waitingSince: null,
  processDeaths: 0,
  uncertain: false,
  published: false,
  postIndex: 0,
  conflicts: 0,
  backfillId: null,
  superseded: false,
  triggeredBy: 'me',
  reason: null,
  error: null,
  stopRequestedAt: null,
  createdAt: now,
  startedAt: null,
  finishedAt: null,
};
const error = { code: 'DLI-802', message: 'division by zero', statement: 'query', line: 12, column: 3 } as const;

describe('why a run is as it is', () => {
  const cases: readonly [string, Partial<Run>, Partial<Neighbours>, string, string | null][] = [
    ['free', {}, {}, 'starts as soon as its warehouse has a place.', 'dli workflow status a_20240115_090000'],
    [
      'behind its dataset',
      {},
      { atWork: 'a_1' },
      'waits for run a_1: a dataset has one run at a time.',
      'dli workflow status a_1',
    ],
    ['no place', {}, { running: 4 }, 'waits for a free place: 4 of 4 runs are at work.', 'dli workflow list --running'],
    [
      'held',
      { held: true, backfillId: 'bf-1' },
      { earlierDate: '2024-01-02', atWork: 'a_1' },
      'waits for 2024-01-02, an earlier date of its backfill.',
      'dli workflow backfill-status bf-1',
    ],
    [
      'warehouse',
      { waitReason: 'held by psql (PID 4711)' },
      {},
      'waits for its warehouse: held by psql (PID 4711).',
      'dli workflow stop a_20240115_090000',
    ],
    [
      'retry',
      { attempt: 1, availableAt: now + 300_000, error },
      {},
      'is tried again at 2024-01-15T09:05:00Z (attempt 2 of 3), because attempt 1 failed: division by zero.',
      'dli workflow logs a_20240115_090000',
    ],
    [
      'delayed',
      { availableAt: now + 1_000 },
      {},
      'is tried again at 2024-01-15T09:00:01Z (attempt 1 of 3).',
      'dli workflow logs a_20240115_090000',
    ],
    [
      'lost',
      { uncertain: true },
      {},
      'starts as soon as its warehouse has a place; its process died, so the ledger is asked first.',
      'dli workflow status a_20240115_090000',
    ],
    [
      'stopping',
      { uncertain: true, stopRequestedAt: now },
      {},
      'is being stopped: the ledger is asked whether it was published first.',
      'dli workflow status a_20240115_090000',
    ],
    ['running', { status: 'RUNNING', startedAt: now }, {}, 'is at work.', 'dli workflow stop a_20240115_090000'],
    [
      'cancelled',
      { status: 'RUNNING', startedAt: now, stopRequestedAt: now },
      {},
      'is being cancelled since 2024-01-15T09:00:00Z; it ends when the warehouse has confirmed it.',
      'dli workflow status a_20240115_090000',
    ],
    ['completed', { status: 'COMPLETED', finishedAt: now }, {}, 'completed and is published.', null],
    [
      'completed anyway',
      { status: 'COMPLETED', reason: 'the stop came after the commit' },
      {},
      'completed and is published; the stop came after the commit.',
      null,
    ],
    [
      'failed',
      { status: 'FAILED', error, reason: 'all 3 attempts failed' },
      {},
      'failed and left the table as it was at line 12 of query: division by zero (all 3 attempts failed).',
      'dli workflow logs a_20240115_090000',
    ],
    [
      'failed after',
      { status: 'FAILED', published: true, error: { ...error, statement: null, line: null } },
      {},
      'was published, but a post-statement failed: division by zero.',
      'dli workflow logs a_20240115_090000',
    ],
    [
      'failed without',
      { status: 'FAILED', error: { ...error, statement: null } },
      {},
      'failed and left the table as it was at line 12 of the SQL: division by zero.',
      'dli workflow logs a_20240115_090000',
    ],
    [
      'no error',
      { status: 'FAILED' },
      {},
      'failed and left the table as it was: no error was recorded.',
      'dli workflow logs a_20240115_090000',
    ],
    [
      'stopped',
      { status: 'KILLED', reason: 'stopped by ann: wrong day' },
      {},
      'was stopped: stopped by ann: wrong day.',
      `dli workflow run a -p execution_date=2024-01-15 -p 'list=["x"]'`,
    ],
    [
      'stopped',
      { status: 'KILLED' },
      {},
      'was stopped: no reason was given.',
      `dli workflow run a -p execution_date=2024-01-15 -p 'list=["x"]'`,
    ],
  ];

  it.each(cases)('%s', (_, changes, neighbours, sentence, command) => {
    const explanation = explainRun({ ...run, ...changes }, { ...free, ...neighbours }, now);
    expect(explanation.sentence).toBe(`Run a_20240115_090000 ${sentence}`);
    expect(explanation.command).toBe(command);
    expect(explanation.facts).toContainEqual({ name: 'status', value: changes.status ?? 'PENDING' });
  });
});

describe('how a workflow stands', () => {
  const idle: WorkflowFacts = {
    dataset: 'a',
    pause: null,
    schedule: null,
    nextTick: null,
    lastRun: null,
    atWork: null,
    waiting: 0,
  };
  const schedule = { enabled: true, cron: '0 9 * * *', timezone: 'UTC' };
  const cases: readonly [string, Partial<WorkflowFacts>, string, string][] = [
    ['on demand', {}, 'has no schedule: it runs on demand.', 'dli workflow run a'],
    ['at work', { atWork: 'a_1' }, 'has no schedule: it runs on demand and run a_1 is at work.', 'dli workflow run a'],
    [
      'disabled',
      { schedule: { ...schedule, enabled: false } },
      'has a schedule that is disabled in its spec.',
      'dli workflow run a',
    ],
    ['scheduled', { schedule, nextTick: now }, 'runs next at its tick 2024-01-15T09:00:00Z.', 'dli workflow run a'],
    ['no tick', { schedule }, 'has a schedule without a tick to come.', 'dli workflow run a'],
    [
      'paused',
      { pause: { at: now, by: 'ann', reason: 'bad source' } },
      'is paused since 2024-01-15T09:00:00Z by ann: bad source.',
      'dli workflow unpause a',
    ],
    [
      'paused',
      { pause: { at: now, by: 'ann', reason: null } },
      'is paused since 2024-01-15T09:00:00Z by ann.',
      'dli workflow unpause a',
    ],
    [
      'failed',
      { lastRun: { ...run, status: 'FAILED', error } },
      'has no schedule: it runs on demand; its last run failed: division by zero.',
      'dli workflow logs a_20240115_090000',
    ],
    [
      'failed',
      { lastRun: { ...run, status: 'FAILED', reason: 'lost' } },
      'has no schedule: it runs on demand; its last run failed: lost.',
      'dli workflow logs a_20240115_090000',
    ],
  ];

  it.each(cases)('%s', (_, changes, sentence, command) => {
    expect(explainWorkflow({ ...idle, ...changes })).toMatchObject({ sentence: `Workflow a ${sentence}`, command });
  });
});
