import { describe, expect, it } from 'vitest';
import { endRun } from '../end-run.ts';
import { transitionRun } from '../run-changes.ts';
import type { Database } from '../sqlite.ts';
import { explaining, newRun, note, openState, storeBackfill, storeRun } from '../store-fixture.suite.ts';
import { closeAttempt } from './attempts.ts';
import { listBackfills, takeBackfillId } from './backfills.ts';
import { claimRun, delayedRuns } from './claims.ts';
import { readDates } from './dates.ts';
import { appendEvent, lastEventSeq, readEvents } from './events.ts';
import { readHistory } from './history.ts';
import { earlierAnswer, forgetOldKeys, idempotencyWindowMs, keepAnswer } from './idempotency.ts';
import { countAvailable, oldestWaiting } from './line.ts';
import { appendLogs, readLogs } from './logs.ts';
import { findRuns, getRun, insertRun, runsLabelled, runWithId } from './runs.ts';

describe('runs that could start now', () => {
  it('are counted, and the one that has waited longest is told, also when an earlier one became available later', async () => {
    const database = openState();
    const told = (now: number) => [countAvailable(database, now), oldestWaiting(database, now)];
    expect(told(1_000)).toEqual([0, undefined]);
    const [tried] = [
      await storeRun(database, { createdAt: 10 }),
      await storeRun(database, { createdAt: 20, dataset: 'main.z' }),
      await storeRun(database, { createdAt: 30 }),
      await storeRun(database, { createdAt: 5, held: true }),
    ];
    expect(told(1_000)).toEqual([3, 10]);
    const delay = (at: number) =>
      database.write((t) => t.run('UPDATE runs SET available_at = ? WHERE seq = ?', [at, tried.seq]));
    await delay(900);
    expect(told(899)).toEqual([2, 20]);
    expect(told(1_000)).toEqual([3, 20]);
    await database.write((t) => t.run('UPDATE runs SET held = 1 WHERE seq <> ?', [tried.seq]));
    expect([told(899), told(1_000)]).toEqual([
      [0, undefined],
      [1, 900],
    ]);
  });
});

describe('delayed runs', () => {
  it('are read the nearest first and a page at a time, none twice and none left out where they wait for one instant', async () => {
    const database = openState();
    for (let index = 0; index < 5; index += 1) await storeRun(database, { dataset: `main.d${index}` });
    await database.write((t) => t.run('UPDATE runs SET available_at = iif(seq = 5, 50, 90) WHERE seq > 1'));
    const read: number[] = [];
    for (let after = { availableAt: 0, seq: 0 }; ; ) {
      const page = delayedRuns(database, after, 2);
      read.push(...page.map(({ seq }) => seq));
      const last = page.at(-1);
      if (!last) break;
      after = last;
    }
    expect(read).toEqual([5, 2, 3, 4]);
  });
});

describe('how late an attempt starts', () => {
  it("is told from the run's creation, then from the end of the attempt before, and from the end of a delay", async () => {
    const database = openState();
    const { runUid } = await storeRun(database, { createdAt: 1_000 });
    const claimed = async (now: number) => {
      await database.write((t) => claimRun(t, { runUid, owner: 'boot-1', now }));
      return readEvents(database, { after: 0, filter: { kinds: ['run.started'] }, limit: 10 }).at(-1)?.data;
    };
    const putBack = (at: number, availableAt: number) =>
      database.write((t) => {
        transitionRun(t, { runUid, transition: 'lose', changes: { availableAt, attempt: 0 }, note });
        closeAttempt(t, { runUid, attempt: 1, finishedAt: at, outcome: 'lose' });
      });
    expect(await claimed(1_500)).toMatchObject({ start_delay_seconds: 0.5 });
    await putBack(4_000, 0);
    expect(await claimed(4_250)).toMatchObject({ start_delay_seconds: 0.25 });
    await putBack(5_000, 9_000);
    expect(await claimed(9_125)).toMatchObject({ start_delay_seconds: 0.125 });
  });
});

describe("a run's events", () => {
  it('are found through their index', () => {
    const database = openState();
    const { explained, plans } = explaining(database);
    readEvents(explained, { after: 0, filter: { runId: 'main.a_19700101_000000' }, limit: 10 });
    expect(plans).toEqual(['SEARCH events USING INDEX events_run (<expr>=? AND run_id=? AND rowid>? AND rowid<?)']);
  });
});

