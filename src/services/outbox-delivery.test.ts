import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeClock } from '../../test/fakes/fake-clock.ts';
import type { DeliveryFailure } from '../core/notification-pace.ts';
import { awayFailure, type OutgoingMessage, type Sender, withDeadline } from '../notify/sender.ts';
import { readEvents } from '../store/queries/events.ts';
import { insertNotifications, readNotifications, waitAgain } from '../store/queries/outbox.ts';
import { Database } from '../store/sqlite.ts';
import { makeFolder, openState } from '../store/store-fixture.suite.ts';
import { OutboxDelivery } from './outbox-delivery.ts';

const minuteMs = 60_000;
const away: DeliveryFailure = { kind: 'away', error: 'gone' };

/** A target in the test's hands: it keeps what it was sent, and answers as it is told. */
class FakeTarget {
  readonly messages: { readonly at: number; readonly titles: readonly string[]; readonly channel: string }[] = [];
  answer: (message: OutgoingMessage) => DeliveryFailure | undefined | Promise<DeliveryFailure | undefined> = () =>
    undefined;

  take(message: OutgoingMessage, at: number) {
    const titles = message.notifications.map(({ title }) => title);
    this.messages.push({ at, titles, channel: message.channel });
    return this.answer(message);
  }

  /** The titles of each message that a channel was sent. */
  titles(channel = '#a'): readonly string[] {
    return this.messages.filter((message) => message.channel === channel).map(({ titles }) => titles.join(' '));
  }
}

class Fixture {
  readonly clock: FakeClock;
  readonly database: Database;
  readonly target: FakeTarget;
  readonly delivery: OutboxDelivery;
  readonly troubles: string[] = [];

  constructor({ clock = new FakeClock(), database = openState(), target = new FakeTarget() } = {}) {
    this.clock = clock;
    this.database = database;
    this.target = target;
    this.delivery = new OutboxDelivery({
      database,
      clock,
      senders: { slack: (message, signal) => this.#send(message, signal) },
      random: () => 1,
      onTrouble: (error, doing) => this.troubles.push(`${doing}: ${String(error)}`),
    });
    this.delivery.start();
    onTestFinished(() => this.close());
  }

  /** As real senders do, it gives up when the server closes. */
  readonly #send: Sender = (message, signal) => {
    const taken = Promise.resolve(this.target.take(message, this.clock.now()));
    return withDeadline(taken, { ms: 60_000, signal }).catch(awayFailure);
  };

  async close(): Promise<void> {
    const closed = this.delivery.close();
    this.clock.advance(2_000);
    await closed;
  }

  /** Writes notifications with these titles, in one transaction. */
  async tell(titles: readonly string[], { channel = '#a', dataset = 'main.a', type = 'slack' as const } = {}) {
    await this.database.write((transaction) => {
      for (const title of titles) {
        insertNotifications(transaction, {
          subject: { kind: 'failure', dataset, at: this.clock.now() },
          text: { title, why: 'w', command: null, facts: [] },
          targets: [{ type, channel }],
        });
      }
    });
    await this.quiet();
  }

  async quiet(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) await this.database.write(() => undefined);
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.quiet();
  }

  status(): readonly string[] {
    return readNotifications(this.database, {}, 1_000)
      .toReversed()
      .map(({ title, status }) => `${title} ${status}`);
  }
}

