import type { Run } from './run.ts';

/** Monday, 2024-01-15, 09:00 UTC. */
export const monday = Date.UTC(2024, 0, 15, 9);

/** A run that was just created, waits and has three attempts; what matters to a test is given. */
export function someRun(changes: Partial<Run> = {}): Run {
  return {
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
    logicalAt: monday,
    maxAttempts: 3,
    attempt: 0,
    owner: null,
    claims: 0,
    held: false,
    availableAt: monday,
    waitReason: null,
    waitingSince: null,
    processDeaths: 0,
    uncertain: false,
    conflicts: 0,
    superseded: false,
    published: false,
    postIndex: 0,
    backfillId: null,
    triggeredBy: 'me',
    reason: null,
    error: null,
    stopRequestedAt: null,
    createdAt: monday,
    startedAt: null,
    finishedAt: null,
    ...changes,
  };
}
