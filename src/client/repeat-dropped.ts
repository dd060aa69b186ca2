import { unanswered, unreachable } from './answer-errors.ts';
import { pause } from './pause.ts';
import { ConnectionError } from './transport.ts';

const pausesMs = [50, 200, 500];

/** What is known of a request besides how it is sent. */
interface DroppedRequest {
  readonly url: string;
  readonly signal: AbortSignal | undefined;
  /** The key of a change; undefined for what changes nothing. */
  readonly idempotencyKey: string | undefined;
}

/**
 * Sends a request again, at most three times, when its connection dropped. Safe for changes, because every repetition carries
 * the same idempotency key. A server that never accepted the connection is not asked again.
 *
 * @throws DLI-501 when the connection does not come back; for a change that may have arrived it says so
 */
export async function repeatDropped<Answer>(
  send: () => Promise<Answer>,
  { url, signal, idempotencyKey }: DroppedRequest,
): Promise<Answer> {
  let mayHaveArrived = false;
  for (let repetition = 0; ; repetition += 1) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ConnectionError) || signal?.aborted) throw error;
      mayHaveArrived ||= error.mayHaveArrived;
      const pauseMs = pausesMs[repetition];
      const neverConnected = repetition === 0 && !mayHaveArrived;
      // A server that was silent for so long is silent the next time, too.
      if (neverConnected || isSilent(error) || pauseMs === undefined) {
        const isOpen = mayHaveArrived && idempotencyKey !== undefined;
        throw isOpen ? unanswered(url, { idempotencyKey, cause: error.cause }) : unreachable(url, error.cause);
      }
      await pause(pauseMs, signal);
    }
  }
}

function isSilent({ cause }: ConnectionError): boolean {
  return cause instanceof DOMException && cause.name === 'TimeoutError';
}
