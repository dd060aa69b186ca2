import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/fakes/fake-clock.ts';
import { idempotencyWindowMs, keepAnswer } from '../store/queries/idempotency.ts';
import { appendLogs } from '../store/queries/logs.ts';
import { insertTicks, tickRuleId } from '../store/queries/ticks.ts';
import type { Database } from '../store/sqlite.ts';
import { openState, storeBackfill, storeRun } from '../store/store-fixture.suite.ts';
import { keepHouse, type Retention } from './housekeeping.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const retention: Retention = { eventsDays: 30, logsDays: 90, ticksDays: 400, runsDays: 400 };

function keepKeys(database: Database, count: number, at: number): Promise<void> {
  return database.write((transaction) => {
    for (let n = 0; n < count; n += 1)
      keepAnswer(transaction, { key: `${at}-${n}`, operation: 'run', input: n }, null, at);
  });
}

const count = (database: Database, table: string) => database.all(`SELECT 1 FROM ${table}`).length;

/** Resolves when nothing is queued any more. */
async function quiet(database: Database): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await database.write(() => undefined);
}

function start(database: Database, clock: FakeClock, troubles: string[] = []) {
  return keepHouse({
    database,
    clock,
    retention,
    onTrouble: (error, doing) => troubles.push(`${doing}: ${error instanceof Error ? error.message : error}`),
  });
}

describe('housekeeping', () => {
  it('forgets old keys at the start, 200 in a transaction, and then every hour', async () => {
    const database = openState();
    const clock = new FakeClock();
    await keepKeys(database, 500, clock.now() - idempotencyWindowMs);
    await keepKeys(database, 3, clock.now() - idempotencyWindowMs + hourMs);
    const left: number[] = [];
    const leave = database.onCommit(() => left.push(count(database, 'idempotency_keys')));
    const end = start(database, clock);
    await quiet(database);
    leave();
    expect([...new Set(left)]).toEqual([303, 103, 3]);
    clock.advance(hourMs);
    await quiet(database);
    expect(count(database, 'idempotency_keys')).toBe(0);
    await keepKeys(database, 1, 0);
    await end();
    clock.advance(hourMs);
    await quiet(database);
    expect(count(database, 'idempotency_keys'), 'it was ended').toBe(1);
  });

  it('tells of what cannot be done, and does the rest all the same', async () => {
    const database = openState();
    const clock = new FakeClock();
    await keepKeys(database, 1, 0);
    await storeRun(database, { createdAt: 0 });
    await database.write((t) => t.run("UPDATE runs SET status = 'FAILED', finished_at = 0"));
    database.execute(`CREATE TRIGGER full BEFORE DELETE ON idempotency_keys BEGIN SELECT RAISE(ABORT, 'full'); END`);
    const troubles: string[] = [];
    const end = start(database, clock, troubles);
    await quiet(database);
    expect(troubles).toEqual(['forgetting idempotency keys: full']);
    expect(count(database, 'runs')).toBe(0);
    database.execute('DROP TRIGGER full');
    clock.advance(hourMs);
    await quiet(database);
    expect(count(database, 'idempotency_keys')).toBe(0);
    await end();
  });
});

