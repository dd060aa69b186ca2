import { describe, expect, it } from 'vitest';
import type { BackfillRecord } from './backfill.ts';
import { allTargets, distinctTargets, type NotificationSpec } from './notification.ts';
import {
  backfillRecoveryText,
  backfillText,
  failureText,
  lateText,
  recoveryText,
  sourceChangeText,
  successText,
  testText,
} from './notification-texts.ts';
import { unconfiguredWarnings, unknownTargetWarnings } from './notification-warnings.ts';
import type { Run } from './run.ts';

const at = Date.parse('2024-01-15T09:30:45Z');
const run: Run = {
  seq: 1,
  runUid: 'u',
  runId: 'a.b.daily_20240115_090000',
  dataset: 'a.b.daily',
  sourceType: 'manual',
  runType: 'scheduled',
  status: 'FAILED',
  executionDate: '2024-01-15',
  params: {},
  revision: 'r',
  warehouse: 'default',
  logicalAt: at,
  maxAttempts: 1,
  attempt: 1,
  owner: null,
  claims: 1,
  held: false,
  availableAt: at,
  waitReason: null,
  waitingSince: null,
  processDeaths: 0,
  conflicts: 0,
  superseded: false,
  uncertain: false,
  published: false,
  postIndex: 0,
  backfillId: null,
  triggeredBy: 'scheduler',
  reason: null,
  error: { code: 'DLI-815', message: 'no such table', line: null, column: null, statement: null },
  stopRequestedAt: null,
  createdAt: at,
  startedAt: at,
  finishedAt: at,
};
const completed: Run = { ...run, status: 'COMPLETED', error: null };
const past = { runId: 'a.b.daily_20240114_090000', failedAt: at - 86_400_000 };
const backfill: BackfillRecord = {
  seq: 1,
  backfillId: 'bf-20240115-093045',
  dataset: 'a.b.daily',
  startDate: '2024-01-01',
  endDate: '2024-01-10',
  params: {},
  revision: 'r',
  status: 'FAILED',
  ending: 'FAILED',
  totalRuns: 10,
  requestedBy: 'me',
  reason: '2024-01-04 failed (run x)',
  stopRequestedAt: null,
  failedRunId: 'x',
  resumedAt: null,
  resumeUntil: null,
  parallel: 1,
  reverse: false,
  continueOnFailure: false,
  only: null,
  ticks: false,
  createdAt: at,
  finishedAt: at,
};
const counts = { PENDING: 0, RUNNING: 0, COMPLETED: 3, FAILED: 1, KILLED: 6 };

