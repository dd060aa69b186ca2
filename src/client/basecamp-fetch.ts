import { notBasecamp } from './answer-errors.ts';
import { untilAborted } from './until-aborted.ts';

/** The connection was refused, or broke before the answer was complete. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** False when nobody listened, so that the server has not seen the request for certain. */
  readonly mayHaveArrived: boolean;

  constructor(cause: unknown) {
    super('connection lost', { cause });
    this.mayHaveArrived = !isRefused(cause);
  }
}

type Fetch = (
  request: Request,
  init: { redirect?: Request['redirect'] },
  call: { readonly signal?: AbortSignal | undefined },
) => Promise<Response>;

/** Wraps `send` so that a broken connection is a {@link ConnectionError}, and an answer that is not JSON or a stream of events is `DLI-501`. */
export function fetchFromBasecamp(url: string, send: typeof fetch): Fetch {
  return async (request, init, { signal }) => {
    const response = await untilAborted(send(request, init), signal).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new ConnectionError(error);
    });
    const contentType = response.headers.get('content-type') ?? 'no content type';
    if (/^(application\/json|text\/event-stream)\b/i.test(contentType)) return response;
    await response.body?.cancel();
    throw notBasecamp(url, { status: response.status, what: contentType });
  };
}

function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ENOTFOUND')) return true;
  if (error instanceof AggregateError) return error.errors.every(isRefused);
  return isRefused(error.cause);
}
