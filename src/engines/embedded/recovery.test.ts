import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dateRange } from '../../core/calendar-date.ts';
import { beginResume } from '../../store/backfill-resume.ts';
import { countBackfillRuns, getBackfill } from '../../store/queries/backfills.ts';
import { claimRun } from '../../store/queries/claims.ts';
import { getRun } from '../../store/queries/runs.ts';
import { eventKinds, openState, storeBackfill, storeRun } from '../../store/store-fixture.suite.ts';
import { recover } from './recovery.ts';

const boot = { newUid: randomUUID, owner: 'boot-2', now: 5_000 };

describe('recovery', () => {
  it('puts runs of every other boot back in line, uncertain, without using up their attempt', async () => {
    const database = openState();
    const runs = await Promise.all(['boot-0', 'boot-1', 'boot-2'].map(() => storeRun(database)));
    for (const [index, { runUid }] of runs.entries())
      await database.write((transaction) => claimRun(transaction, { runUid, owner: `boot-${index}`, now: 1 }));
    expect(await recover(database, boot)).toBe(2);
    const [first, second, mine] = runs.map(({ runUid }) => getRun(database, runUid));
    for (const run of [first, second])
      expect(run).toMatchObject({ status: 'PENDING', owner: null, uncertain: true, attempt: 0, processDeaths: 0 });
    expect(mine).toMatchObject({ status: 'RUNNING', owner: 'boot-2' });
    expect(eventKinds(database).filter((kind) => kind === 'run.lost')).toHaveLength(2);
    expect(await recover(database, boot)).toBe(0);
  });

  it('takes many orphans in batches', async () => {
    const database = openState();
    await Promise.all(Array.from({ length: 1_001 }, (_, n) => storeRun(database, { dataset: `d${n}` })));
    await database.write((transaction) =>
      transaction.run(`UPDATE runs SET status = 'RUNNING', owner = 'x', attempt = 1`),
    );
    const lost = () => database.get<{ n: number }>(`SELECT count(*) AS n FROM runs WHERE status = 'PENDING'`)?.n ?? 0;
    const commits: number[] = [];
    onTestFinished(database.onCommit(() => commits.push(lost())));
    expect(await recover(database, boot)).toBe(1_001);
    expect(commits.slice(0, 3)).toEqual([500, 1_000, 1_001]);
  });

  it('removes backfills that were never acknowledged and leaves the others', async () => {
    const database = openState();
    await storeBackfill(database, {
      backfillId: 'bf-half',
      dates: dateRange('2020-01-01', '2022-12-31'),
      stored: false,
    });
    await storeBackfill(database, { backfillId: 'bf-whole', dataset: 'main.b', dates: ['2024-01-01'] });
    await recover(database, boot);
    expect(database.all('SELECT backfill_id FROM backfills')).toEqual([{ backfill_id: 'bf-whole' }]);
    expect(database.get('SELECT count(*) AS n FROM runs')).toEqual({ n: 1 });
  });

  it('goes on ending what was ending', async () => {
    const database = openState();
    await storeBackfill(database, { dates: dateRange('2020-01-01', '2023-04-14') });
    await database.write((transaction) =>
      transaction.run(`UPDATE backfills SET ending = 'KILLED', reason = 'stopped'`),
    );
    await recover(database, boot);
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ KILLED: 1_200, PENDING: 0 });
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'KILLED', finishedAt: 5_000 });
  });

  it('goes on with a resume that was interrupted: every date gets its new run, and the first one starts', async () => {
    const database = openState();
    await storeBackfill(database, { dates: dateRange('2020-01-01', '2023-04-14') });
    await database.write((transaction) => {
      transaction.run(`UPDATE runs SET status = 'KILLED', held = 0`);
      transaction.run(`UPDATE backfills SET status = 'KILLED', finished_at = 1`);
      const backfill = getBackfill(transaction, 'bf-1') ?? expect.unreachable();
      const terms = { params: {}, revision: 'r2', warehouse: 'default', maxAttempts: 2, triggeredBy: 'you' };
      const note = { at: 1, actor: 'you', reason: null };
      beginResume(transaction, { backfill, terms: { ...terms, sourceType: 'manual' }, newUid: randomUUID, note });
    });
    expect(getBackfill(database, 'bf-1')?.resumeUntil).toBe(1_200);
    await recover(database, boot);
    expect(countBackfillRuns(database, 'bf-1')).toMatchObject({ PENDING: 1_200, KILLED: 0 });
    expect(getBackfill(database, 'bf-1')).toMatchObject({ status: 'PENDING', resumeUntil: null });
    const made = database.all(
      `SELECT count(*) AS n, sum(held = 0) AS released FROM runs
       WHERE superseded = 0 AND revision = 'r2' AND max_attempts = 2 AND triggered_by = 'you'`,
    );
    expect(made).toEqual([{ n: 1_200, released: 1 }]);
  });
});
