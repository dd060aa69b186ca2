import { describe, expect, it } from 'vitest';
import { Api, datedSpec } from './api.ts';

/** Reads a stream of events; `read` gives the next `count` of them as [id, kind]. */
async function follow(api: Api, query = '', headers: Record<string, string> = {}) {
  const response = await api.raw('GET', `/events${query}`, undefined, headers);
  const reader = (response.body ?? new ReadableStream<Uint8Array<ArrayBuffer>>())
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = '';
  const take = (): [string, string] | undefined => {
    const end = text.indexOf('\n\n');
    if (end < 0) return undefined;
    const block = text.slice(0, end);
    text = text.slice(end + 2);
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (data === undefined) return take();
    return [/^id: (.*)$/m.exec(block)?.[1] ?? '', String(JSON.parse(data).kind)];
  };
  return {
    response,
    read: async (count: number): Promise<[string, string][]> => {
      const found: [string, string][] = [];
      while (found.length < count) {
        const event = take();
        if (event) found.push(event);
        else {
          const { value, done } = await reader.read();
          if (done) break;
          text += value;
        }
      }
      return found;
    },
    cancel: () => reader.cancel(),
  };
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

  it('ends when the server closes', async () => {
    const api = new Api();
    const stream = await follow(api);
    api.closing.abort();
    expect(await stream.read(1)).toEqual([]);
  });

  it.each(['x', '-1', '1.5', '0x10', '1e3'])('refuses Last-Event-ID %s with DLI-400', async (id) => {
    const answer = await new Api().send('GET', '/events', undefined, { 'last-event-id': id });
    expect(answer).toMatchObject({ status: 400, body: { code: 'DLI-400' } });
  });
});
