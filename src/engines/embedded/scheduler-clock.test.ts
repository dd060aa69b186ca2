import { describe, expect, it } from 'vitest';
import { readEvents } from '../../store/queries/events.ts';
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

const dated = (f: SchedulerFixture, dataset?: string) =>
  f.ticks(dataset).map(({ at, outcome }) => `${at.slice(8, 10)} ${at.slice(11, 16)} ${outcome}`);

const eventsOf = (f: SchedulerFixture, kind: string) =>
  readEvents(f.database, { after: 0, filter: {}, limit: 10_000 }).filter((event) => event.kind === kind);

describe('a clock that is set back', () => {
  it('gives no tick a second outcome', async () => {
    const f = await started();
    await f.register(hourly);
    await f.pass(2 * hour);
    f.clock.jumpTo(f.clock.now() - 90 * minute);
    await f.pass(3 * hour);
    expect(f.short()).toEqual(['09:00 run', '10:00 run', '11:00 run', '12:00 run']);
    expect(eventsOf(f, 'server.clock_moved').map(({ reason }) => reason)).toEqual([
      'the clock was set back from 2024-01-15T10:30:00Z to 2024-01-15T09:01:00Z',
    ]);
  });

  it('to before the registration replays nothing, neither then nor when it is right again', async () => {
    const f = await started();
    await f.register({ ...hourly, catchup: 'all' });
    await f.pass(2 * hour);
    const right = f.clock.now();
    f.clock.jumpTo(Date.parse('2020-01-01T00:00:30Z'));
    await f.pass(2 * minute);
    f.clock.jumpTo(right + 2 * minute);
    await f.pass(2 * hour);
    expect(f.short()).toEqual(['09:00 run', '10:00 run', '11:00 run', '12:00 run']);
  });

  it('takes back what it had missed of the future: those ticks run when they come', async () => {
    const f = await started();
    await f.register({ ...hourly, catchup: 'latest' });
    await f.pass(hour);
    f.clock.jumpTo(f.clock.now() + 6 * hour);
    await f.pass(5 * minute);
    expect(f.short()).toEqual([
      '09:00 run',
      ...['10', '11', '12', '13', '14'].map((h) => `${h}:00 missed`),
      '15:00 run',
    ]);
    f.clock.jumpTo(f.clock.now() - 6 * hour);
    await f.pass(7 * hour);
    expect(f.short()).toEqual(['09', '10', '11', '12', '13', '14', '15', '16'].map((h) => `${h}:00 run`));
    expect(eventsOf(f, 'tick.taken_back').map(({ data }) => data.count)).toEqual([5]);
  });
});

describe('a clock that leaps forward', () => {
  it('to 2038 and is right again a minute later: nothing fires there, and nothing is lost', async () => {
    const f = await started();
    await f.register({ cron: '*/10 * * * *' });
    await f.pass(5 * minute);
    const before = f.clock.now();
    f.clock.jumpTo(Date.parse('2038-01-19T03:14:07Z'));
    await f.pass(minute);
    expect(f.scheduler.state.hold?.reason).toContain('no tick fires before 2038-01-19T03:24:');
    await f.register({ cron: '*/10 * * * *' }, 'main.b');
    f.clock.jumpTo(before + minute);
    await f.pass(20 * minute);
    expect(f.short()).toEqual(['08:40 run', '08:50 run']);
    expect(f.short('main.b')).toEqual(['08:40 run', '08:50 run']);
  });

  it('to 2038 for an hour: it is believed, and taken back when it is set right', async () => {
    const f = await started();
    await f.register(hourly);
    await f.pass(5 * minute);
    const before = f.clock.now();
    f.clock.jumpTo(Date.parse('2038-01-19T03:14:07Z'));
    await f.pass(50 * minute);
    expect(f.ticks().length).toBeGreaterThan(100_000);
    f.clock.jumpTo(before + 50 * minute);
    await f.pass(2 * hour);
    const near = f.ticks().filter(({ at }) => at < '2025');
    // At nine the clock stood in 2038.
    expect(near.map(({ at, outcome }) => `${at.slice(11, 16)} ${outcome}`)).toEqual([
      '09:00 missed',
      '10:00 run',
      '11:00 run',
    ]);
  });

  it('while the server is down or restarts: nothing fires there, and nothing is lost', async () => {
    const f = await started();
    await f.register(hourly);
    await f.pass(hour);
    await f.kill(0);
    f.clock.jumpTo(Date.parse('2038-01-19T03:14:07Z'));
    await f.start();
    await f.pass(minute);
    await f.restart(minute);
    expect(f.scheduler.state.hold).not.toBeNull();
    f.clock.jumpTo(Date.parse('2024-01-15T09:33:00Z'));
    await f.pass(2 * hour);
    expect(f.short()).toEqual(['09:00 run', '10:00 run', '11:00 run']);
  });

  it('by days for good: it waits, then catches up', async () => {
    const f = await started();
    await f.register({ cron: '0 9 * * *' });
    f.clock.jumpTo(Date.parse('2024-01-20T08:00:00Z'));
    await f.pass(5 * minute);
    expect(f.ticks()).toEqual([]);
    await f.pass(10 * minute);
    expect(dated(f)).toEqual([
      '15 09:00 missed',
      '16 09:00 missed',
      '17 09:00 missed',
      '18 09:00 missed',
      '19 09:00 run',
    ]);
  });

  it('and is corrected a little: what it leapt over is still an absence', async () => {
    const f = await started();
    await f.register({ cron: '*/10 * * * *', catchup: 'none' });
    f.clock.jumpTo(f.clock.now() + 5 * day);
    await f.pass(minute);
    f.clock.jumpTo(f.clock.now() - 5 * minute);
    await f.pass(20 * minute);
    const outcomes = f.ticks().map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'run').length).toBeLessThanOrEqual(2);
    expect(outcomes.filter((outcome) => outcome === 'missed').length).toBeGreaterThan(700);
  });

  it('and a schedule that is registered meanwhile begins with its first tick from then on', async () => {
    const f = await started();
    f.clock.jumpTo(f.clock.now() + 5 * day);
    await f.pass(minute);
    await f.register({ cron: '0 9 * * *', catchup: 'all' });
    await f.pass(hour);
    expect(dated(f)).toEqual(['20 09:00 run']);
  });
});

describe('a clock that is wrong at the start', () => {
  it('ahead by hours: ticks that it had missed of the future run when they come', async () => {
    const f = await started();
    await f.register(hourly);
    await f.pass(minute);
    await f.kill(0);
    f.clock.jumpTo(Date.parse('2024-01-15T20:30:00Z'));
    await f.start();
    await f.pass(5 * minute);
    await f.kill(0);
    f.clock.jumpTo(Date.parse('2024-01-15T08:40:00Z'));
    await f.start();
    await f.pass(3 * hour);
    expect(f.short().slice(0, 3)).toEqual(['09:00 run', '10:00 run', '11:00 run']);
    expect(f.troubles).toEqual([]);
  });

  it('behind by years, as a machine without a battery is, and right a minute later: nothing is replayed', async () => {
    const f = await started();
    await f.register({ ...hourly, catchup: 'all' });
    await f.pass(2 * hour);
    await f.kill(0);
    f.clock.jumpTo(Date.parse('1970-01-01T00:00:10Z'));
    await f.start();
    await f.pass(minute);
    f.clock.jumpTo(Date.parse('2024-01-15T10:35:00Z'));
    await f.pass(hour);
    expect(f.short()).toEqual(['09:00 run', '10:00 run', '11:00 run']);
  });
});
