import { DliError, isErrorCode } from '../contract/errors.ts';
import type { ErrorBody } from '../contract/route.ts';
import { certificateProblem } from './transport.ts';

/** Makes the error for a server that cannot be reached, or that went away. */
export function unreachable(url: string, cause: unknown): DliError {
  return new DliError('DLI-501', 'Cannot connect to server. Check your connection settings.', {
    hints: [
      ...certificateHints(cause),
      `tried ${url} (set with --server, DLI_SERVER_URL, or server.url in dli.yaml)`,
      'start a server with: dli server start',
    ],
    cause,
  });
}

/** Nobody knows whether the server carried out a change: it went away, or was silent, before it answered. */
export class UnansweredChange extends Error {
  override readonly name = 'UnansweredChange';
  /** With this key the change can be asked for again without being done twice. */
  readonly idempotencyKey: string;

  constructor(idempotencyKey: string, cause: unknown) {
    super('no answer to a change', { cause });
    this.idempotencyKey = idempotencyKey;
  }
}

/** Makes the error for a change that may have been carried out; its cause is an `UnansweredChange`. */
export function unanswered(
  url: string,
  { idempotencyKey, cause }: { readonly idempotencyKey: string; readonly cause: unknown },
): DliError {
  return new DliError(
    'DLI-501',
    'The server went away before it answered: it may or may not have done what was asked',
    {
      hints: [
        `tried ${url} (set with --server, DLI_SERVER_URL, or server.url in dli.yaml)`,
        `asked again within 24 hours with the idempotency key ${idempotencyKey} (--idempotency-key), it is not done twice`,
      ],
      cause: new UnansweredChange(idempotencyKey, cause),
    },
  );
}

function certificateHints(cause: unknown): readonly string[] {
  const code = certificateProblem(cause);
  if (code === undefined) return [];
  return [`its certificate is not accepted (${code}): NODE_EXTRA_CA_CERTS names a file with the authority to trust`];
}

/** Makes the error for an answer that no Basecamp server gives: some other program listens at that address. */
export function notBasecamp(
  url: string,
  { status, what }: { readonly status?: number; readonly what: string },
): DliError {
  return new DliError(
    'DLI-501',
    `${url} answered, but not as a Basecamp server does (${status === undefined ? '' : `HTTP ${status}, `}${what})`,
    {
      hints: [
        'check the address: --server, DLI_SERVER_URL, or server.url in dli.yaml',
        'start a server with: dli server start',
      ],
    },
  );
}

/** Reads the body of an error answer into the error that the server meant. */
export function errorFromAnswer(
  body: unknown,
  { url, status }: { readonly url: string; readonly status: number },
): DliError {
  if (!isErrorBody(body)) return notBasecamp(url, { status, what: 'an error of another shape' });
  const { hints, problems } = body;
  if (isErrorCode(body.code)) return new DliError(body.code, body.message, { hints, problems });
  return new DliError('DLI-500', body.message, {
    hints: [...hints, `the server calls it ${body.code}, which this version of dli does not know`],
    problems,
  });
}

function isErrorBody(body: unknown): body is ErrorBody {
  return (
    typeof body === 'object' &&
    body !== null &&
    'code' in body &&
    typeof body.code === 'string' &&
    'message' in body &&
    typeof body.message === 'string' &&
    'hints' in body &&
    Array.isArray(body.hints) &&
    'problems' in body &&
    Array.isArray(body.problems)
  );
}
