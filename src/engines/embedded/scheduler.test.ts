import { describe, expect, it } from 'vitest';
import { readEvents } from '../../store/queries/events.ts';
import { newestTicks } from '../../store/queries/ticks.ts';
import { SchedulerFixture } from './scheduler-fixture.suite.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const hourly = { cron: '0 * * * *' };

async function started(at = '2024-01-15T08:30:00Z') {
  const f = new SchedulerFixture(at);
  await f.start();
  return f;
}

describe('a tick that is due', () => {
  it('makes one run, at its time, for its date', async () => {
    const f = await started();
    await f.register({ cron: '0 9 * * *', timezone: 'Asia/Seoul', executionDate: 'previous_day' });
    await f.pass(day);
    const [run] = f.runs();
    expect(f.short()).toEqual(['00:00 run']);
    expect(run).toMatchObject({
      runId: 'main.a_20240116_000000',
      runType: 'scheduled',
      executionDate: '2024-01-15',
      triggeredBy: 'scheduler',
      createdAt: Date.parse('2024-01-16T00:00:00Z'),
      logicalAt: Date.parse('2024-01-16T00:00:00Z'),
    });
    const created = readEvents(f.database, { after: 0, filter: {}, limit: 10 }).find(
      ({ kind }) => kind === 'run.created',
    );
    expect(created).toMatchObject({
      actor: 'scheduler',
      runId: run?.runId,
      data: { scheduled_at: '2024-01-16T00:00:00.000Z' },
    });
  });

  it('is the first after the registration, not one before', async () => {
    const f = await started('2024-01-15T09:00:00Z');
    await f.register(hourly);
    await f.pass(hour);
    expect(f.short()).toEqual(['10:00 run']);
  });

  it('fires no disabled schedule, none of an unregistered dataset, and none of a dataset without one', async () => {
    const f = await started();
    await f.register({ ...hourly, enabled: false });
    await f.register(null, 'main.b');
    await f.register(hourly, 'main.c');
    await f.unregister('main.c');
    await f.pass(day);
    expect([...f.ticks('main.a'), ...f.ticks('main.b'), ...f.ticks('main.c'), ...f.runs()]).toEqual([]);
  });
});

describe('overlap', () => {
  it('queues behind a run that has not ended, up to a hundred, then skips as one stretch', async () => {
    const f = await started();
    await f.register({ cron: '* * * * *' });
    await f.pass(130 * minute, { busy: true });
    const outcomes = f.ticks().map(({ outcome }) => outcome);
    expect(outcomes).toEqual([...Array(100).fill('run'), ...Array(30).fill('skipped_overlap')]);
    const [last] = newestTicks(f.database, 'main.a', 1);
    expect(last).toMatchObject({ count: 30, runId: null });
    expect(last?.reason).toContain('100 scheduled runs were waiting already');
  });

  it('skip: skips while the scheduled run before it has not ended, but not for runs on demand', async () => {
    const f = await started();
    await f.register({ ...hourly, overlap: 'skip' });
    await f.database.write((transaction) =>
      transaction.run(`INSERT INTO runs (run_uid, run_id, label_at, label_use, dataset, source_type, run_type, status, params, revision, warehouse,
          logical_at, max_attempts, available_at, triggered_by, created_at)
        VALUES ('u', 'main.a_19700101_000000', 0, 1, 'main.a', 'manual', 'adhoc', 'PENDING', '{}', 'r', 'default', 0, 1, 0, 'me', 0)`),
    );
    await f.pass(3 * hour, { busy: true });
    expect(f.short()).toEqual(['09:00 run', '10:00 skipped_overlap', '11:00 skipped_overlap']);
    await f.endRuns();
    await f.pass(hour);
    expect(f.short().at(-1)).toBe('12:00 run');
    const reason = newestTicks(f.database, 'main.a', 2)[1]?.reason;
    expect(reason).toBe('run main.a_20240115_090000 had not finished (overlap: skip)');
  });
});

