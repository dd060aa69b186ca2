import type { RunStatus } from '../contract/runs.ts';

/**
 * The one transition table of a run. It is the documentation, the guard of every UPDATE that changes a status, and what
 * the property test walks.
 *
 *     PENDING ──claim──▶ RUNNING ──complete──▶ COMPLETED
 *        │  ▲               ├───────fail─────▶ FAILED
 *        │  ├────retry──────┤    (attempt failed, another one is left; or it met another transaction's writes)
 *        │  ├────lose───────┤    (its process died)
 *        │  ├────defer──────┤    (the warehouse could not be opened: nothing was started)
 *        │  └────release────┤    (the server shuts down)
 *        ├──expire─▶ FAILED │    (waited too long for the warehouse)
 *        └──kill──▶ KILLED ◀┘
 */
export const runTransitions = {
  claim: { from: ['PENDING'], to: 'RUNNING' },
  complete: { from: ['RUNNING'], to: 'COMPLETED' },
  fail: { from: ['RUNNING'], to: 'FAILED' },
  retry: { from: ['RUNNING'], to: 'PENDING' },
  lose: { from: ['RUNNING'], to: 'PENDING' },
  defer: { from: ['RUNNING'], to: 'PENDING' },
  release: { from: ['RUNNING'], to: 'PENDING' },
  expire: { from: ['PENDING'], to: 'FAILED' },
  kill: { from: ['PENDING', 'RUNNING'], to: 'KILLED' },
} as const satisfies Record<string, { readonly from: readonly RunStatus[]; readonly to: RunStatus }>;

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
