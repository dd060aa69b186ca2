import { randomUUID } from 'node:crypto';
import { ORPCError, ValidationError } from '@orpc/server';
import { DliError, errorCatalogue, isErrorCode, type Problem } from '../contract/errors.ts';
import type { ErrorBody } from '../contract/route.ts';

/** Reports an internal error to the server's log under the id that the caller is told. */
export type ReportBug = (error: unknown, id: string) => void;

/** Turns whatever a request ran into into the one error class; a bug is reported and told as an internal error with an id. */
export function toDliError(error: unknown, reportBug: ReportBug): DliError {
  if (error instanceof DliError) return error;
  if (error instanceof ORPCError && error.code === 'BAD_REQUEST') return malformed(error);
  const id = randomUUID();
  reportBug(error, id);
  return new DliError('DLI-500', `Internal error ${id}`, {
    hints: ['The server’s log (basecamp.log in its data folder) tells more under this id'],
    cause: error,
  });
}

/** Writes an error as the API's error body. */
export function errorBody({ code, message, hints, problems }: DliError): ErrorBody {
  return { code, message, hints: [...hints], problems: problems.map((problem) => ({ ...problem })) };
}

/** Wraps an error for oRPC, which sends its status. */
export function toOrpcError(error: DliError): ORPCError<string, Omit<ErrorBody, 'code' | 'message'>> {
  const { code, message, hints, problems } = errorBody(error);
  return new ORPCError(code, {
    status: errorCatalogue[error.code].status,
    message,
    data: { hints, problems },
    cause: error,
  });
}

/** The body of an error that oRPC encodes. */
export function bodyOfOrpcError(error: ORPCError<string, unknown>): ErrorBody {
  if (error.cause instanceof DliError) return errorBody(error.cause);
  const code = isErrorCode(error.code) ? error.code : 'DLI-500';
  return { code, message: error.message, hints: [], problems: [] };
}

function malformed(error: ORPCError<string, unknown>): DliError {
  const issues = error.cause instanceof ValidationError ? error.cause.issues : [];
  const problems: Problem[] = issues.map(({ message, path = [] }) => {
    const field = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
    return { message: field ? `${field}: ${message}` : message };
  });
  if (problems.length === 0)
    return new DliError('DLI-400', 'The request body is not valid JSON', { hints: ['Send a JSON object'] });
  return new DliError('DLI-400', `Malformed request: ${problems.map(({ message }) => message).join('; ')}`, {
    problems,
  });
}
