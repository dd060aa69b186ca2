import { DliError } from '../contract/errors.ts';
import type { CallMessage, ChildMessage, WireError } from './messages.ts';

/** Handles one call. `notify` sends a notice to the caller before the result. */
export type Handler = (input: never, notify: (notice: unknown) => void) => unknown;

/**
 * Answers the parent's calls with `handlers` until the parent goes away; then this process ends at once, whatever it is
 * doing: a child never outlives its server, so a lock that it holds is free when the server is gone.
 */
export function serveParent(handlers: Readonly<Record<string, Handler>>): void {
  let outgoing: ChildMessage[] = [];
  const flush = () => {
    const messages = outgoing;
    outgoing = [];
    process.send?.(messages);
  };
  // A message costs more than what is in it, so what is said in one go, such as a notice and the answer, travels together.
  const send = (message: ChildMessage) => {
    if (outgoing.push(message) === 1) process.nextTick(flush);
  };
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // Ctrl-C reaches the whole process group; the parent decides when its children end.
  process.on('SIGINT', () => undefined);
  const handle = ({ method, input }: CallMessage, notify: (notice: unknown) => void) => {
    const handler = handlers[method];
    if (!handler) throw new TypeError(`no method ${method}`);
    return handler(input as never, notify);
  };
  const answer = async (call: CallMessage, id: number) => {
    try {
      send({ kind: 'result', id, value: await handle(call, (notice) => send({ kind: 'notice', id, notice })) });
    } catch (error) {
      send({ kind: 'error', id, error: toWire(error) });
    }
  };
  process.on('message', (calls: readonly CallMessage[]) => {
    for (const call of calls) {
      // Where nobody waits for an answer nobody would hear of an error, so it ends the process.
      if (call.id === null) handle(call, () => undefined);
      else void answer(call, call.id);
    }
  });
}

function toWire(error: unknown): WireError {
  if (!(error instanceof Error))
    return { message: String(error), stack: undefined, code: undefined, hints: [], problems: [] };
  const known = error instanceof DliError ? error : undefined;
  return {
    message: error.message,
    stack: error.stack,
    code: known?.code,
    hints: known?.hints ?? [],
    problems: (known?.problems ?? []).map((problem) => JSON.parse(JSON.stringify(problem))),
  };
}
