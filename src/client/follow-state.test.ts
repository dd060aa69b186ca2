import { describe, expect, it } from 'vitest';
import type { BasecampEvent, EventKind } from '../contract/events.ts';
import { type Followed, followState } from './follow-state.ts';

type Step = BasecampEvent | 'drop';

function event(seq: number, kind: EventKind): BasecampEvent {
  const at = '2024-01-15T00:00:00Z';
  return { seq, at, kind, dataset_name: null, run_id: 'r', backfill_id: null, actor: 'a', reason: null, data: {} };
}

/** A thing whose changes and states are scripted: each subscription gives its steps, then stays silent. */
function scripted(subscriptions: readonly (readonly Step[])[], states: readonly string[]) {
  const calls: string[] = [];
  let subscription = 0;
  let reads = 0;
  const followed: Followed<string> = {
    url: 'http://x',
    subscribe: async (after, signal) => {
      calls.push(`subscribe ${after ?? '-'}`);
      const steps = subscriptions[subscription++] ?? [];
      return (async function* () {
        for (const step of steps) {
          if (step === 'drop') throw new TypeError('terminated');
          yield step;
        }
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      })();
    },
    read: async () => {
      const state = states[Math.min(reads++, states.length - 1)] ?? '';
      calls.push(`read ${state}`);
      return state;
    },
    isFinal: (state) => state === 'done',
    isFinalEvent: ({ kind }) => kind === 'run.completed',
  };
  return { followed, calls };
}

describe('followState', () => {
  it('subscribes before it reads, so that nothing falls between', async () => {
    const { followed, calls } = scripted([[]], ['done']);
    expect(await followState(followed)).toBe('done');
    expect(calls).toEqual(['subscribe -', 'read done']);
  });

  it('reads the state after each event and tells every state', async () => {
    const { followed } = scripted(
      [[event(1, 'run.started'), event(2, 'run.completed')]],
      ['pending', 'running', 'done'],
    );
    const seen: string[] = [];
    await followState(followed, { onState: (state) => seen.push(state) });
    expect(seen).toEqual(['pending', 'running', 'done']);
  });

  it('bundles events, but reads at once after the final one', async () => {
    const many = Array.from({ length: 500 }, (_, index) => event(index + 1, 'run.started'));
    const { followed, calls } = scripted([[...many, event(501, 'run.completed')]], ['running', 'done']);
    expect(await followState(followed, { everyMs: 3_600_000 })).toBe('done');
    expect(calls).toEqual(['subscribe -', 'read running', 'read done']);
  });

  it('subscribes again after the last event when the stream drops', async () => {
    const { followed, calls } = scripted([[event(7, 'run.started'), 'drop'], []], ['running', 'running', 'done']);
    expect(await followState(followed)).toBe('done');
    expect(calls).toEqual(['subscribe -', 'read running', 'read running', 'subscribe 7', 'read done']);
  });

  it('gives up on a server whose stream ends again and again', async () => {
    const { followed } = scripted(Array(9).fill(['drop']), ['running']);
    await expect(followState(followed)).rejects.toMatchObject({ code: 'DLI-501' });
  });

  it('ends with the reason of the signal', async () => {
    const { followed } = scripted([[]], ['running']);
    const caller = new AbortController();
    const following = followState(followed, {
      signal: caller.signal,
      onState: () => queueMicrotask(() => caller.abort()),
    });
    await expect(following).rejects.toMatchObject({ name: 'AbortError' });
  });
});
