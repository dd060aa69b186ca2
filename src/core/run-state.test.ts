import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RunStatus, runStatusSchema } from '../contract/runs.ts';
import { canTransition, isTerminal, type RunTransition, runTransitions } from './run-state.ts';

const transitions = Object.keys(runTransitions) as RunTransition[];
const statuses = runStatusSchema.options;

describe('the transition table', () => {
  it('ends in COMPLETED, FAILED and KILLED only', () => {
    expect(statuses.filter(isTerminal)).toEqual(['COMPLETED', 'FAILED', 'KILLED']);
  });

  it('allows exactly these changes', () => {
    const table = transitions.map(
      (name) => `${name}: ${runTransitions[name].from.join('|')} → ${runTransitions[name].to}`,
    );
    expect(table).toEqual([
      'claim: PENDING → RUNNING',
      'complete: RUNNING → COMPLETED',
      'fail: RUNNING → FAILED',
      'retry: RUNNING → PENDING',
      'lose: RUNNING → PENDING',
      'defer: RUNNING → PENDING',
      'release: RUNNING → PENDING',
      'expire: PENDING → FAILED',
      'kill: PENDING|RUNNING → KILLED',
    ]);
  });

  it('lets nothing leave a terminal state, on whatever walk', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...transitions), { maxLength: 60 }), (walk) => {
        let status: RunStatus = 'PENDING';
        for (const transition of walk) {
          const allowed = canTransition(transition, status);
          if (isTerminal(status)) expect(allowed).toBe(false);
          if (allowed) status = runTransitions[transition].to;
        }
      }),
    );
  });

  it('claims before anything is published: COMPLETED is reached from RUNNING alone', () => {
    const into = transitions.filter((name) => runTransitions[name].to === 'COMPLETED');
    expect(into.flatMap((name) => [...runTransitions[name].from])).toEqual(['RUNNING']);
  });

  it('can bring every state that has not ended to an end', () => {
    for (const status of statuses.filter((one) => !isTerminal(one))) expect(canTransition('kill', status)).toBe(true);
  });
});
