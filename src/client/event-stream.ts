import { AsyncIteratorClass, withEventMeta } from '@orpc/client';
import type { ClientAnswer } from './transport.ts';

/** One server-sent event. One without data only moves the place from which the stream would go on. */
export interface SentEvent {
  readonly event: string;
  readonly data: string | undefined;
  readonly id: string | undefined;
}

/**
 * Makes a reader of server-sent events: given the next piece of text, it returns the events that are complete with it.
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream, without reconnection times.)
 */
export function eventReader(): (piece: string) => readonly SentEvent[] {
  let rest = '';
  let fields: (readonly [name: string, value: string])[] = [];
  return (piece) => {
    // A carriage return at the end may be the first half of a line break.
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    const events: SentEvent[] = [];
    for (const line of lines) {
      if (line !== '') {
        const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
        fields.push([name, value]);
        continue;
      }
      const values = (wanted: string) => fields.filter(([name]) => name === wanted).map(([, value]) => value);
      const data = values('data');
      const event = values('event').at(-1) ?? 'message';
      const id = values('id').at(-1);
      if (data.length > 0) events.push({ event, data: data.join('\n'), id });
      else if (id !== undefined) events.push({ event, data: undefined, id });
      fields = [];
    }
    return events;
  };
}

/** The items of a stream, and how far it has come. Ending the iteration gives up the connection at once. */
export class EventStream extends AsyncIteratorClass<unknown, unknown> {
  readonly #place: { id: string | undefined };

  constructor(
    next: () => Promise<IteratorResult<unknown, unknown>>,
    { close, place }: { readonly close: () => void; readonly place: { id: string | undefined } },
  ) {
    super(next, async () => close());
    this.#place = place;
  }

  /** The id after which the stream goes on when it is opened again: what came before it was given, or was not wanted. */
  get lastEventId(): string | undefined {
    return this.#place.id;
  }
}

/**
 * Reads an answer's events one by one, each as its JSON says. The value at the end is what the server says when nothing more
 * will come; it is undefined when the stream was only cut off.
 */
export function readEvents(answer: ClientAnswer, toError: (data: unknown) => unknown): EventStream {
  const read = eventReader();
  const ready: SentEvent[] = [];
  const place = { id: answer.lastEventId };
  const next = async (): Promise<IteratorResult<unknown, unknown>> => {
    for (;;) {
      const sent = ready.shift();
      if (!sent) {
        const piece = await answer.read();
        if (piece === undefined) return { done: true, value: undefined };
        ready.push(...read(piece));
        continue;
      }
      place.id = sent.id ?? place.id;
      if (sent.data === undefined) continue;
      const data: unknown = JSON.parse(sent.data);
      if (sent.event === 'error') throw toError(data);
      if (sent.event === 'done') return { done: true, value: data };
      return { done: false, value: withId(data, sent.id) };
    }
  };
  return new EventStream(next, { close: answer.close, place });
}

function withId(data: unknown, id: string | undefined): unknown {
  return typeof data === 'object' && data !== null && id !== undefined ? withEventMeta(data, { id }) : data;
}
