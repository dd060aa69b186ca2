import { describe, expect, it } from 'vitest';
import { Api, datedSpec } from './api.ts';
import { readBlocks } from './read-blocks.ts';

/** Reads a stream of events; `read` gives the next `count` of them as [id, kind], `place` the next id that comes without one. */
async function follow(api: Api, query = '', headers: Record<string, string> = {}) {
  const response = await api.raw('GET', `/events${query}`, undefined, headers);
  const blocks = readBlocks(response);
  return {
    response,
    read: async (count: number): Promise<[string, string][]> => {
      const found: [string, string][] = [];
      while (found.length < count) {
        const block = await blocks.next();
        if (!block) break;
        if (block.data !== undefined) found.push([block.id ?? '', String(JSON.parse(block.data).kind)]);
      }
      return found;
    },
    place: async () => {
      for (;;) {
        const block = await blocks.next();
        if (block?.data === undefined) return block?.id;
      }
    },
    cancel: blocks.cancel,
  };
}

/** Appends an event of each kind, in order. */
function append(api: Api, ...kinds: readonly string[]): Promise<void> {
  return api.database.write((transaction) => {
    for (const kind of kinds)
      transaction.run(`INSERT INTO events (at, kind, actor, data) VALUES (0, ?, 'x', '{}')`, [kind]);
  });
}

/** Deletes the events up to a number, as retention does. */
function forget(api: Api, through: number): Promise<number> {
  return api.database.write((transaction) => transaction.run('DELETE FROM events WHERE seq <= ?', [through]));
}

describe('the event stream', () => {
  it('begins with the next change and tells all of them in order', async () => {
    const api = new Api();
    await api.register(datedSpec('a'));
    const stream = await follow(api);
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
    await api.register(datedSpec('b'));
    await api.send('POST', '/workflows/b/run', { params: { execution_date: '2024-01-01' } });
    expect(await stream.read(4)).toEqual([
      ['2', 'workflow.registered'],
      ['3', 'run.created'],
      ['4', 'run.started'],
      ['5', 'run.completed'],
    ]);
    await stream.cancel();
  });

  it('goes on after Last-Event-ID without a gap and without a repeat, over more events than a page', async () => {
    const api = new Api();
    for (let n = 0; n < 450; n += 1)
      void api.database.write((transaction) =>
        transaction.run(`INSERT INTO events (at, kind, actor, data) VALUES (0, 'run.created', 'x', '{}')`),
      );
    await api.quiet();
    const stream = await follow(api, '', { 'last-event-id': '10' });
    const seen = await stream.read(440);
    await stream.cancel();
    expect(seen.map(([id]) => Number(id))).toEqual(Array.from({ length: 440 }, (_, n) => n + 11));
  });

  it('can be narrowed to a dataset', async () => {
    const api = new Api();
    const stream = await follow(api, '?dataset_name=b&after=0');
    await api.register(datedSpec('a'));
    await api.register(datedSpec('b'));
    expect(await stream.read(1)).toEqual([['2', 'workflow.registered']]);
    await stream.cancel();
  });

  it('can be narrowed to one kind, or to several', async () => {
    const api = new Api();
    await append(api, 'run.created', 'run.failed', 'run.killed', 'run.created', 'run.failed');
    const one = await follow(api, '?kind=run.failed&after=0');
    expect(await one.read(2)).toEqual([
      ['2', 'run.failed'],
      ['5', 'run.failed'],
    ]);
    const several = await follow(api, '?kind=run.failed&kind=run.killed&after=0');
    expect((await several.read(3)).map(([id]) => id)).toEqual(['2', '3', '5']);
    await append(api, 'run.created', 'run.killed');
    expect(await several.read(1)).toEqual([['7', 'run.killed']]);
    await Promise.all([one.cancel(), several.cancel()]);
  });

  it('refuses a kind that there is not', async () => {
    expect(await new Api().send('GET', '/events?kind=run.exploded')).toMatchObject({ status: 400 });
  });

  it('says where it begins, and its heartbeats where it stands, also past events that it does not want', async () => {
    const api = new Api({ heartbeatMs: 1 });
    await append(api, 'run.created');
    const stream = await follow(api, '?kind=run.failed');
    expect(stream.response.headers.get('last-event-id')).toBe('1');
    expect(await stream.place()).toBe('1');
    await append(api, 'run.created', 'run.created');
    let place = await stream.place();
    while (place === '1') place = await stream.place();
    expect(place).toBe('3');
    await stream.cancel();
  });

  it('ends when the server closes', async () => {
    const api = new Api();
    const stream = await follow(api);
    api.closing.abort();
    expect(await stream.read(1)).toEqual([]);
  });

  describe('beyond what is kept', () => {
    const five = ['run.created', 'run.started', 'run.failed', 'run.created', 'run.started'];

    it('says so once and goes on from the oldest that is', async () => {
      const api = new Api();
      await append(api, ...five);
      await forget(api, 3);
      const stream = await follow(api, '', { 'last-event-id': '1' });
      expect(await stream.read(3)).toEqual([
        ['3', 'reset'],
        ['4', 'run.created'],
        ['5', 'run.started'],
      ]);
      await append(api, 'run.killed');
      expect(await stream.read(1)).toEqual([['6', 'run.killed']]);
      await stream.cancel();
    });

    it('says so also when nothing is kept, and for a place that this log never reached', async () => {
      const api = new Api();
      await append(api, ...five);
      await forget(api, 5);
      const before = await follow(api, '?after=4');
      expect(await before.read(1)).toEqual([['5', 'reset']]);
      const beyond = await follow(api, '?after=99');
      expect(await beyond.read(1)).toEqual([['5', 'reset']]);
      await append(api, 'run.killed');
      expect(await before.read(1)).toEqual([['6', 'run.killed']]);
      expect(await beyond.read(1)).toEqual([['6', 'run.killed']]);
      await Promise.all([before.cancel(), beyond.cancel()]);
    });

    it('is not what a filter passes over, nor the place just before the oldest event', async () => {
      const api = new Api();
      await append(api, ...five);
      await forget(api, 3);
      const exact = await follow(api, '?after=3');
      expect(await exact.read(1)).toEqual([['4', 'run.created']]);
      const narrow = await follow(api, '?after=3&kind=run.killed');
      const now = await follow(api, '?kind=run.killed');
      await append(api, 'run.created', 'run.killed');
      expect(await narrow.read(1)).toEqual([['7', 'run.killed']]);
      expect(await now.read(1)).toEqual([['7', 'run.killed']]);
      await Promise.all([exact.cancel(), narrow.cancel(), now.cancel()]);
    });
  });

  it.each(['x', '-1', '1.5', '0x10', '1e3'])('refuses Last-Event-ID %s with DLI-400', async (id) => {
    const answer = await new Api().send('GET', '/events', undefined, { 'last-event-id': id });
    expect(answer).toMatchObject({ status: 400, body: { code: 'DLI-400' } });
  });
});
