import { unreachable } from './answer-errors.ts';
import { pause } from './pause.ts';
import { ConnectionError } from './transport.ts';

const pausesMs = [50, 200, 500];

/**
 * Sends a request again, at most three times, when its connection dropped. Safe for changes, because every repetition carries
 * the same idempotency key. A server that never accepted the connection is not asked again.
 *
 * @throws DLI-501 when the connection does not come back
 */
export async function repeatDropped<Answer>(
  send: () => Promise<Answer>,
  { url, signal }: { readonly url: string; readonly signal: AbortSignal | undefined },
): Promise<Answer> {
  for (let repetition = 0; ; repetition += 1) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ConnectionError) || signal?.aborted) throw error;
      const pauseMs = pausesMs[repetition];
      const neverConnected = repetition === 0 && !error.mayHaveArrived;
      // A server that was silent for so long is silent the next time, too.
      if (neverConnected || isSilent(error) || pauseMs === undefined) throw unreachable(url, error.cause);
      await pause(pauseMs, signal);
    }
  }
}

function isSilent({ cause }: ConnectionError): boolean {
  return cause instanceof DOMException && cause.name === 'TimeoutError';
}