describe('a notification says what, why, and the command that helps', () => {
  it('of a failure', () => {
    expect(failureText(run)).toMatchObject({
      title: 'a.b.daily failed for 2024-01-15',
      why: expect.stringContaining('no such table'),
      command: expect.stringMatching(/^dli workflow \S+ a\.b\.daily_20240115_090000$/),
    });
  });

  it('of a success, with no date where there is none', () => {
    const text = successText({ ...completed, executionDate: null });
    expect(text).toMatchObject({ title: 'a.b.daily completed', command: `dli workflow status ${run.runId}` });
    expect(text.why).toContain('completed');
  });

  it('of a recovery, with the failure that it ends', () => {
    const text = recoveryText(completed, past);
    expect(text.title).toBe('a.b.daily has recovered: it completed for 2024-01-15');
    expect(text.why).toContain('run a.b.daily_20240114_090000 had failed at 2024-01-14T09:30:45Z');
    expect(backfillRecoveryText({ ...backfill, status: 'COMPLETED' }, past).why).toContain(
      'had failed at 2024-01-14T09:30:45Z',
    );
  });

  it('of a backfill, in numbers', () => {
    const failed = [{ runId: 'x', executionDate: '2024-01-04' }];
    expect(backfillText(backfill, { counts, failed })).toMatchObject({
      facts: expect.arrayContaining([{ name: 'failed 2024-01-04', value: 'x' }]),
      title: 'Backfill bf-20240115-093045 of a.b.daily failed: 3 completed, 1 failed, 6 stopped or not started',
      why: 'Backfill bf-20240115-093045, 2024-01-01 to 2024-01-10, failed: 2024-01-04 failed (run x).',
      command: 'dli workflow backfill-status bf-20240115-093045',
    });
    const all = { ...counts, COMPLETED: 10, FAILED: 0, KILLED: 0 };
    expect(backfillText({ ...backfill, status: 'COMPLETED', reason: null }, { counts: all, failed: [] }).title).toBe(
      'Backfill bf-20240115-093045 of a.b.daily completed: 10 completed',
    );
  });

  it('of late ticks, one or many', () => {
    const explanation = { sentence: 'Because.', command: 'dli workflow explain a.b.daily', facts: [] };
    expect(lateText('a.b.daily', { first: at, last: at, count: 1, explanation }, 60)).toMatchObject({
      title: 'a.b.daily is late: its tick 2024-01-15T09:30:45Z is not completed after 60 minutes',
      why: 'Because.',
      command: 'dli workflow explain a.b.daily',
    });
    expect(lateText('a.b.daily', { first: at - 60_000, last: at, count: 2, explanation }, 1).title).toBe(
      'a.b.daily is late: 2 ticks from 2024-01-15T09:29:45Z on are not completed after 1 minute',
    );
  });

  it('of a test', () => {
    expect(testText('a.b.daily', 'ann')).toMatchObject({
      title: 'Test message of a.b.daily',
      why: expect.stringMatching(/^ann /),
    });
  });

  it('in bounded length, whatever an error says', () => {
    const error = { code: 'DLI-815' as const, message: 'x'.repeat(100_000), line: null, column: null, statement: null };
    const text = failureText({ ...run, dataset: 'd'.repeat(1_000), error });
    expect([text.title.length, text.why.length]).toEqual([300, 1_000]);
    expect(text.why.endsWith('…')).toBe(true);
  });
});

describe('a change of source', () => {
  const manual = { sourceType: 'manual', revision: 'r1' } as const;
  const code = { sourceType: 'code', revision: 'r2' } as const;

  it.each([
    [null, manual, 'a.b.daily is new: its spec is manual'],
    [manual, null, 'a.b.daily was removed: it has no manual spec any more'],
    [manual, code, 'a.b.daily changed its source from manual to code'],
    [code, manual, 'a.b.daily changed its source from code to manual'],
    [manual, { ...manual, revision: 'r3' }, 'a.b.daily has another revision of its manual spec'],
    [manual, manual, undefined],
    [null, null, undefined],
  ])('from %j to %j is told as: %s', (before, after, title) => {
    expect(sourceChangeText('a.b.daily', { before, after, actor: 'ann' })?.title).toBe(title);
  });
});

describe('targets', () => {
  const slack = { type: 'slack', channel: '#a' } as const;
  const mail = { type: 'email', channel: 'a@b.c' } as const;
  const spec: NotificationSpec = {
    onFailure: [slack],
    onSuccess: [mail, slack],
    onSourceChange: [],
    onRecovery: [slack],
    onLate: { afterMinutes: 1, to: [{ type: 'webhook', channel: 'https://x' }, mail] },
  };

  it('are each there once', () => {
    expect(allTargets(spec).map(({ type }) => type)).toEqual(['slack', 'email', 'webhook']);
    expect(distinctTargets([slack, slack, mail], [mail])).toEqual([slack]);
  });

  it('that the server cannot reach are warned of, by type', () => {
    expect(unconfiguredWarnings(spec, ['slack', 'webhook'])).toEqual([
      expect.stringContaining('by email, and the server has no notifications.email'),
    ]);
    expect(unconfiguredWarnings(spec, ['slack', 'email', 'webhook'])).toEqual([]);
    expect(unknownTargetWarnings(spec)).toEqual([expect.stringContaining('by slack and email and webhook')]);
    expect(unknownTargetWarnings({ ...spec, onFailure: [], onSuccess: [], onRecovery: [], onLate: null })).toEqual([]);
  });
});