describe('ticks that the server was down for', () => {
  it.each([
    ['none', ['09:00 missed', '10:00 missed', '11:00 missed']],
    ['latest', ['09:00 missed', '10:00 missed', '11:00 run']],
    ['all', ['09:00 run', '10:00 run', '11:00 run']],
  ] as const)('catchup %s', async (catchup, expected) => {
    const f = await started();
    await f.register({ ...hourly, catchup });
    await f.restart(3 * hour);
    expect(f.short()).toEqual(expected);
    await f.pass(hour);
    expect(f.short()).toEqual([...expected, '12:00 run']);
    const missed = newestTicks(f.database, 'main.a', 10).find(({ outcome }) => outcome === 'missed');
    if (catchup !== 'all') {
      expect(missed?.reason).toBe('the server was down from 2024-01-15T08:30:00Z to 2024-01-15T11:30:00Z');
    }
  });

  it('all: runs a thousand, the oldest first, and tells of the rest at once, also when it dies in the middle', async () => {
    const f = await started('2024-01-15T00:00:30Z');
    await f.register({ cron: '* * * * *', catchup: 'all' });
    await f.kill(1_500 * minute);
    const isHalfway = () => f.runs().length >= 300;
    await new Promise<void>((resolve) => {
      const leave = f.database.onCommit(() => {
        if (!isHalfway()) return;
        leave();
        resolve();
      });
      void f.scheduler.start();
    });
    await f.restart(minute);
    const outcomes = f.ticks().map(({ outcome }) => outcome);
    // The last tick passed while the second server was not there.
    expect(outcomes).toEqual([...Array(1_000).fill('run'), ...Array(500).fill('missed'), 'run']);
    expect(newestTicks(f.database, 'main.a', 2)[1]?.reason).toContain('at most 1000 ticks');
    expect(f.runs().map(({ logicalAt }) => logicalAt)).toEqual(
      f
        .runs()
        .map(({ logicalAt }) => logicalAt)
        .toSorted((left, right) => left - right),
    );
  });

  it('for three weeks: a minutely schedule has one row more, and its newest tick runs', async () => {
    const f = await started('2024-01-15T08:30:30Z');
    await f.register({ cron: '* * * * *' });
    await f.restart(21 * day);
    const rows = newestTicks(f.database, 'main.a', 10);
    expect(rows.map(({ outcome, count }) => [outcome, count])).toEqual([
      ['run', 1],
      ['missed', 21 * 24 * 60 - 1],
    ]);
  });

  it('a machine that slept counts as away; a late server does not', async () => {
    const f = await started();
    await f.register({ ...hourly, catchup: 'none' });
    f.clock.jumpTo(f.clock.now() + 2 * hour);
    await f.pass(minute);
    expect(f.short()).toEqual(['09:00 missed', '10:00 missed']);
    const late = await started();
    await late.register({ ...hourly, catchup: 'none' });
    late.clock.advance(2 * hour);
    await late.quiet();
    expect(late.short()).toEqual(['09:00 run', '10:00 run']);
  });

  it('a machine that falls asleep between finding a tick and storing it does not fire what it slept through', async () => {
    const f = await started();
    await f.register({ ...hourly, catchup: 'latest' });
    f.clock.advance(30 * minute);
    f.clock.jumpTo(f.clock.now() + 2 * hour + minute);
    await f.quiet();
    expect(f.short()).toEqual(['09:00 missed', '10:00 missed', '11:00 run']);
  });
});

describe('a pause', () => {
  it('skips its ticks as one stretch, and the next tick runs', async () => {
    const f = await started();
    await f.register(hourly);
    await f.pass(hour);
    await f.pause();
    await f.pass(3 * hour);
    expect(f.short()).toEqual(['09:00 run']);
    await f.unpause();
    await f.pass(hour);
    expect(f.short()).toEqual([
      '09:00 run',
      ...['10:00', '11:00', '12:00'].map((at) => `${at} skipped_paused`),
      '13:00 run',
    ]);
    expect(newestTicks(f.database, 'main.a', 2)[1]).toMatchObject({
      count: 3,
      reason: expect.stringContaining('paused by ann'),
    });
  });

  it.each([
    ['latest', ['09:00 skipped_paused', '10:00 run']],
    ['all', ['09:00 run', '10:00 run']],
  ] as const)('ended with catchup %s', async (catchup, expected) => {
    const f = await started();
    await f.register({ ...hourly, catchup: 'none' });
    await f.pause();
    await f.pass(2 * hour);
    await f.unpause(catchup);
    expect(f.short()).toEqual(expected);
  });

  it('wins over downtime, survives it, and an edit or a new registration changes nothing', async () => {
    const f = await started();
    await f.register(hourly);
    await f.pause();
    await f.restart(2 * hour);
    await f.register({ cron: '30 * * * *' });
    await f.pass(hour);
    await f.unregister();
    await f.register(hourly);
    await f.pass(hour);
    expect(f.runs()).toEqual([]);
    await f.unpause();
    expect(f.short()).toEqual([
      '09:00 skipped_paused',
      '10:00 skipped_paused',
      '11:30 skipped_paused',
      '12:00 skipped_paused',
    ]);
  });

  it('holds scheduled runs that wait, and lets them go afterwards', async () => {
    const f = await started();
    await f.register(hourly);
    await f.pass(hour, { busy: true });
    await f.pause();
    expect(f.runs().map(({ held }) => held)).toEqual([true]);
    await f.unpause();
    expect(f.runs().map(({ held }) => held)).toEqual([false]);
  });
});

