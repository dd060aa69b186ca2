import type { Explanation } from '../contract/explanations.ts';
import { visibleText } from './render/visible.ts';

/** Tells why what is waited for does not start; `update` says which run has to start next, undefined when one is at work. */
export interface WaitReason {
  readonly update: (runId: string | undefined) => void;
  readonly close: () => void;
}

/** How the reason is found out and told. */
export interface WaitReasonParts {
  readonly explain: (runId: string, signal: AbortSignal) => Promise<Explanation>;
  readonly tell: (sentence: string) => void;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A run that has to wait for nothing starts sooner. */
const patienceMs = 2_000;
/** What a run waits behind may change without an event of its own. */
const againMs = 10_000;

/** Makes it so that the reason is told once when a run is still waiting after 2 seconds, and again when it is another one. */
export function createWaitReason({ explain, tell, pause }: WaitReasonParts): WaitReason {
  let watched: string | undefined;
  let told: string | undefined;
  let current = new AbortController();
  const watch = async (runId: string, { afterMs, signal }: { afterMs: number; signal: AbortSignal }) => {
    for (let waitMs = afterMs; ; waitMs = againMs) {
      await pause(waitMs, signal);
      const explanation = await explain(runId, signal);
      signal.throwIfAborted();
      if (!isWaiting(explanation) || explanation.sentence === told) continue;
      told = explanation.sentence;
      tell(visibleText(told));
    }
  };
  return {
    update: (runId) => {
      const isSame = runId === watched;
      if (isSame && told === undefined) return;
      current.abort();
      current = new AbortController();
      watched = runId;
      if (!isSame) told = undefined;
      // What goes wrong here, the waiting itself meets too, and tells.
      if (runId !== undefined)
        watch(runId, { afterMs: isSame ? 0 : patienceMs, signal: current.signal }).catch(() => undefined);
    },
    close: () => current.abort(),
  };
}

/** The run may have started between the question and its answer. */
function isWaiting({ facts }: Explanation): boolean {
  return facts.some(({ name, value }) => name === 'status' && value === 'PENDING');
}
