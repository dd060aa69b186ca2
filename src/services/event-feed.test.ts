import { expect, it } from 'vitest';
import { migrate } from '../store/migrate.ts';
import { appendEvent, type EventFilter } from '../store/queries/events.ts';
import { Database } from '../store/sqlite.ts';
import { makeFolder } from '../store/store-fixture.suite.ts';
import { Doorbell } from './doorbell.ts';
import { EventFeed } from './event-feed.ts';
import { followEvents } from './events.ts';

/** A state file that counts what is read from it. */
class CountingDatabase extends Database {
  reads = 0;

  override all<Row>(...query: Parameters<Database['all']>): Row[] {
    this.reads += 1;
    return super.all(...query);
  }
}

function openCounting(): CountingDatabase {
  const database = new CountingDatabase(`${makeFolder()}/state.sqlite`);
  migrate(database);
  return database;
}

function append(database: Database, count: number, dataset = 'a'): Promise<void> {
  const event = { at: 0, kind: 'run.created', runId: null, backfillId: null, actor: 'x', reason: null } as const;
  return database.write((transaction) => {
    for (let index = 0; index < count; index += 1) appendEvent(transaction, { ...event, dataset, data: {} });
  });
}

function start(feed: EventFeed, filter: EventFilter, after?: number) {
  const end = new AbortController();
  const followed = followEvents(feed, { after, filter, signal: end.signal });
  return { ...followed, end: () => end.abort() };
}

it('reads once a commit, however many follow', async () => {
  const database = openCounting();
  const feed = new EventFeed(database);
  const followers = Array.from({ length: 100 }, () => start(feed, {}));
  const firsts = followers.map(({ items }) => items.next());
  const before = database.reads;
  await append(database, 3);
  expect((await Promise.all(firsts)).map(({ value }) => value?.seq)).toEqual(Array(100).fill(1));
  expect(database.reads - before).toBe(1);
  for (const { end } of followers) end();
});

it('moves the place of a filter that finds nothing, without waking it or reading for it', async () => {
  const database = openCounting();
  const feed = new EventFeed(database);
  await append(database, 25_000);
  const { items, place, end } = start(feed, { dataset: 'quiet' }, 0);
  const next = items.next();
  while (place() < 25_000) await append(database, 0);
  const before = database.reads;
  for (let commit = 0; commit < 50; commit += 1) await append(database, 1);
  expect(place()).toBe(25_050);
  expect(database.reads - before).toBe(50);
  await append(database, 1, 'quiet');
  expect((await next).value).toMatchObject({ seq: 25_051, dataset_name: 'quiet' });
  end();
});

it('gives one that is far behind every event once, while more are committed', async () => {
  const database = openCounting();
  const feed = new EventFeed(database);
  await append(database, 1_500);
  const { items, end } = start(feed, { kinds: ['run.created'] }, 0);
  const seen: (number | undefined)[] = [];
  while (seen.length < 4_000) {
    seen.push((await items.next()).value?.seq);
    if (seen.length % 500 === 0) await append(database, 500);
  }
  expect(seen).toEqual(Array.from({ length: 4_000 }, (_, index) => index + 1));
  end();
});

it('wakes everybody after a commit of more events than are kept in memory', async () => {
  const database = openCounting();
  const feed = new EventFeed(database);
  const { items, end } = start(feed, { dataset: 'a' });
  const first = items.next();
  await append(database, 3_000);
  expect((await first).value?.seq).toBe(1);
  for (let seq = 2; seq <= 3_000; seq += 1) expect((await items.next()).value?.seq).toBe(seq);
  end();
});

it('tells of events that were deleted before a slow follower came to them', async () => {
  const database = openCounting();
  const feed = new EventFeed(database);
  await append(database, 2_000);
  const { items, end } = start(feed, {}, 0);
  for (let seq = 1; seq <= 200; seq += 1) await items.next();
  await database.write((transaction) => transaction.run('DELETE FROM events WHERE seq <= 1000'));
  expect((await items.next()).value).toEqual({ kind: 'reset', seq: 1_000 });
  expect((await items.next()).value?.seq).toBe(1_001);
  end();
});

it('keeps a ring that comes before the wait', async () => {
  const bell = new Doorbell();
  bell.ring();
  bell.ring();
  await bell.heard();
  const heard = bell.heard();
  expect(bell.isAwaited).toBe(true);
  bell.ring();
  expect(bell.isAwaited).toBe(false);
  await heard;
});