describe('an edit', () => {
  it('never replays the past: the new schedule begins with its first tick from now on', async () => {
    const f = await started();
    await f.register({ cron: '0 9 * * *' });
    await f.pass(2 * hour);
    await f.register({ cron: '*/15 * * * *' });
    await f.pass(30 * minute);
    expect(f.short()).toEqual(['09:00 run', '10:45 run', '11:00 run']);
  });

  it('of the SQL alone keeps the cursor: a tick that was due runs the new revision', async () => {
    const f = await started();
    await f.register(hourly, 'main.a', 'r1');
    await f.kill(hour);
    await f.register(hourly, 'main.a', 'r2');
    await f.start();
    expect(f.runs().map(({ revision }) => revision)).toEqual(['r2']);
  });
});

describe('a change of a schedule at the moment when a tick is due', () => {
  it.each(['queue', 'skip'] as const)(
    'comes before the tick or after it, never in between (overlap %s)',
    async (overlap) => {
      const f = await started();
      await f.register({ ...hourly, overlap });
      await f.pass(2 * hour, { busy: true });
      f.clock.advance(29 * minute + 59_000);
      const edited = f.register({ cron: '*/15 * * * *', overlap });
      f.clock.advance(1_000);
      await edited;
      await f.pass(59 * minute, { busy: true });
      const at = f.ticks().map((tick) => tick.at.slice(11, 16));
      expect(at).toEqual(['09:00', '10:00', '11:00', '11:15', '11:30', '11:45']);
      expect(f.troubles).toEqual([]);
    },
  );

  it('also when it is a pause, or the end of the registration', async () => {
    const f = await started();
    await f.register(hourly);
    f.clock.advance(29 * minute + 59_000);
    const paused = f.pause();
    f.clock.advance(1_000);
    await paused;
    await f.unpause();
    expect(f.ticks()).toHaveLength(1);
    f.clock.advance(hour - 1_000);
    const gone = f.unregister();
    f.clock.advance(1_000);
    await gone;
    expect(f.troubles).toEqual([]);
  });

  it('is kept apart by the state itself: a tick that is covered by a stretch cannot get a row', async () => {
    const f = await started();
    await f.register({ ...hourly, overlap: 'skip' });
    await f.pass(3 * hour, { busy: true });
    const insert = (from: string, to: string) =>
      f.database.write((t) =>
        t.run(
          `INSERT INTO ticks (dataset, scheduled_at, until_at, count, outcome, rule_id, recorded_at) VALUES ('main.a', ?, ?, 1, 'missed', 1, 0)`,
          [Date.parse(`2024-01-15T${from}:00Z`), Date.parse(`2024-01-15T${to}:00Z`)],
        ),
      );
    await expect(insert('10:30', '10:30')).rejects.toThrow('has an outcome already');
    await expect(insert('08:00', '09:30')).rejects.toThrow('has an outcome already');
    await expect(insert('11:30', '11:30')).resolves.toBe(1);
  });
});