describe('run ids', () => {
  it('are numbered: the same second gives 2, 3, …, and a number is not given again while a later one is kept', async () => {
    const database = openState();
    const first = await Promise.all([1, 2, 3].map(() => storeRun(database)));
    expect(first.map(({ runId }) => runId)).toEqual([
      'main.a_19700101_000000',
      'main.a_19700101_000000_2',
      'main.a_19700101_000000_3',
    ]);
    await database.write((transaction) => transaction.run('DELETE FROM runs WHERE seq < 3'));
    expect((await storeRun(database)).runId).toBe('main.a_19700101_000000_4');
    expect((await storeRun(database, { dataset: 'main.b' })).runId).toBe('main.b_19700101_000000');
  });

  it('a stored run reads as it was answered, also the first of a day', async () => {
    const database = openState();
    for (const createdAt of [1_000, 2_000, 90_000_000]) {
      const changes = {
        createdAt,
        logicalAt: createdAt - 1,
        labelAt: 5_000,
        params: { a: [1, 2], b: null },
        held: true,
      };
      const run = await storeRun(database, changes);
      expect(run).toEqual(getRun(database, run.runUid));
    }
  });

  it('a write that was undone gives its number back', async () => {
    const database = openState();
    const broken = database.write((transaction) => {
      takeBackfillId(transaction, 0);
      throw new TypeError('boom');
    });
    await expect(broken).rejects.toThrow('boom');
    const take = () => database.write((transaction) => takeBackfillId(transaction, 0));
    expect([await take(), await take(), await take()]).toEqual([
      'bf-19700101-000000',
      'bf-19700101-000000-2',
      'bf-19700101-000000-3',
    ]);
  });

  it('may be typed without leading name parts, and whole ids win', async () => {
    const database = openState();
    for (const dataset of ['a.s.t', 'b.s.t', 't', 'b.xt']) await storeRun(database, { dataset });
    const found = (typed: string) => findRuns(database, typed).map(({ dataset }) => dataset);
    expect(found('a.s.t_19700101_000000')).toEqual(['a.s.t']);
    expect(found('t_19700101_000000')).toEqual(['t']);
    expect(found('s.t_19700101_000000').sort()).toEqual(['a.s.t', 'b.s.t']);
    expect(found('xt_19700101_000000')).toEqual(['b.xt']);
    expect(runWithId(database, 't_19700101_000000')?.dataset).toBe('t');
    expect(runWithId(database, 's.t_19700101_000000')).toBeUndefined();
    for (const typed of ['', '.', '.t_19700101_000000', 'c.s.t_19700101_000000', 't_19700101_000000_2', '%', "'"])
      expect(found(typed)).toEqual([]);
    expect(runsLabelled(database, 'c.s.t_19700101_000000', 2)).toEqual(['t_19700101_000000', 'b.s.t_19700101_000000']);
    expect(runsLabelled(database, 'c.s.t_19700101_000001', 2)).toEqual([]);
  });

  it('are found by their short form however many datasets share the last part', async () => {
    const database = openState();
    for (let schema = 0; schema < 60; schema += 1) await storeRun(database, { dataset: `c.s${schema}.daily` });
    expect(findRuns(database, 's0.daily_19700101_000000').map(({ dataset }) => dataset)).toEqual(['c.s0.daily']);
  });
});

