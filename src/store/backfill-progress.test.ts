import { describe, expect, it } from 'vitest';
import { dateRange } from '../core/calendar-date.ts';
import type { Run } from '../core/run.ts';
import { endBackfill, killWaitingRuns } from './backfill-progress.ts';
import { type EndingTransition, endRun } from './end-run.ts';
import {
  countBackfillRuns,
  endingBackfills,
  firstIncompleteDate,
  getBackfill,
  removeUnstoredRuns,
} from './queries/backfills.ts';
import { claimRun } from './queries/claims.ts';
import { readEvents } from './queries/events.ts';
import { readHead } from './queries/line.ts';
import { getRun } from './queries/runs.ts';
import { type markRun, transitionRun } from './run-changes.ts';
import type { Database } from './sqlite.ts';
import { eventKinds, note, openState, storeBackfill } from './store-fixture.suite.ts';

const dates = dateRange('2024-01-01', '2024-01-03');
const head = (database: Database) => readHead(database, { dataset: 'main.a', isBackfill: true, now: 1 });

/** Claims the run that may start and returns it. */
async function claimNext(database: Database): Promise<Run> {
  const run = await database.write((transaction) => {
    const next = readHead(transaction, { dataset: 'main.a', isBackfill: true, now: 1 });
    return next && claimRun(transaction, { runUid: next.runUid, owner: 'boot', now: 1 });
  });
  return run ?? expect.unreachable('no date may start');
}

async function end(database: Database, transition: EndingTransition): Promise<Run> {
  const run = await claimNext(database);
  const fence = { owner: 'boot', claims: run.claims };
  await database.write((transaction) => endRun(transaction, { run, transition, fence, note }));
  return run;
}

async function killAll(database: Database): Promise<number> {
  let batches = 1;
  while (await database.write((transaction) => killWaitingRuns(transaction, 'bf-1', note))) batches += 1;
  return batches;
}

describe('a backfill', () => {
  it('starts one date after the other, in order, and completes', async () => {
    const database = openState();
    await storeBackfill(database, { dates });
    expect(getBackfill(database, 'bf-1')?.status).toBe('PENDING');
    for (const date of dates) {
      const run = await claimNext(database);
      expect(run.executionDate).toBe(date);
      expect(head(database), 'the next date waits').toBeUndefined();
      expect(getBackfill(database, 'bf-1')?.status).toBe('RUNNING');
      const fence = { owner: 'boot', claims: run.claims };
      await database.write((transaction) => endRun(transaction, { run, transition: 'complete', fence, note }));
    }
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'COMPLETED', finishedAt: note.at, ending: null });
    expect(eventKinds(database).at(-1)).toBe('backfill.completed');
    expect(firstIncompleteDate(database, 'bf-1')).toBeNull();
  });

  it('stops at the first failure: the rest is KILLED and says which run was at fault', async () => {
    const database = openState();
    const runs = await storeBackfill(database, { dates });
    await end(database, 'complete');
    const failed = await end(database, 'fail');
    expect(getBackfill(database, 'bf-1')).toMatchObject({
      status: 'FAILED',
      failedRunId: failed.runId,
      reason: `2024-01-02 failed (run ${failed.runId})`,
    });
    expect(getRun(database, runs[2]?.runUid ?? '')).toMatchObject({
      status: 'KILLED',
      reason: `not started: 2024-01-02 failed (run ${failed.runId})`,
      finishedAt: note.at,
    });
    expect(firstIncompleteDate(database, 'bf-1')).toBe('2024-01-02');
  });

  it.each([
    ['the last date', 3],
    ['the only date', 1],
  ])('whose failure is %s says which run was at fault', async (_name, count) => {
    const database = openState();
    await storeBackfill(database, { dates: dates.slice(0, count) });
    for (let done = 1; done < count; done += 1) await end(database, 'complete');
    const failed = await end(database, 'fail');
    const reason = `${failed.executionDate} failed (run ${failed.runId})`;
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'FAILED', failedRunId: failed.runId, reason });
    const event = readEvents(database, { after: 0, filter: {}, limit: 10_000 }).at(-1);
    expect(event).toMatchObject({ kind: 'backfill.failed', reason });
  });

  it('whose only date was stopped has a reason and no failed run', async () => {
    const database = openState();
    await storeBackfill(database, { dates: dates.slice(0, 1) });
    const stopped = await end(database, 'kill');
    const reason = `2024-01-01 was stopped (run ${stopped.runId})`;
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'KILLED', failedRunId: null, reason });
  });

  it('of 1,200 dates that fails on the first ends with all others KILLED, in several transactions', async () => {
    const database = openState();
    await storeBackfill(database, { dates: dateRange('2020-01-01', '2023-04-14') });
    expect(getBackfill(database, 'bf-1')?.totalRuns).toBe(1_200);
    await end(database, 'fail');
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ FAILED: 1, KILLED: 500, PENDING: 699 });
    expect(getBackfill(database, 'bf-1')).toMatchObject({ ending: 'FAILED', finishedAt: null });
    expect(endingBackfills(database)).toEqual(['bf-1']);
    expect(head(database), 'no waiting date may start meanwhile').toBeUndefined();
    expect(await killAll(database)).toBe(2);
    expect(countBackfillRuns(database, 'bf-1')).toEqual({
      PENDING: 0,
      RUNNING: 0,
      COMPLETED: 0,
      FAILED: 1,
      KILLED: 1_199,
    });
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'FAILED', finishedAt: note.at });
    expect(endingBackfills(database)).toEqual([]);
    expect(eventKinds(database).filter((kind) => kind === 'backfill.failed')).toHaveLength(1);
  });

  it.each([499, 500, 501, 1_000])('with %i waiting dates finishes exactly once', async (waiting) => {
    const database = openState();
    await storeBackfill(database, { dates: dateRange('2020-01-01', '2023-12-31').slice(0, waiting + 1) });
    await end(database, 'fail');
    await killAll(database);
    await killAll(database);
    expect(getBackfill(database, 'bf-1')?.status).toBe('FAILED');
    expect(eventKinds(database).filter((kind) => kind === 'backfill.failed')).toHaveLength(1);
  });

  it('that is stopped lets the date at work end before it has ended itself', async () => {
    const database = openState();
    await storeBackfill(database, { dates });
    const run = await claimNext(database);
    await database.write((transaction) =>
      endBackfill(transaction, {
        backfillId: 'bf-1',
        ending: 'KILLED',
        reason: 'stopped by me',
        note,
      }),
    );
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'RUNNING', ending: 'KILLED', finishedAt: null });
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ RUNNING: 1, KILLED: 2 });
    const fence = { owner: 'boot', claims: run.claims };
    await database.write((transaction) => endRun(transaction, { run, transition: 'complete', fence, note }));
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'KILLED', reason: 'stopped by me' });
  });
});

