import { UnfinishedError } from '../../compiler/compiler.ts';
import { DliError, type ErrorCode } from '../../contract/errors.ts';
import type { RunError } from '../../contract/runs.ts';
import type { Run } from '../../core/run.ts';
import type { AttemptEnd } from '../../core/settlement.ts';
import type { CompiledStatements } from './compile-ahead.ts';

/** What came of compiling a run: its statements, or the end of its attempt. */
export type Prepared =
  | { readonly kind: 'ready'; readonly compiled: CompiledStatements }
  | { readonly kind: 'refused'; readonly end: Extract<AttemptEnd, { kind: 'failed' }> };

/** Compiles a claimed run. An error of the user's SQL ends the attempt for good; a template that did not finish and a compiler that was ended from outside may mend; anything else is our bug, is reported, and may mend. */
export async function prepareRun(
  run: Run,
  {
    compile,
    onBug,
  }: { readonly compile: (run: Run) => Promise<CompiledStatements>; readonly onBug: (error: unknown) => void },
): Promise<Prepared> {
  try {
    return { kind: 'ready', compiled: await compile(run) };
  } catch (error) {
    if (error instanceof DliError) return refused(run, { ...describe(error), mendable: isMendable(error) });
    onBug(error);
    const message = "Internal error; the server's log tells more";
    return refused(run, { code: 'DLI-500', message, line: null, column: null, mendable: true });
  }
}

function isMendable({ code, cause }: DliError): boolean {
  return code === 'DLI-816' || cause instanceof UnfinishedError;
}

function describe(error: DliError): Pick<RunError, 'message' | 'line' | 'column'> & { readonly code: ErrorCode } {
  const [place] = error.problems;
  const message =
    place && !error.message.includes(place.message) ? `${error.message}: ${place.message}` : error.message;
  return { code: error.code, message, line: place?.line ?? null, column: place?.column ?? null };
}

function refused(
  { published, postIndex }: Run,
  error: Pick<RunError, 'message' | 'line' | 'column'> & { readonly code: ErrorCode; readonly mendable: boolean },
): Prepared {
  return { kind: 'refused', end: { kind: 'failed', published, postIndex, error: { ...error, statement: null } } };
}