describe('pages', () => {
  it('of history show every run once while new ones arrive', async () => {
    const database = openState();
    for (let run = 0; run < 25; run += 1) await storeRun(database);
    const seen: string[] = [];
    for (let beforeSeq: number | undefined; ; ) {
      const page = readHistory(database, { beforeSeq }, 4);
      seen.push(...page.map(({ runUid }) => runUid));
      beforeSeq = page.at(-1)?.seq;
      if (page.length < 4) break;
      await storeRun(database);
    }
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
  });

  it('of backfills show each once, newest first, of one dataset if asked', async () => {
    const database = openState();
    for (let n = 0; n < 5; n += 1)
      await storeBackfill(database, { backfillId: `bf-${n}`, dataset: n % 2 ? 'x' : 'y', dates: ['2024-01-01'] });
    const first = listBackfills(database, {}, 3);
    const second = listBackfills(database, { beforeSeq: first.at(-1)?.seq }, 3);
    expect([...first, ...second].map(({ backfillId }) => backfillId)).toEqual(['bf-4', 'bf-3', 'bf-2', 'bf-1', 'bf-0']);
    const ofX = listBackfills(database, { dataset: 'x' }, 10);
    expect(ofX.map(({ backfillId }) => backfillId)).toEqual(['bf-3', 'bf-1']);
    await database.write((transaction) => {
      transaction.run(`UPDATE backfills SET status = 'FAILED', created_at = 500 WHERE backfill_id IN ('bf-1', 'bf-2')`);
    });
    const found = (filter: Parameters<typeof listBackfills>[1]) =>
      listBackfills(database, filter, 10).map(({ backfillId }) => backfillId);
    expect(found({ status: 'FAILED' })).toEqual(['bf-2', 'bf-1']);
    expect(found({ status: 'FAILED', dataset: 'x' })).toEqual(['bf-1']);
    expect(found({ createdFrom: 500 })).toEqual(['bf-2', 'bf-1']);
    expect(found({ createdBefore: 500 })).toEqual(['bf-4', 'bf-3', 'bf-0']);
  });

  it('of a log show each line once, of one attempt if asked, while lines are added', async () => {
    const database = openState();
    const line = (runUid: string, attempt: number, text: string) =>
      database.write((transaction) => appendLogs(transaction, runUid, [{ attempt, at: 0, line: text }]));
    for (let n = 0; n < 5; n += 1) await line('u', 1, `one ${n}`);
    await line('other', 1, 'not mine');
    const first = readLogs(database, { runUid: 'u', attempt: undefined, afterId: 0, limit: 3 });
    await line('u', 2, 'two 0');
    const rest = readLogs(database, { runUid: 'u', attempt: undefined, afterId: first.at(-1)?.id ?? 0, limit: 10 });
    expect([...first, ...rest].map((entry) => entry.line)).toEqual([
      'one 0',
      'one 1',
      'one 2',
      'one 3',
      'one 4',
      'two 0',
    ]);
    expect(readLogs(database, { runUid: 'u', attempt: 2, afterId: 0, limit: 10 })).toHaveLength(1);
  });
});

