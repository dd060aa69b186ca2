import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { followStream, reopened } from './follow-stream.ts';

type Step = number | 'drop' | 'stop' | { readonly end: string } | { readonly error: Error };

/** A server whose connections are scripted: each gives its steps, then stays silent; one may refuse to open. */
function scripted(connections: readonly (readonly Step[] | Error)[]) {
  const opened: (string | undefined)[] = [];
  let closed = 0;
  const open = async (lastId: string | undefined, signal: AbortSignal): Promise<AsyncIterator<number, string>> => {
    const steps = connections[opened.length] ?? [];
    opened.push(lastId);
    if (steps instanceof Error) throw steps;
    return (async function* (): AsyncGenerator<number, string> {
      try {
        for (const step of steps) {
          if (typeof step === 'number') yield step;
          else if (step === 'drop') throw new TypeError('terminated');
          else if (step === 'stop') return undefined as never;
          else if ('end' in step) return step.end;
          else throw step.error;
        }
        return await new Promise<never>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      } finally {
        closed += 1;
      }
    })();
  };
  return { source: { url: 'http://x', open, idOf: String }, opened, closed: () => closed };
}

const refused = new DliError('DLI-501', 'Cannot connect to server');

async function collect(stream: AsyncIterator<number | typeof reopened, string>) {
  const items: (number | typeof reopened)[] = [];
  for (;;) {
    const { done, value } = await stream.next();
    if (done) return { items, end: value };
    items.push(value);
  }
}

describe('followStream', () => {
  it('opens again after the last item, however the stream ended, until the server says that it is over', async () => {
    const { source, opened } = scripted([[1, 2, 'drop'], [3, 'stop'], [{ end: 'over' }]]);
    expect(await collect(await followStream(source))).toEqual({ items: [1, 2, reopened, 3, reopened], end: 'over' });
    expect(opened).toEqual([undefined, '2', '3']);
  });

  it('throws at once when the first connection cannot be made', async () => {
    const { source, opened } = scripted([refused]);
    await expect(followStream(source)).rejects.toBe(refused);
    expect(opened).toEqual([undefined]);
  });

  it('tries again while the server is away, and gives up when its patience is used up', async () => {
    const { source, opened } = scripted([[1, 'drop'], refused, refused, [2, 'drop'], ...Array(20).fill(refused)]);
    const stream = await followStream(source, { patienceMs: 300 });
    const items: unknown[] = [];
    for (let count = 0; count < 3; count += 1) items.push((await stream.next()).value);
    expect(items).toEqual([1, reopened, 2]);
    expect(opened).toEqual([undefined, '1', '1', '1']);
    await expect(stream.next()).rejects.toBe(refused);
    // 0, 100 and 200 ms of pauses.
    expect(opened).toHaveLength(7);
  });

  it('throws what the server says and does not try again', async () => {
    const gone = new DliError('DLI-809', 'no such run');
    const { source, opened } = scripted([[1, { error: gone }]]);
    await expect(collect(await followStream(source))).rejects.toBe(gone);
    expect(opened).toEqual([undefined]);
  });

  it('ends with the reason of the signal, also while it waits for a server', async () => {
    const caller = new AbortController();
    const { source } = scripted([[1, 'drop'], ...Array(50).fill(refused)]);
    const stream = await followStream(source, { signal: caller.signal, patienceMs: Number.POSITIVE_INFINITY });
    await stream.next();
    const next = stream.next();
    caller.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('gives up the connection when its reader stops, also while it waits', async () => {
    const { source, closed } = scripted([[1]]);
    const stream = await followStream(source);
    await stream.next();
    const next = stream.next();
    next.catch(() => undefined);
    await new Promise(setImmediate);
    await stream.return();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    expect(closed()).toBe(1);
  });
});
