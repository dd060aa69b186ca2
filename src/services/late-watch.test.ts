import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeClock } from '../../test/fakes/fake-clock.ts';
import { Api } from '../../test/http/api.ts';
import { readNotifications } from '../store/queries/outbox.ts';
import { openState } from '../store/store-fixture.suite.ts';
import { watchLateness } from './late-watch.ts';

const minuteMs = 60_000;
const stepMs = 15 * minuteMs;
const hourMs = 60 * minuteMs;

/** A daily dataset whose ticks are late after an hour. The clock stands at 08:00 UTC. */
class Fixture extends Api {
  endWatch: () => Promise<void> = async () => undefined;

  static async open({ cron = '0 9 * * *', more = '' } = {}): Promise<Fixture> {
    const fixture = new Fixture({
      clock: new FakeClock(Date.parse('2024-01-15T08:00:00Z')),
      database: openState(':memory:'),
    });
    await fixture.scheduler.start();
    await fixture.engine.start();
    // Without a word of the test no run ends.
    fixture.warehouse.manual = true;
    fixture.watch();
    onTestFinished(() => fixture.endWatch());
    onTestFinished(() => fixture.scheduler.close());
    await fixture.put({ cron, more });
    return fixture;
  }

  watch(): void {
    this.endWatch = watchLateness({
      parts: this.parts,
      onTrouble: (error, doing) => this.troubles.push(`${doing}: ${error}`),
    });
  }

  async put({
    cron = '0 9 * * *',
    more = '',
    late = '{after_minutes: 60, to: [{type: slack, channel: "#late"}]}',
  } = {}) {
    const spec = `name: a.b.daily
owner: me@example.com
team: t
query_statement: SELECT 1 AS n, {{ execution_date | sql_date }} AS dt
parameters: [{name: execution_date, type: date, required: true}]
schedule: {cron: "${cron}", ${more} notifications: {on_late: ${late}}}
`;
    const { status } = await this.register(spec);
    if (status === 409) expect((await this.send('PUT', '/workflows/a.b.daily', { spec })).status).toBe(200);
    await this.settle();
  }

  /** Time passes; what is due is fired and looked at. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(left, stepMs));
      await this.settle();
    }
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn += 1) await this.database.write(() => undefined);
  }

  /** The server dies, some time passes, and another one starts on the same state. */
  async restart(ms: number): Promise<void> {
    await this.endWatch();
    await this.parts.scheduler.close();
    this.clock.advance(ms);
    const next = this.bootScheduler(`boot-${this.clock.now()}`);
    Object.assign(this.parts, { scheduler: next, schedules: next.schedules });
    await next.start();
    onTestFinished(() => next.close());
    this.watch();
    await this.settle();
  }

  told(): readonly string[] {
    return readNotifications(this.database, {}, 100)
      .toReversed()
      .filter(({ kind }) => kind === 'late')
      .map(({ title, createdAt }) => `${new Date(createdAt).toISOString().slice(11, 16)} ${title}`);
  }
}

const lateTick = (at: string, minutes = 60) =>
  `a.b.daily is late: its tick 2024-01-15T${at}:00Z is not completed after ${minutes} minutes`;