describe('what retention forgets', () => {
  it('is each thing in its time; what has not ended stays, whatever its age, and so does what is known of dates', async () => {
    const database = openState();
    const clock = new FakeClock(Date.parse('2024-01-01T00:00:00Z'));
    const end = start(database, clock);
    const [old, open] = [
      await storeRun(database, { createdAt: clock.now() }),
      await storeRun(database, { createdAt: clock.now(), logicalAt: 1_000 }),
    ];
    await database.write((t) => {
      t.run("UPDATE runs SET status = 'COMPLETED', started_at = ?, finished_at = ? WHERE seq = ?", [
        clock.now(),
        clock.now(),
        old.seq,
      ]);
      t.run(
        `INSERT INTO dates (dataset, execution_date, started_run_uid, started_status, started_at) VALUES ('main.a', '2024-01-01', ?, 'COMPLETED', 0)`,
        [old.runUid],
      );
      t.run(`INSERT INTO events (at, kind, actor, data) VALUES (?, 'run.created', 'me', '{}')`, [clock.now()]);
      for (const { runUid, runId, dataset, logicalAt } of [old, open]) {
        appendLogs(t, runUid, [{ attempt: 1, at: clock.now(), line: 'x' }]);
        const ruleId = tickRuleId(t, { cron: '0 9 * * *', timezone: 'UTC', executionDate: 'same_day' });
        const [scheduledAt, untilAt] = [logicalAt, logicalAt];
        const ticks = { scheduledAt, untilAt, count: 1, outcome: 'run', reason: null } as const;
        insertTicks(t, [{ dataset, ticks, runId, ruleId, now: clock.now() }]);
      }
    });
    const left = async (days: number) => {
      clock.advance(days * dayMs);
      await quiet(database);
      const tables = ['events', 'run_logs', 'ticks', 'runs', 'dates'];
      return Object.fromEntries(tables.map((table) => [table, count(database, table)]));
    };
    expect(await left(29)).toEqual({ events: 1, run_logs: 2, ticks: 2, runs: 2, dates: 1 });
    expect(await left(2)).toMatchObject({ events: 0, run_logs: 2 });
    expect(await left(60)).toMatchObject({ run_logs: 1, runs: 2 });
    expect(await left(310)).toEqual({ events: 0, run_logs: 1, ticks: 1, runs: 1, dates: 1 });
    expect(database.all('SELECT run_uid FROM runs')).toEqual([{ run_uid: open.runUid }]);
    await end();
  });

  it('is a backfill and its runs when all of it has ended, in small transactions', async () => {
    const database = openState();
    const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
    const dates = Array.from({ length: 450 }, (_, n) => new Date(n * dayMs).toISOString().slice(0, 10));
    await storeBackfill(database, { dates });
    await database.write((t) => t.run("UPDATE runs SET status = 'COMPLETED', finished_at = 1"));
    const end = start(database, clock);
    await quiet(database);
    expect([count(database, 'runs'), count(database, 'backfills')], 'the backfill has not ended').toEqual([450, 1]);
    await database.write((t) => t.run("UPDATE backfills SET status = 'COMPLETED', finished_at = 1"));
    const left: number[] = [];
    const leave = database.onCommit(() => left.push(count(database, 'runs')));
    clock.advance(hourMs);
    await quiet(database);
    leave();
    expect([...new Set(left)]).toEqual([450, 250, 50, 0]);
    expect(count(database, 'backfills')).toBe(0);
    await end();
  });

  it('is also what lies behind a row of the future, which a wrong clock has stored', async () => {
    const database = openState();
    const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
    const future = Date.parse('2038-01-19T00:00:00Z');
    await database.write((t) => {
      for (const at of [0, future, 0, 0, future, clock.now()])
        t.run(`INSERT INTO events (at, kind, actor, data) VALUES (?, 'run.created', 'me', '{}')`, [at]);
    });
    const end = start(database, clock);
    await quiet(database);
    expect(database.all<{ seq: number }>('SELECT seq FROM events').map(({ seq }) => seq)).toEqual([5, 6]);
    await end();
  });

  it('is a run with a long log in pieces', async () => {
    const database = openState();
    const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
    const { runUid } = await storeRun(database, { createdAt: 0 });
    await database.write((t) => {
      t.run("UPDATE runs SET status = 'FAILED', finished_at = 0");
      // Young lines of an old run: its retention of lines may be the longer one.
      appendLogs(
        t,
        runUid,
        Array.from({ length: 500 }, () => ({ attempt: 1, at: clock.now(), line: 'x' })),
      );
    });
    const left: number[] = [];
    const leave = database.onCommit(() => left.push(count(database, 'run_logs')));
    const end = start(database, clock);
    await quiet(database);
    leave();
    expect([...new Set(left)]).toEqual([500, 300, 100, 0]);
    expect(count(database, 'runs')).toBe(0);
    await end();
  });

  it('is nothing young behind a clock that was set back', async () => {
    const database = openState();
    const clock = new FakeClock(Date.parse('2026-01-01T00:00:00Z'));
    await database.write((t) => {
      for (const at of [clock.now(), 0])
        t.run(`INSERT INTO events (at, kind, actor, data) VALUES (?, 'run.created', 'me', '{}')`, [at]);
    });
    const end = start(database, clock);
    await quiet(database);
    expect(count(database, 'events')).toBe(2);
    await end();
  });
});
