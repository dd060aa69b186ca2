import { notBasecamp, unreachable } from './answer-errors.ts';
import { ConnectionError } from './basecamp-fetch.ts';
import { pause } from './pause.ts';

const pausesMs = [50, 200, 500];

/**
 * Sends a request again, at most three times, when its connection dropped. Safe for changes, because every repetition carries
 * the same idempotency key. A server that never accepted the connection is not asked again.
 *
 * @throws DLI-501 when the connection does not come back, or an answer is not JSON
 */
export async function repeatDropped<Answer>(
  send: () => Promise<Answer>,
  { url, signal }: { readonly url: string; readonly signal: AbortSignal | undefined },
): Promise<Answer> {
  for (let repetition = 0; ; repetition += 1) {
    try {
      return await send();
    } catch (error) {
      if (error instanceof Error && error.cause instanceof SyntaxError) {
        throw notBasecamp(url, { what: 'JSON that is not complete' });
      }
      const lost = connectionError(error);
      if (!lost || signal?.aborted) throw error;
      const pauseMs = pausesMs[repetition];
      const neverConnected = repetition === 0 && !lost.mayHaveArrived;
      if (neverConnected || pauseMs === undefined) throw unreachable(url, lost.cause);
      await pause(pauseMs, signal);
    }
  }
}

function connectionError(error: unknown): ConnectionError | undefined {
  if (error instanceof ConnectionError) return error;
  // oRPC wraps what happens while it reads a body; a body that breaks off is fetch's TypeError.
  if (error instanceof Error && error.cause instanceof TypeError) return new ConnectionError(error.cause);
  return undefined;
}