describe('a tick that is not completed in time', () => {
  it('is told once, when its time is over, with why and the command that helps', async () => {
    const fixture = await Fixture.open();
    await fixture.put({ late: '{after_minutes: 30, to: [{type: slack, channel: "#late"}]}' });
    await fixture.pass(hourMs + 30 * minuteMs - 1);
    expect(fixture.told()).toEqual([]);
    await fixture.pass(1);
    expect(fixture.told()).toEqual([`09:30 ${lateTick('09:00', 30)}`]);
    await fixture.pass(3 * hourMs);
    expect(fixture.told()).toHaveLength(1);
    expect(readNotifications(fixture.database, {}, 1)).toMatchObject([
      {
        runId: 'a.b.daily_20240115_090000',
        why: expect.stringMatching(/^Run a\.b\.daily_20240115_090000 is at work/),
        command: 'dli workflow logs a.b.daily_20240115_090000 --follow',
      },
    ]);
    expect(fixture.troubles).toEqual([]);
  });

  it('is not told when its run completed in time', async () => {
    const fixture = await Fixture.open();
    await fixture.pass(hourMs + 30 * minuteMs);
    (await fixture.warehouse.attempt()).succeed();
    await fixture.pass(24 * hourMs);
    expect(fixture.told()).toEqual([]);
  });

  it('is told with the failure when its run failed, unless somebody completed its date meanwhile', async () => {
    const fixture = await Fixture.open();
    const fail = async () => {
      const error = {
        code: 'DLI-815',
        message: 'no flights',
        line: null,
        column: null,
        statement: null,
        mendable: false,
      } as const;
      (await fixture.warehouse.attempt()).end({ kind: 'failed', published: false, postIndex: 0, error });
      await fixture.settle();
    };
    await fixture.pass(hourMs);
    await fail();
    await fixture.pass(hourMs);
    expect(fixture.told()).toEqual([`10:00 ${lateTick('09:00')}`]);
    expect(readNotifications(fixture.database, {}, 1)[0]?.why).toContain('no flights');
    await fixture.pass(23 * hourMs);
    await fail();
    await fixture.send('POST', '/workflows/a.b.daily/run', { params: { execution_date: '2024-01-16' } });
    (await fixture.warehouse.attempt()).succeed();
    await fixture.pass(2 * hourMs);
    expect(fixture.told()).toHaveLength(1);
  });

  it('is told also when nothing ran at all, because no server was up; more of them in one message', async () => {
    const fixture = await Fixture.open();
    await fixture.restart(50 * hourMs);
    expect(fixture.told()).toEqual([
      '10:00 a.b.daily is late: 3 ticks from 2024-01-15T09:00:00Z on are not completed after 60 minutes',
    ]);
    const [{ why, runId } = expect.unreachable()] = readNotifications(fixture.database, {}, 1);
    expect(runId).toBe('a.b.daily_20240117_090000');
    expect(why).toContain('a.b.daily_20240117_090000');
    await fixture.restart(10 * minuteMs);
    expect(fixture.told(), 'a restart tells nothing twice').toHaveLength(1);
  });

  it('is told when the server missed it and catches nothing up', async () => {
    const fixture = await Fixture.open({ more: 'catchup: none,' });
    await fixture.restart(3 * hourMs);
    expect(fixture.told()).toEqual([`11:00 ${lateTick('09:00')}`]);
    expect(readNotifications(fixture.database, {}, 1)[0]?.why).toMatch(
      /^Its tick 2024-01-15T09:00:00Z made no run: the server was down/,
    );
  });

  it('is told when the run before it skipped it', async () => {
    const fixture = await Fixture.open({ cron: '0,45 9 * * *', more: 'overlap: skip,' });
    await fixture.pass(3 * hourMs);
    expect(fixture.told()).toEqual([`10:00 ${lateTick('09:00')}`, `10:45 ${lateTick('09:45')}`]);
    expect(readNotifications(fixture.database, {}, 1)[0]?.why).toContain('had not finished (overlap: skip)');
  });

  it('is told when its run completed after that, while no server looked', async () => {
    const fixture = await Fixture.open();
    await fixture.put({ late: '{after_minutes: 30, to: [{type: slack, channel: "#late"}]}' });
    await fixture.pass(hourMs);
    await fixture.endWatch();
    fixture.clock.advance(45 * minuteMs);
    (await fixture.warehouse.attempt()).succeed();
    await fixture.settle();
    fixture.watch();
    await fixture.settle();
    expect(fixture.told()).toEqual([`09:45 ${lateTick('09:00', 30)}`]);
    expect(readNotifications(fixture.database, {}, 1)[0]?.why).toMatch(
      /completed at 2024-01-15T09:45:00Z, too late\.$/,
    );
  });
});