describe('a schedule that cannot be fired', () => {
  it('does not keep the others from firing', async () => {
    const f = await started();
    await f.register(hourly, 'main.bad');
    await f.register(hourly, 'main.good');
    await f.database.write((transaction) =>
      transaction.run(`UPDATE schedules SET timezone = 'Mars/Olympus' WHERE dataset = 'main.bad'`),
    );
    f.clock.advance(hour);
    await f.quiet();
    for (let turn = 0; turn < 20; turn += 1) await f.database.write(() => undefined);
    expect(f.short('main.good')).toEqual(['09:00 run']);
    expect(f.troubles.join()).toContain('main.bad');
    expect(f.scheduler.troubleOf('main.bad')?.reason).toContain('Mars/Olympus');
    // It is tried again a minute later, not all the time.
    const before = f.troubles.length;
    f.clock.advance(30_000);
    await f.quiet();
    expect(f.troubles).toHaveLength(before);
    await f.database.write((t) => t.run("UPDATE schedules SET timezone = 'UTC' WHERE dataset = 'main.bad'"));
    f.clock.advance(minute);
    await f.quiet();
    expect(f.short('main.bad')).toEqual(['09:00 run']);
    expect(f.scheduler.troubleOf('main.bad')).toBeUndefined();
  });

  it('does not keep the server from starting, nor one whose spec cannot be read', async () => {
    const f = await started();
    await f.register(hourly, 'main.good');
    await f.database.write((t) => t.run('DELETE FROM schedules'));
    for (let n = 0; n < 150; n += 1)
      await f.database.write((t) =>
        t.run(
          `INSERT INTO registrations SELECT 'main.x' || ?1, source_type, 'main.x' || ?1, revision, owner, warehouse, 1, '[]', '[]', 0, 0 FROM registrations WHERE dataset = 'main.good'`,
          [n],
        ),
      );
    f.specs.clear();
    await f.kill(hour);
    const specs = f.specs;
    specs.get = () => {
      throw new RangeError('no such revision');
    };
    await f.start();
    expect(f.troubles.length).toBe(151);
  });
});

describe('ticks of many datasets that are due together', () => {
  async function burst(
    f: SchedulerFixture,
    { count = 1_250, meanwhile = () => undefined }: { readonly count?: number; readonly meanwhile?: () => void } = {},
  ): Promise<readonly string[]> {
    const told: string[] = [];
    for (let n = 0; n < count; n += 1) await f.register(hourly, `main.d${n}`);
    f.onBurst = () => {
      told.push('begins');
      return () => told.push('ends');
    };
    f.onRuns = (runs) => {
      told.push(`${runs.length} runs`);
      meanwhile();
    };
    f.clock.advance(hour);
    // A write of its own is refused with the ticks when the file is full.
    await f.quiet().catch((error: unknown) => f.troubles.push(String(error)));
    return told;
  }

  it('are a burst, which is told of until all are recorded', async () => {
    const f = await started();
    expect(await burst(f)).toEqual(['500 runs', 'begins', '500 runs', '250 runs', 'ends']);
    expect(f.runs()).toHaveLength(1_250);
  });

  it('go first for a second, not longer', async () => {
    const f = await started();
    const told = await burst(f, { meanwhile: () => f.clock.advance(600) });
    expect(told.slice(0, 4)).toEqual(['500 runs', 'begins', '500 runs', 'ends']);
    expect(told.filter((line) => line === 'begins')).toHaveLength(1);
    expect(f.runs()).toHaveLength(1_250);
  });

  it('share a transaction for some 25 ms, not longer: whoever asks meanwhile waits for it', async () => {
    const f = await started();
    // Each run takes 0.1 ms: after 300 of them the time is over.
    let made = 0;
    f.onUid = () => {
      made += 1;
      if (made % 10 === 0) f.clock.jumpTo(f.clock.now() + 1);
    };
    expect(await burst(f, { count: 450 })).toEqual(['300 runs', 'begins', '150 runs', 'ends']);
  });

  it('are no burst any more when they cannot be recorded', async () => {
    const f = await started();
    // As small as the file is now: SQLite answers as on a full disk.
    const told = await burst(f, { meanwhile: () => f.database.execute('PRAGMA max_page_count = 1') });
    expect(told.slice(0, 2)).toEqual(['500 runs', 'begins']);
    expect(told.at(-1)).toBe('ends');
    expect(f.runs().length).toBeLessThan(1_250);
    expect(f.troubles).not.toEqual([]);
    f.database.execute('PRAGMA max_page_count = 1000000');
  });
});