describe('delivery', () => {
  it('follows the commit, in order, one message at a time', async () => {
    const fixture = new Fixture();
    const first = Promise.withResolvers<undefined>();
    fixture.target.answer = () => first.promise;
    await fixture.tell(['1', '2']);
    expect(fixture.target.titles()).toEqual(['1']);
    fixture.target.answer = () => undefined;
    first.resolve(undefined);
    await fixture.quiet();
    expect(fixture.target.titles()).toEqual(['1', '2']);
    expect(fixture.status()).toEqual(['1 delivered', '2 delivered']);
  });

  it('of what an undone transaction would have told does not happen', async () => {
    const fixture = new Fixture();
    const undone = fixture.database.write((transaction) => {
      insertNotifications(transaction, {
        subject: { kind: 'failure', dataset: 'main.a', at: 0 },
        text: { title: 'x', why: '', command: null, facts: [] },
        targets: [{ type: 'slack', channel: '#a' }],
      });
      throw new RangeError('no');
    });
    await expect(undone).rejects.toThrow('no');
    await fixture.quiet();
    expect(fixture.target.messages).toEqual([]);
  });

  it('is tried again, later and later, and what follows waits behind it', async () => {
    const fixture = new Fixture();
    fixture.target.answer = () => away;
    await fixture.tell(['1']);
    await fixture.tell(['2']);
    for (let second = 0; second < 8; second += 1) await fixture.pass(1_000);
    fixture.target.answer = () => undefined;
    await fixture.pass(8_000);
    expect(fixture.target.titles()).toEqual(['1', '1', '1', '1', '1', '2']);
    const startedAt = fixture.target.messages[0]?.at ?? 0;
    expect(fixture.target.messages.map(({ at }) => (at - startedAt) / 1_000)).toEqual([0, 1, 3, 7, 15, 16]);
  });

  it('to a target that is down or hangs keeps no other target waiting', async () => {
    const fixture = new Fixture();
    fixture.target.answer = ({ channel }) =>
      channel === '#hangs' ? new Promise(() => undefined) : channel === '#down' ? away : undefined;
    await fixture.tell(['1'], { channel: '#hangs' });
    await fixture.tell(['2'], { channel: '#down' });
    await fixture.tell(['3']);
    expect(fixture.target.titles()).toEqual(['3']);
    fixture.target.answer = () => undefined;
  });

  it('to more targets than may be at work at once goes on when one has ended', async () => {
    const fixture = new Fixture();
    const open: (() => void)[] = [];
    fixture.target.answer = () => new Promise((resolve) => open.push(() => resolve(undefined)));
    for (let n = 0; n < 203; n += 1) await fixture.tell(['x'], { channel: `#${n}` });
    expect(fixture.target.messages).toHaveLength(200);
    for (const end of open.splice(0, 3)) end();
    await fixture.quiet();
    expect(fixture.target.messages).toHaveLength(203);
    for (const end of open.splice(0)) end();
  });

  it('that a closing server cuts off is no attempt, and comes at the next start', async () => {
    const first = new Fixture();
    first.target.answer = () => new Promise(() => undefined);
    await first.tell(['1']);
    await first.close();
    expect(readNotifications(first.database, {}, 1)).toMatchObject([{ status: 'waiting', attempts: 0 }]);
    first.target.answer = () => undefined;
    const second = new Fixture(first);
    await second.quiet();
    expect(second.target.titles()).toEqual(['1', '1']);
    expect(second.status()).toEqual(['1 delivered']);
  });

  it('is tried again at once by a server that has just started', async () => {
    const first = new Fixture();
    first.target.answer = () => away;
    await first.tell(['1']);
    for (let minute = 0; minute < 60; minute += 1) await first.pass(minuteMs);
    await first.close();
    const tried = first.target.messages.length;
    const second = new Fixture(first);
    await second.quiet();
    expect(second.target.messages).toHaveLength(tried + 1);
    await second.pass(minuteMs);
    expect(second.target.messages, 'once').toHaveLength(tried + 1);
    second.target.answer = () => undefined;
    await second.pass(15 * minuteMs);
    expect(second.status()).toEqual(['1 delivered']);
  });

  it('that is under way when the server closes is waited for', async () => {
    const fixture = new Fixture();
    const answered = Promise.withResolvers<undefined>();
    fixture.target.answer = () => answered.promise;
    await fixture.tell(['1', '2']);
    const closed = fixture.delivery.close();
    answered.resolve(undefined);
    await closed;
    expect(fixture.status()).toEqual(['1 delivered', '2 waiting']);
  });
});

describe('what a crash leaves', () => {
  const reopen = (file: string) => {
    const database = new Database(file);
    onTestFinished(() => database.close());
    return database;
  };

  it('before the delivery is delivered by the next server, and after it but before it is noted a second time, with the same id', async () => {
    const file = `${makeFolder()}/state.sqlite`;
    const clock = new FakeClock();
    const ids: string[] = [];
    const target = new FakeTarget();
    const keep = ({ notifications }: OutgoingMessage): undefined => {
      ids.push(...notifications.map(({ id }) => id));
    };
    // The target has it, but the server dies before it hears of that.
    target.answer = (message) => {
      keep(message);
      return new Promise(() => undefined);
    };
    const first = new Fixture({ clock, database: openState(file), target });
    await first.tell(['1', '2']);
    first.database.close();
    target.answer = keep;
    const second = new Fixture({ clock, database: reopen(file), target });
    await second.quiet();
    expect(target.titles()).toEqual(['1', '1', '2']);
    expect(ids[0]).toBe(ids[1]);
    expect(second.status()).toEqual(['1 delivered', '2 delivered']);
  });
});

