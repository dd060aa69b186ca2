import type { RunStatus } from '../contract/runs.ts';

interface Transition {
  readonly from: readonly RunStatus[];
  readonly to: RunStatus;
  /** When it happens, for people. */
  readonly when: string;
}

/**
 * The one transition table of a run: the guard of every UPDATE that changes a status, what the property test walks, and
 * what the picture in docs/architecture.md is drawn from (`npm run docs`).
 */
export const runTransitions = {
  claim: { from: ['PENDING'], to: 'RUNNING', when: 'its turn has come' },
  complete: { from: ['RUNNING'], to: 'COMPLETED', when: 'it is published and its post-statements have run' },
  fail: { from: ['RUNNING'], to: 'FAILED', when: 'its attempts are used up, or trying again cannot help' },
  retry: {
    from: ['RUNNING'],
    to: 'PENDING',
    when: 'an attempt failed and another one is left, or its writes met those of another run',
  },
  lose: { from: ['RUNNING'], to: 'PENDING', when: 'a process died under it' },
  defer: { from: ['RUNNING'], to: 'PENDING', when: 'the warehouse could not be opened: nothing was started' },
  release: { from: ['RUNNING'], to: 'PENDING', when: 'the server shuts down' },
  expire: { from: ['PENDING'], to: 'FAILED', when: 'it waited too long for the warehouse' },
  kill: { from: ['PENDING', 'RUNNING'], to: 'KILLED', when: 'it is stopped' },
} as const satisfies Record<string, Transition>;

/** A named change of a run's status. */
export type RunTransition = keyof typeof runTransitions;

/** Tells whether a run in this state has ended for good. */
export function isTerminal(status: RunStatus): boolean {
  return !Object.values(runTransitions).some(({ from }) => (from as readonly RunStatus[]).includes(status));
}

/** Tells whether `transition` may start from `status`. */
export function canTransition(transition: RunTransition, status: RunStatus): boolean {
  return (runTransitions[transition].from as readonly RunStatus[]).includes(status);
}