describe('a backfill with several dates at work at once', () => {
  async function running(database: Database): Promise<readonly Run[]> {
    const claimed: Run[] = [];
    for (;;) {
      const run = await database.write((transaction) => {
        const next = head(database);
        return next && claimRun(transaction, { runUid: next.runUid, owner: 'boot', now: 1 });
      });
      if (!run) return claimed;
      claimed.push(run);
    }
  }

  const finish = (database: Database, run: Run | undefined, transition: EndingTransition) =>
    database.write((transaction) => {
      if (!run) return expect.unreachable();
      return endRun(transaction, { run, transition, fence: { owner: 'boot', claims: run.claims }, note });
    });

  const six = dateRange('2024-01-01', '2024-01-06');

  it('starts the next one as soon as one has completed, in order', async () => {
    const database = openState();
    await storeBackfill(database, { dates: six, parallel: 3 });
    const first = await running(database);
    expect(first.map(({ executionDate }) => executionDate)).toEqual(six.slice(0, 3));
    await finish(database, first[1], 'complete');
    expect((await running(database)).map(({ executionDate }) => executionDate)).toEqual(['2024-01-04']);
  });

  it('starts no more after a failure, lets the running ones finish, and is FAILED', async () => {
    const database = openState();
    await storeBackfill(database, { dates: six, parallel: 3 });
    const [one, two, three] = await running(database);
    await finish(database, two, 'fail');
    expect(head(database)).toBeUndefined();
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'RUNNING', ending: 'FAILED' });
    await finish(database, one, 'complete');
    await finish(database, three, 'fail');
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'FAILED', failedRunId: two?.runId });
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ COMPLETED: 1, FAILED: 2, KILLED: 3 });
  });
});

