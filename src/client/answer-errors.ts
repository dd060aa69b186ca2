import { DliError, isErrorCode } from '../contract/errors.ts';
import type { ErrorBody } from '../contract/route.ts';

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

/** Codes of Node for a certificate that is not accepted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const certificateCode = /CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE/;

function certificateHints(cause: unknown): readonly string[] {
  if (!(cause instanceof Error)) return [];
  const code = 'code' in cause ? String(cause.code) : '';
  if (!certificateCode.test(code)) return certificateHints(cause.cause);
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
