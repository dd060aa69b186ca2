/** One request, ready to be sent. */
export interface ClientRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** An answer whose head has come. `text` or `read` is used, not both. */
export interface ClientAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Where a stream begins: the id after which it would go on. */
  readonly lastEventId?: string | undefined;
  /** Reads the whole body. */
  readonly text: () => Promise<string>;
  /** Reads the next piece of the body; undefined at its end. */
  readonly read: () => Promise<string | undefined>;
  /** Gives up the connection at once, also while a piece is waited for. */
  readonly close: () => void;
}

/** Sends a request. It fails with whatever the platform says when there is no answer. */
export type Transport = (request: ClientRequest) => Promise<ClientAnswer>;

/** The connection was refused, or broke before the answer was complete. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** False when there was no connection to send it over, so that the server has not seen the request for certain. */
  readonly mayHaveArrived: boolean;

  constructor(cause: unknown) {
    super('connection lost', { cause });
    this.mayHaveArrived = !isRefused(cause) && certificateProblem(cause) === undefined;
  }
}

/** Codes of Node for a certificate that is not accepted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const certificateCode = /CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/;

/** The code of a certificate that is not accepted, if that is what went wrong. */
export function certificateProblem(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause ? String(cause.code) : '';
  return certificateCode.test(code) ? code : certificateProblem(cause.cause);
}

function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')) return true;
  if (error instanceof AggregateError) return error.errors.every(isRefused);
  return isRefused(error.cause);
}
