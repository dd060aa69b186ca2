import { getEventMeta } from '@orpc/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventReader, readEvents, type SentEvent } from './event-stream.ts';
import type { ClientAnswer } from './transport.ts';

function readPieces(...pieces: readonly string[]): readonly SentEvent[] {
  const read = eventReader();
  return pieces.flatMap((piece) => read(piece));
}

describe('eventReader', () => {
  it('reads fields, several lines of data, and passes over comments', () => {
    expect(readPieces(': hello\n\nevent: message\nid: 7\ndata: {"a":\ndata: 1}\n\n')).toEqual([
      { event: 'message', data: '{"a":\n1}', id: '7' },
    ]);
  });

  it('keeps what is not complete for the next piece', () => {
    expect(readPieces('data: a')).toEqual([]);
    expect(readPieces('da', 'ta: a\n', '\n')).toEqual([{ event: 'message', data: 'a', id: undefined }]);
  });

  it('reads the same however the text is cut, with each kind of line break', () => {
    fc.assert(
      fc.property(fc.constantFrom('\n', '\r\n', '\r'), fc.array(fc.nat(60), { maxLength: 8 }), (lineBreak, cuts) => {
        const lines = ['id: 1', 'data: one', '', ': ping', '', 'event: error', 'data:two', 'data: ', '', 'x'];
        const text = lines.join(lineBreak);
        const at = [0, ...cuts.toSorted((left, right) => left - right), text.length];
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(readPieces(...pieces)).toEqual([
          { event: 'message', data: 'one', id: '1' },
          { event: 'error', data: 'two\n', id: undefined },
        ]);
      }),
    );
  });
});

describe('readEvents', () => {
  function answerOf(...pieces: readonly string[]) {
    const left = [...pieces];
    let isClosed = false;
    const answer: ClientAnswer = {
      status: 200,
      contentType: 'text/event-stream',
      text: async () => left.splice(0).join(''),
      read: async () => left.shift(),
      close: () => {
        isClosed = true;
      },
    };
    return { answer, wasClosed: () => isClosed };
  }

  it('gives each event as its JSON says, with its id, until the stream ends', async () => {
    const { answer, wasClosed } = answerOf('id: 3\ndata: {"seq":3}\n\ndata: {"seq":4}\n\n');
    const events: unknown[] = [];
    for await (const event of readEvents(answer, (data) => data)) events.push(event);
    expect(events).toEqual([{ seq: 3 }, { seq: 4 }]);
    expect(getEventMeta(events[0])).toMatchObject({ id: '3' });
    expect(wasClosed()).toBe(true);
  });

  it('throws what the server says went wrong', async () => {
    const { answer } = answerOf('event: error\ndata: {"code":"DLI-500"}\n\n');
    await expect(readEvents(answer, (data) => new TypeError(JSON.stringify(data))).next()).rejects.toThrow('DLI-500');
  });

  it('gives up the connection when the reader stops, also while it waits', async () => {
    const { answer, wasClosed } = answerOf();
    const events = readEvents({ ...answer, read: () => new Promise(() => undefined) }, (data) => data);
    void events.next();
    await events.return();
    expect(wasClosed()).toBe(true);
  });
});