describe('a pause', () => {
  it('excuses its ticks, and not those before it that are at work', async () => {
    const fixture = await Fixture.open({ cron: '0 9-23 * * *' });
    await fixture.pass(hourMs);
    await fixture.send('POST', '/workflows/a.b.daily/pause', {});
    await fixture.pass(5 * hourMs);
    expect(fixture.told()).toEqual([`10:00 ${lateTick('09:00')}`]);
    await fixture.send('POST', '/workflows/a.b.daily/unpause', {});
    await fixture.settle();
    expect(fixture.told()).toHaveLength(1);
    await fixture.pass(2 * hourMs);
    expect(fixture.told().slice(1)).toEqual([`16:00 ${lateTick('15:00')}`]);
  });
});

describe('the watch', () => {
  it('follows the spec: a later limit, another schedule, and none; no tick is forgotten over it', async () => {
    const fixture = await Fixture.open();
    await fixture.pass(hourMs + 30 * minuteMs);
    await fixture.put({ late: '{after_minutes: 120, to: [{type: slack, channel: "#late"}]}' });
    await fixture.pass(hourMs);
    expect(fixture.told()).toEqual([]);
    await fixture.put({ cron: '0 12 * * *', late: '{after_minutes: 120, to: [{type: slack, channel: "#late"}]}' });
    await fixture.pass(30 * minuteMs);
    expect(fixture.told()).toEqual([
      '11:00 a.b.daily is late: its tick 2024-01-15T09:00:00Z is not completed after 120 minutes',
    ]);
    await fixture.pass(3 * hourMs);
    expect(fixture.told()).toHaveLength(2);
    await fixture.put({ late: '{after_minutes: 1, to: [{type: email, channel: a@b.c}]}' });
    const ofNobody = `name: a.b.daily\nowner: me@example.com\nteam: t\nquery_statement: SELECT 1 AS n\nschedule: {cron: "0 9 * * *"}\n`;
    await fixture.send('PUT', '/workflows/a.b.daily', { spec: ofNobody });
    await fixture.pass(24 * hourMs);
    expect(fixture.told()).toHaveLength(2);
    expect(fixture.database.all('SELECT * FROM late_watches')).toEqual([]);
  });

  it('believes no clock that the scheduler does not believe', async () => {
    const fixture = await Fixture.open();
    fixture.clock.jumpTo(Date.parse('2030-01-15T08:30:00Z'));
    await fixture.pass(minuteMs);
    expect(fixture.parts.scheduler.state.hold).not.toBeNull();
    await fixture.pass(5 * minuteMs);
    expect(fixture.told()).toEqual([]);
  });

  it('comes back with a clock that was wrong', async () => {
    const fixture = await Fixture.open();
    fixture.warehouse.manual = false;
    fixture.clock.jumpTo(Date.parse('2030-01-15T08:30:00Z'));
    await fixture.pass(2 * 24 * hourMs);
    fixture.warehouse.manual = true;
    fixture.clock.jumpTo(Date.parse('2024-01-15T08:50:00Z'));
    const before = fixture.told().length;
    await fixture.pass(2 * hourMs);
    expect(fixture.told().slice(before)).toEqual([`10:05 ${lateTick('09:00')}`]);
  });

  it('tells of a dataset that it cannot look at, tries it again, and looks at the others', async () => {
    const fixture = await Fixture.open();
    const other = `name: a.b.other\nowner: x\nteam: t\nquery_statement: SELECT 1 AS n\nschedule: {cron: "0 9 * * *", notifications: {on_late: {after_minutes: 60, to: [{type: slack, channel: "#late"}]}}}\n`;
    await fixture.register(other);
    fixture.database.execute(
      `CREATE TRIGGER full BEFORE INSERT ON outbox WHEN NEW.dataset = 'a.b.daily' BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
    await fixture.pass(2 * hourMs);
    expect(fixture.troubles[0]).toBe('looking for late ticks of a.b.daily: Error: no');
    expect(fixture.told()).toEqual([expect.stringContaining('a.b.other is late')]);
    fixture.database.execute('DROP TRIGGER full');
    await fixture.pass(minuteMs);
    expect(fixture.told().slice(1)).toEqual([expect.stringContaining('a.b.daily is late')]);
  });
});
