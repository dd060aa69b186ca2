import { AsyncIteratorClass, withEventMeta } from '@orpc/client';
import type { ClientAnswer } from './transport.ts';

/** One server-sent event. */
export interface SentEvent {
  readonly event: string;
  readonly data: string;
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
      if (data.length > 0) events.push({ event, data: data.join('\n'), id: values('id').at(-1) });
      fields = [];
    }
    return events;
  };
}

/** Reads an answer's events one by one, each as its JSON says. Ending the iteration gives up the connection at once. */
export function readEvents(answer: ClientAnswer, toError: (data: unknown) => unknown): AsyncIteratorClass<unknown> {
  const read = eventReader();
  const ready: SentEvent[] = [];
  const next = async () => {
    while (ready.length === 0) {
      const piece = await answer.read();
      if (piece === undefined) return { done: true as const, value: undefined };
      ready.push(...read(piece));
    }
    const sent = ready.shift();
    const data: unknown = JSON.parse(sent?.data ?? 'null');
    if (sent?.event === 'error') throw toError(data);
    if (sent?.event === 'done') return { done: true as const, value: undefined };
    const value =
      typeof data === 'object' && data !== null && sent?.id !== undefined ? withEventMeta(data, { id: sent.id }) : data;
    return { done: false as const, value };
  };
  return new AsyncIteratorClass(next, async () => answer.close());
}
