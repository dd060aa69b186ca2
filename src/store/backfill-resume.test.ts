import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dateRange } from '../core/calendar-date.ts';
import type { Run } from '../core/run.ts';
import { endBackfill, killWaitingRuns } from './backfill-progress.ts';
import { beginResume, replaceRuns } from './backfill-resume.ts';
import { type EndingTransition, endRun } from './end-run.ts';
import { backfillRuns, countBackfillRuns, firstIncompleteDate, getBackfill, slowestDate } from './queries/backfills.ts';
import { claimRun } from './queries/claims.ts';
import { readHead } from './queries/line.ts';
import { getRun } from './queries/runs.ts';
import type { Database } from './sqlite.ts';
import { note, openState, storeBackfill } from './store-fixture.suite.ts';

const terms = {
  sourceType: 'manual',
  params: { n: 2 },
  revision: 'r2',
  warehouse: 'default',
  maxAttempts: 3,
  triggeredBy: 'you',
} as const;
const newUid = randomUUID;

async function endNext(database: Database, transition: EndingTransition): Promise<Run> {
  const run = await database.write((transaction) => {
    const next = readHead(transaction, { dataset: 'main.a', isBackfill: true, now: note.at });
    const claimed = next && claimRun(transaction, { runUid: next.runUid, owner: 'boot', now: note.at });
    if (!claimed) return undefined;
    return endRun(transaction, { run: claimed, transition, fence: { owner: 'boot', claims: claimed.claims }, note });
  });
  return run ?? expect.unreachable('no date may start');
}

async function begin(database: Database): Promise<void> {
  const backfill = getBackfill(database, 'bf-1') ?? expect.unreachable();
  await database.write((transaction) => beginResume(transaction, { backfill, terms, newUid, note }));
}

async function goOn(database: Database): Promise<number> {
  let batches = 1;
  while (await database.write((transaction) => replaceRuns(transaction, { backfillId: 'bf-1', newUid, note })))
    batches += 1;
  return batches;
}

async function stop(database: Database, reason: string): Promise<void> {
  await database.write((transaction) =>
    endBackfill(transaction, { backfillId: 'bf-1', ending: 'KILLED', reason, note }),
  );
  while (await database.write((transaction) => killWaitingRuns(transaction, 'bf-1', note)));
}

const dates = dateRange('2024-01-01', '2024-01-04');

describe('a resumed backfill', () => {
  it('gives a new run to each date that did not complete, in its order, and keeps the others', async () => {
    const database = openState();
    const runs = await storeBackfill(database, { dates: dates.toReversed(), reverse: true });
    await endNext(database, 'complete');
    const failed = await endNext(database, 'fail');
    await begin(database);
    expect(getBackfill(database, 'bf-1')).toMatchObject({
      status: 'PENDING',
      revision: 'r2',
      params: { n: 2 },
      ending: null,
      reason: null,
      failedRunId: null,
      finishedAt: null,
      resumedAt: note.at,
      resumeUntil: null,
    });
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ PENDING: 3, COMPLETED: 1, FAILED: 0, KILLED: 0 });
    expect(getRun(database, failed.runUid)).toMatchObject({ status: 'FAILED', superseded: true });
    const waiting = backfillRuns(database, { backfillId: 'bf-1', status: 'PENDING', limit: 10 });
    expect(waiting.map(({ executionDate, held }) => [executionDate, held])).toEqual([
      ['2024-01-03', false],
      ['2024-01-02', true],
      ['2024-01-01', true],
    ]);
    expect(waiting[0]).toMatchObject({
      runId: 'main.a_20240103_000000',
      revision: 'r2',
      params: { n: 2, execution_date: '2024-01-03' },
      maxAttempts: 3,
      triggeredBy: 'you',
      logicalAt: runs[1]?.logicalAt,
      attempt: 0,
    });
    for (let left = 3; left > 0; left -= 1) await endNext(database, 'complete');
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'COMPLETED', totalRuns: 4 });
    expect(firstIncompleteDate(database, 'bf-1')).toBeNull();
    expect(slowestDate(database, 'bf-1')).not.toBeNull();
  });

  it('can fail again and be resumed again: each date counts once', async () => {
    const database = openState();
    await storeBackfill(database, { dates });
    for (let time = 0; time < 3; time += 1) {
      await endNext(database, 'fail');
      expect(countBackfillRuns(database, 'bf-1')).toEqual({
        PENDING: 0,
        RUNNING: 0,
        COMPLETED: 0,
        FAILED: 1,
        KILLED: 3,
      });
      await begin(database);
    }
    await endNext(database, 'complete');
    expect(firstIncompleteDate(database, 'bf-1')).toBe('2024-01-02');
  });

  it('starts as many dates as may be at work at once', async () => {
    const database = openState();
    await storeBackfill(database, { dates, parallel: 2 });
    await endNext(database, 'fail');
    await begin(database);
    const waiting = backfillRuns(database, { backfillId: 'bf-1', status: 'PENDING', limit: 10 });
    expect(waiting.filter(({ held }) => !held)).toHaveLength(2);
  });
});

describe('a resume of 1,200 dates', () => {
  const many = dateRange('2020-01-01', '2023-04-14');

  async function failedOne(): Promise<Database> {
    const database = openState();
    await storeBackfill(database, { dates: many });
    await stop(database, 'enough');
    expect(getBackfill(database, 'bf-1')?.status).toBe('KILLED');
    return database;
  }

  it('takes several transactions, and no date starts before the last', async () => {
    const database = await failedOne();
    await begin(database);
    expect(getBackfill(database, 'bf-1')?.resumeUntil).not.toBeNull();
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ PENDING: 500, KILLED: 700 });
    expect(readHead(database, { dataset: 'main.a', isBackfill: true, now: note.at })).toBeUndefined();
    expect(await goOn(database)).toBe(2);
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ PENDING: 1_200, KILLED: 0 });
    const waiting = backfillRuns(database, { backfillId: 'bf-1', status: 'PENDING', limit: 2_000 });
    expect(waiting.map(({ executionDate }) => executionDate)).toEqual(many);
    expect(new Set(waiting.map(({ revision, triggeredBy }) => `${revision} ${triggeredBy}`))).toEqual(
      new Set(['r2 you']),
    );
    expect(waiting.filter(({ held }) => !held)).toHaveLength(1);
  });

  it('that is stopped meanwhile adds no more runs and ends KILLED', async () => {
    const database = await failedOne();
    await begin(database);
    await stop(database, 'again');
    await goOn(database);
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ PENDING: 0, KILLED: 1_200 });
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'KILLED', reason: 'again', resumeUntil: null });
  });

  it('of which a new run is stopped meanwhile gives that one no other', async () => {
    const database = await failedOne();
    await database.write((transaction) => transaction.run('UPDATE backfills SET continue_on_failure = 1'));
    await begin(database);
    const [first] = backfillRuns(database, { backfillId: 'bf-1', status: 'PENDING', limit: 1 });
    await database.write((transaction) =>
      endRun(transaction, { run: first ?? expect.unreachable(), transition: 'kill', note }),
    );
    expect(getBackfill(database, 'bf-1')?.finishedAt).toBeNull();
    await goOn(database);
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ PENDING: 1_199, KILLED: 1 });
    expect(getRun(database, first?.runUid ?? '')?.superseded).toBe(false);
  });
});
