/**
 * The closed catalogue of errors. A code is permanent; its HTTP status and exit code hang off it, so that the
 * server, the client and the command line cannot disagree. New codes are added at the end of their group.
 */
export const errorCatalogue = {
  'DLI-101': { title: 'Local dataset not found', status: 404, exit: 3 },
  'DLI-400': { title: 'Malformed request', status: 400, exit: 2 },
  'DLI-401': { title: 'Not authenticated', status: 401, exit: 4 },
  'DLI-403': { title: 'Not allowed', status: 403, exit: 4 },
  'DLI-404': { title: 'No such route', status: 404, exit: 2 },
  'DLI-405': { title: 'Method not allowed', status: 405, exit: 2 },
  'DLI-413': { title: 'Body too large', status: 413, exit: 2 },
  'DLI-429': { title: 'Too many wrong tokens', status: 429, exit: 4 },
  'DLI-430': { title: 'Token not found', status: 404, exit: 3 },
  'DLI-500': { title: 'Internal error', status: 500, exit: 1 },
  'DLI-501': { title: 'Server not reachable', status: 503, exit: 6 },
  'DLI-502': { title: 'Data folder in use by another server', status: 409, exit: 5 },
  'DLI-503': { title: 'Port taken', status: 409, exit: 5 },
  'DLI-504': { title: 'Bad configuration', status: 400, exit: 2 },
  'DLI-505': { title: 'Data folder not usable', status: 500, exit: 1 },
  'DLI-800': { title: 'Workflow not found', status: 404, exit: 3 },
  'DLI-801': { title: 'Registration failed', status: 400, exit: 2 },
  'DLI-802': { title: 'Run failed', status: 409, exit: 1 },
  'DLI-803': { title: 'Managed by Code', status: 403, exit: 4 },
  'DLI-804': { title: 'Already exists', status: 409, exit: 5 },
  'DLI-805': { title: 'Invalid cron', status: 400, exit: 2 },
  'DLI-806': { title: 'Overridden by Code', status: 409, exit: 5 },
  'DLI-807': { title: 'Invalid state', status: 409, exit: 5 },
  'DLI-808': { title: 'Unregister failed', status: 409, exit: 5 },
  'DLI-809': { title: 'Run or backfill not found', status: 404, exit: 3 },
  'DLI-810': { title: 'Unknown parameter', status: 400, exit: 2 },
  'DLI-811': { title: 'Missing parameter', status: 400, exit: 2 },
  'DLI-812': { title: 'Wrong parameter value', status: 400, exit: 2 },
  'DLI-813': { title: 'Invalid spec', status: 400, exit: 2 },
  'DLI-814': { title: 'Invalid date range', status: 400, exit: 2 },
  'DLI-815': { title: 'SQL does not parse, bind or translate', status: 400, exit: 2 },
  'DLI-816': { title: 'Engine or warehouse not reachable', status: 503, exit: 6 },
  'DLI-817': { title: 'Notification not found', status: 404, exit: 3 },
  'DLI-818': { title: 'Revision not found', status: 404, exit: 3 },
} as const satisfies Record<string, { readonly title: string; readonly status: number; readonly exit: number }>;

/** A permanent error code, such as `DLI-810`. */
export type ErrorCode = keyof typeof errorCatalogue;

/** One place that is wrong. Lines and columns count from 1; a part that is not known is left out. */
export interface Problem {
  readonly message: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** What an error says besides its code: `hints` tell what is allowed and what to type next, one line each. */
export interface ErrorDetails {
  readonly hints?: readonly string[];
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** The one error class: what happened to which thing, where, and what to do next. */
export class DliError extends Error {
  override readonly name = 'DliError';
  readonly code: ErrorCode;
  readonly hints: readonly string[];
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, { hints = [], problems = [], cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hints = hints;
    this.problems = problems;
  }
}

/** Tells whether `text` is a code of the catalogue. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(errorCatalogue, text);
}

/** Writes a place as `file:line:column`, leaving out what is not known. */
export function formatPlace({ file, line, column }: Omit<Problem, 'message'>): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
