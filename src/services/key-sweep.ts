import type { Timer } from '../core/clock.ts';
import { forgetOldKeys } from '../store/queries/idempotency.ts';
import type { ServiceParts } from './parts.ts';

/** Keys that one transaction forgets, so that the event loop is never held for long. */
const batch = 500;
const everyMs = 60 * 60 * 1000;

/**
 * Forgets idempotency keys whose time is over: now, and from then on every hour, so that the state does not grow with every
 * request for ever.
 *
 * @returns what ends that; it waits for the batch that is under way
 */
export function sweepOldKeys(
  { database, clock }: Pick<ServiceParts, 'database' | 'clock'>,
  onTrouble: (error: unknown) => void,
): () => Promise<void> {
  let timer: Timer | undefined;
  let isEnded = false;
  const forgetAll = async () => {
    for (let forgotten = batch; forgotten === batch && !isEnded; ) {
      forgotten = await database.write((transaction) => forgetOldKeys(transaction, clock.now(), batch));
    }
  };
  const sweep = () => {
    timer = clock.at(clock.now() + everyMs, () => {
      sweeping = sweep();
    });
    return forgetAll().catch(onTrouble);
  };
  let sweeping = sweep();
  return () => {
    isEnded = true;
    timer?.cancel();
    return sweeping;
  };
}