describe('events', () => {
  const event = {
    at: 0,
    kind: 'run.created',
    dataset: 'd',
    runId: 'r',
    backfillId: null,
    actor: 'me',
    reason: null,
    data: {},
  } as const;

  it('are numbered in the order of their commits and read on from a number', async () => {
    const database = openState();
    expect(lastEventSeq(database)).toBe(0);
    await Promise.all(
      [1, 2, 3].map((at) => database.write((transaction) => appendEvent(transaction, { ...event, at }))),
    );
    expect(readEvents(database, { after: 0, filter: {}, limit: 10 }).map(({ seq, at }) => [seq, at])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(readEvents(database, { after: 2, filter: {}, limit: 10 }).map(({ seq }) => seq)).toEqual([3]);
    expect(lastEventSeq(database)).toBe(3);
  });

  it('can be narrowed by run, backfill and dataset', async () => {
    const database = openState();
    await database.write((transaction) => {
      appendEvent(transaction, event);
      appendEvent(transaction, { ...event, runId: null, backfillId: 'bf-1' });
      appendEvent(transaction, { ...event, dataset: 'other', runId: 'r2' });
    });
    const found = (filter: object) => readEvents(database, { after: 0, filter, limit: 10 }).map(({ seq }) => seq);
    expect(found({ runId: 'r' })).toEqual([1]);
    expect(found({ backfillId: 'bf-1' })).toEqual([2]);
    expect(found({ dataset: 'd' })).toEqual([1, 2]);
    expect(found({ dataset: 'd', runId: 'r2' })).toEqual([]);
  });

  it('never reuse a number, even when the newest were removed', async () => {
    const database = openState();
    await database.write((transaction) => appendEvent(transaction, event));
    await database.write((transaction) => transaction.run('DELETE FROM events'));
    await database.write((transaction) => appendEvent(transaction, event));
    expect(lastEventSeq(database)).toBe(2);
  });
});

describe('idempotency keys', () => {
  const request = { key: 'k', operation: 'run', input: { dataset: 'd' } };
  const keep = (database: Database, at: number) =>
    database.write((transaction) => keepAnswer(transaction, request, { run_id: 'first' }, at));

  it('give the first answer again for 24 hours', async () => {
    const database = openState();
    expect(earlierAnswer(database, request, 0)).toBeUndefined();
    await keep(database, 1_000);
    expect(earlierAnswer(database, request, 1_000 + idempotencyWindowMs - 1)).toEqual({ run_id: 'first' });
    expect(earlierAnswer(database, request, 1_000 + idempotencyWindowMs)).toBeUndefined();
  });

  it.each([
    ['body', { ...request, input: { dataset: 'e' } }],
    ['operation', { ...request, operation: 'stop' }],
  ])('refuse another %s with DLI-807', async (_name, other) => {
    const database = openState();
    await keep(database, 0);
    expect(() => earlierAnswer(database, other, 1)).toThrow(expect.objectContaining({ code: 'DLI-807' }));
  });

  it('take the same fields in another order for the same request', async () => {
    const database = openState();
    const input = { dataset: 'd', params: { a: 1, b: [{ x: 1, y: 2 }] } };
    const again = { params: { b: [{ y: 2, x: 1 }], a: 1 }, dataset: 'd' };
    await database.write((transaction) => keepAnswer(transaction, { ...request, input }, 1, 0));
    expect(earlierAnswer(database, { ...request, input: again }, 1)).toBe(1);
  });

  it('are asked for and kept only where one was sent', async () => {
    const database = openState();
    const without = { ...request, key: undefined };
    await database.write((transaction) => keepAnswer(transaction, without, 1, 0));
    expect(earlierAnswer(database, without, 0)).toBeUndefined();
    expect(database.all('SELECT * FROM idempotency_keys')).toEqual([]);
  });

  it('are forgotten when their time is over, a few at a time', async () => {
    const database = openState();
    for (const key of ['a', 'b', 'c'])
      await database.write((transaction) => keepAnswer(transaction, { ...request, key }, 1, key === 'c' ? 5 : 0));
    const forget = () => database.write((transaction) => forgetOldKeys(transaction, idempotencyWindowMs, 1));
    expect([await forget(), await forget(), await forget()]).toEqual([1, 1, 0]);
    expect(database.all('SELECT key FROM idempotency_keys')).toEqual([{ key: 'c' }]);
  });
});

describe('the record of a date', () => {
  const executionDate = '2024-01-01';

  async function started(database: Database, at: number) {
    const run = await storeRun(database, { executionDate });
    const claimed = await database.write((transaction) =>
      claimRun(transaction, { runUid: run.runUid, owner: 'o', now: at }),
    );
    return claimed ?? run;
  }
  const end = (
    database: Database,
    run: Awaited<ReturnType<typeof started>>,
    transition: 'complete' | 'fail',
    at: number,
  ) =>
    database.write((transaction) =>
      endRun(transaction, { run, transition, fence: { owner: 'o', claims: run.claims }, note: { ...note, at } }),
    );
  const record = (database: Database) =>
    readDates(database, { dataset: 'main.a', start: executionDate, end: executionDate })[0];

  it('keeps the last success when a later run fails', async () => {
    const database = openState();
    await end(database, await started(database, 1), 'complete', 2);
    await end(database, await started(database, 3), 'fail', 4);
    expect(record(database)).toEqual({ executionDate, successAt: 2, startedStatus: 'FAILED' });
  });

  it('is that of the run which started last, also when an earlier one ends after it', async () => {
    const database = openState();
    const early = await started(database, 1);
    const late = await started(database, 5);
    await end(database, late, 'complete', 6);
    await end(database, early, 'fail', 9);
    expect(record(database)).toEqual({ executionDate, successAt: 6, startedStatus: 'COMPLETED' });
  });

  it('does not count a run that never started', async () => {
    const database = openState();
    const run = await database.write((transaction) => insertRun(transaction, newRun({ executionDate })));
    await database.write((transaction) => endRun(transaction, { run, transition: 'kill', note }));
    expect(record(database)).toBeUndefined();
  });

  it('is read for the asked range only, in order', async () => {
    const database = openState();
    for (const date of ['2024-01-03', '2024-01-01', '2024-01-02', '2024-02-01']) {
      const run = await storeRun(database, { executionDate: date });
      const claimed = await database.write((transaction) =>
        claimRun(transaction, { runUid: run.runUid, owner: 'o', now: 1 }),
      );
      await end(database, claimed ?? run, 'complete', 2);
    }
    const range = readDates(database, { dataset: 'main.a', start: '2024-01-01', end: '2024-01-31' });
    expect(range.map((one) => one.executionDate)).toEqual(['2024-01-01', '2024-01-02', '2024-01-03']);
  });
});
