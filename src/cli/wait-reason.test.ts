import { describe, expect, it } from 'vitest';
import { createWaitReason } from './wait-reason.ts';

/** A clock that is moved by hand: each pause ends when `next` is called. */
function setUp(...answers: readonly (readonly [sentence: string, status: string])[]) {
  const left = [...answers];
  const told: string[] = [];
  const pauses: number[] = [];
  let end: (() => void) | undefined;
  const reason = createWaitReason({
    explain: async () => {
      const [sentence, status] = left.shift() ?? ['asked too often', 'PENDING'];
      return { sentence, facts: [{ name: 'status', value: status }], command: null };
    },
    tell: (sentence) => told.push(sentence),
    pause: (ms, signal) =>
      new Promise((resolve, reject) => {
        pauses.push(ms);
        end = resolve;
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  const next = async () => {
    const before = pauses.length;
    end?.();
    for (let turn = 0; turn < 20 && pauses.length === before; turn += 1) await Promise.resolve();
  };
  return { reason, told, pauses, next };
}

describe('createWaitReason', () => {
  it('tells why a run waits after 2 seconds, once, and again when the reason is another one', async () => {
    const { reason, told, pauses, next } = setUp(
      ['waits for a', 'PENDING'],
      ['waits for a', 'PENDING'],
      ['b', 'PENDING'],
    );
    reason.update('run');
    expect(pauses).toEqual([2000]);
    await next();
    expect(told).toEqual(['waits for a']);
    await next();
    await next();
    expect(told).toEqual(['waits for a', 'b']);
    reason.close();
  });

  it('says nothing of a run that starts soon', async () => {
    const { reason, told, next } = setUp();
    reason.update('run');
    reason.update(undefined);
    await next();
    expect(told).toEqual([]);
  });

  it('says nothing when the run has started meanwhile', async () => {
    const { reason, told, next } = setUp(['is at work', 'RUNNING']);
    reason.update('run');
    await next();
    expect(told).toEqual([]);
    reason.close();
  });

  it('asks again at once when something happened to the run, but has patience before the first time', async () => {
    const { reason, told, pauses, next } = setUp(['waits for a', 'PENDING'], ['waits for b', 'PENDING']);
    reason.update('run');
    reason.update('run');
    expect(pauses).toEqual([2000]);
    await next();
    reason.update('run');
    expect(pauses).toEqual([2000, 10_000, 0]);
    await next();
    expect(told).toEqual(['waits for a', 'waits for b']);
    reason.close();
  });
});