describe('a digest', () => {
  it('tells of what comes after five messages in a minute, when there is room again', async () => {
    const fixture = new Fixture();
    for (let n = 1; n <= 9; n += 1) {
      await fixture.tell([String(n)], { dataset: `main.d${n}` });
      await fixture.pass(1_000);
    }
    expect(fixture.target.titles()).toEqual(['1', '2', '3', '4', '5']);
    await fixture.pass(minuteMs - 9_000 - 1);
    expect(fixture.target.titles()).toHaveLength(5);
    await fixture.pass(1);
    expect(fixture.target.titles().slice(5)).toEqual(['6 7 8 9']);
    await fixture.pass(minuteMs);
    await fixture.tell(['10']);
    expect(fixture.target.titles().slice(6)).toEqual(['10']);
  });

  it('is made at once of more than five that come together, and each target has a minute of its own', async () => {
    const fixture = new Fixture();
    await fixture.tell(['1', '2', '3', '4', '5', '6']);
    await fixture.tell(['7'], { channel: '#b' });
    expect(fixture.target.titles()).toEqual(['1 2 3 4 5 6']);
    expect(fixture.target.titles('#b')).toEqual(['7']);
  });

  it('remembers over a restart what was sent within the minute', async () => {
    const first = new Fixture();
    for (let n = 1; n <= 5; n += 1) await first.tell([String(n)]);
    await first.close();
    const second = new Fixture(first);
    await second.tell(['6', '7']);
    expect(second.target.titles()).toHaveLength(5);
    await second.pass(minuteMs);
    expect(second.target.titles().slice(5)).toEqual(['6', '7']);
  });

  it('that is refused is told one by one, so that one notification does not take others with it', async () => {
    const fixture = new Fixture();
    fixture.target.answer = ({ notifications }) =>
      notifications.some(({ title }) => title === '3') ? { kind: 'refused', error: 'bad' } : undefined;
    await fixture.tell(['1', '2', '3', '4', '5', '6']);
    await fixture.pass(minuteMs);
    expect(fixture.status()).toEqual(
      ['1', '2', '3', '4', '5', '6'].map((n) => `${n} ${n === '3' ? 'given_up' : 'delivered'}`),
    );
  });
});

describe('what is given up', () => {
  it('is noted with its reason and an event, and does not block what follows', async () => {
    const fixture = new Fixture();
    fixture.target.answer = ({ notifications: [{ title }] }) =>
      title === '1' ? { kind: 'refused', error: 'the target answered 404' } : undefined;
    await fixture.tell(['1', '2']);
    expect(fixture.status()).toEqual(['1 given_up', '2 delivered']);
    const [event] = readEvents(fixture.database, { after: 0, filter: { kinds: ['notification.given_up'] }, limit: 9 });
    expect(event).toMatchObject({ dataset: 'main.a', reason: 'the target answered 404', data: { channel: '#a' } });
  });

  it('is what has waited for a day, whole', async () => {
    const fixture = new Fixture();
    fixture.target.answer = () => away;
    await fixture.tell(['1']);
    for (let quarter = 0; quarter < 4 * 26; quarter += 1) await fixture.pass(15 * minuteMs);
    expect(fixture.status()).toEqual(['1 given_up']);
    fixture.target.answer = () => undefined;
    await fixture.tell(['2']);
    expect(fixture.status()).toEqual(['1 given_up', '2 delivered']);
  });

  it('is what has no sender: its type is not configured', async () => {
    const fixture = new Fixture();
    await fixture.database.write((transaction) =>
      insertNotifications(transaction, {
        subject: { kind: 'test', dataset: 'main.a', at: 0 },
        text: { title: '1', why: '', command: null, facts: [] },
        targets: [{ type: 'email', channel: 'a@b.c' }],
      }),
    );
    await fixture.quiet();
    expect(readNotifications(fixture.database, { status: 'given_up' }, 1)).toMatchObject([
      { error: 'notifications.email is not configured on the server' },
    ]);
    expect(fixture.delivery.configured).toEqual(['slack']);
  });

  it('is sent again with its id when somebody asks for it', async () => {
    const fixture = new Fixture();
    fixture.target.answer = () => ({ kind: 'refused', error: 'no' });
    await fixture.tell(['1']);
    const [record] = readNotifications(fixture.database, {}, 1);
    if (!record) expect.unreachable();
    fixture.target.answer = () => undefined;
    await fixture.database.write((transaction) => {
      expect(waitAgain(transaction, record.seq, fixture.clock.now())).toBe(true);
      transaction.afterCommit(() => fixture.delivery.wake(record));
    });
    await fixture.quiet();
    expect(fixture.status()).toEqual(['1 delivered']);
    await fixture.database.write((transaction) => expect(waitAgain(transaction, record.seq, 0)).toBe(false));
  });
});

describe('a state that cannot be written', () => {
  it('is told of, and the message goes again when it can', async () => {
    const fixture = new Fixture();
    fixture.database.execute(`CREATE TRIGGER full BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END`);
    await fixture.tell(['1']);
    expect(fixture.troubles).toEqual(['delivering notifications: Error: full']);
    fixture.database.execute('DROP TRIGGER full');
    await fixture.pass(1_000);
    expect(fixture.status()).toEqual(['1 delivered']);
    expect(fixture.target.titles()).toEqual(['1', '1']);
  });
});