describe('a backfill that goes on after a failure', () => {
  it.each([
    [['fail', 'complete', 'fail'], 'FAILED', '2024-01-01'],
    [['complete', 'kill', 'complete'], 'KILLED', '2024-01-02'],
    [['kill', 'complete', 'fail'], 'FAILED', '2024-01-01'],
    [['complete', 'complete', 'complete'], 'COMPLETED', null],
  ] as const)('of which the dates %j is %s', async (transitions, status, atFault) => {
    const database = openState();
    await storeBackfill(database, { dates, continueOnFailure: true });
    const ended: Run[] = [];
    for (const transition of transitions) ended.push(await end(database, transition));
    const failed = ended.find((_, index) => transitions[index] === 'fail');
    expect(getBackfill(database, 'bf-1')).toMatchObject({
      status,
      failedRunId: failed?.runId ?? null,
      reason: atFault === null ? null : expect.stringMatching(`^${atFault} `),
    });
    expect(firstIncompleteDate(database, 'bf-1')).toBe(atFault);
  });

  it('is stopped as another one is, with the reason of the stop', async () => {
    const database = openState();
    await storeBackfill(database, { dates, continueOnFailure: true });
    await end(database, 'fail');
    await database.write((transaction) =>
      endBackfill(transaction, { backfillId: 'bf-1', ending: 'KILLED', reason: 'enough', note }),
    );
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'KILLED', reason: 'enough' });
  });
});

describe('a stop that comes while the last date is at work', () => {
  it.each([
    ['complete', 'COMPLETED', 'the stop came when every date had completed'],
    ['kill', 'KILLED', 'enough'],
    ['fail', 'KILLED', 'enough'],
  ] as const)('and it ends with %s: the backfill is %s', async (transition, status, reason) => {
    const database = openState();
    await storeBackfill(database, { dates: dates.slice(0, 1) });
    const run = await claimNext(database);
    const fence = { owner: 'boot', claims: run.claims };
    await database.write((transaction) =>
      endBackfill(transaction, { backfillId: 'bf-1', ending: 'KILLED', reason: 'enough', note }),
    );
    await database.write((transaction) => endRun(transaction, { run, transition, fence, note }));
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status, reason });
    expect(eventKinds(database).filter((kind) => kind.startsWith('backfill.'))).toEqual([
      `backfill.${status.toLowerCase()}`,
    ]);
  });
});

it('a backfill without any date is COMPLETED when it is stored', async () => {
  const database = openState();
  await storeBackfill(database, { dates: [], reason: 'nothing to do' });
  expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'COMPLETED', reason: 'nothing to do', totalRuns: 0 });
});

describe('waiting runs of an ending backfill', () => {
  async function withFirst(changes: Parameters<typeof markRun>[1]['changes']) {
    const database = openState();
    const [first] = await storeBackfill(database, { dates });
    const runUid = first?.runUid ?? '';
    await claimNext(database);
    await database.write((transaction) => transitionRun(transaction, { runUid, transition: 'retry', changes, note }));
    await database.write((transaction) =>
      endBackfill(transaction, { backfillId: 'bf-1', ending: 'KILLED', reason: 'stopped', note }),
    );
    return { database, run: getRun(database, runUid) };
  }

  it.each([
    ['may be published', { uncertain: true }],
    ['is published and has post-statements left', { published: true, availableAt: 900_000 }],
  ])('one that %s is not made KILLED: it is settled by its executor, at once', async (_name, changes) => {
    const { database, run } = await withFirst(changes);
    expect(run).toMatchObject({
      status: 'PENDING',
      stopRequestedAt: note.at,
      availableAt: expect.toSatisfy((at) => at <= note.at),
    });
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ PENDING: 1, KILLED: 2 });
    expect(getBackfill(database, 'bf-1')?.finishedAt).toBeNull();
  });

  it('one that waits for its retry is KILLED, and its date remembers that it was started', async () => {
    const { database, run } = await withFirst({ availableAt: 900_000 });
    expect(run).toMatchObject({ status: 'KILLED', reason: 'stopped' });
    expect(database.all('SELECT execution_date, started_run_uid, started_status FROM dates')).toEqual([
      { execution_date: '2024-01-01', started_run_uid: run?.runUid, started_status: 'KILLED' },
    ]);
    expect(getBackfill(database, 'bf-1')?.status).toBe('KILLED');
  });
});

describe('a backfill that was never acknowledged', () => {
  it('does not exist for anybody, starts nothing, and is removed', async () => {
    const database = openState();
    await storeBackfill(database, { dates, stored: false });
    await storeBackfill(database, { backfillId: 'bf-2', dataset: 'main.b', dates });
    expect(getBackfill(database, 'bf-1')).toBeUndefined();
    expect(head(database)).toBeUndefined();
    expect(await database.write((transaction) => removeUnstoredRuns(transaction, 2))).toBe(2);
    expect(await database.write((transaction) => removeUnstoredRuns(transaction, 2))).toBe(1);
    expect(database.all('SELECT backfill_id FROM backfills')).toEqual([{ backfill_id: 'bf-2' }]);
    expect(countBackfillRuns(database, 'bf-2').PENDING).toBe(3);
  });
});
