import { DliError } from '../contract/errors.ts';
import { dialectProblem } from '../spec/dialects.ts';
import type { OptionSpec } from './command.ts';

/** `--dialect`, the same for every local command that translates SQL. */
export const dialectOption = {
  kind: 'text',
  takes: 'DIALECT',
  summary: 'Dialect that the SQL is translated to; default duckdb',
} as const satisfies OptionSpec;

/** Reads `--dialect`. @throws DLI-400 when there is no such dialect */
export function readDialect(given = 'duckdb'): string {
  const problem = dialectProblem(given);
  if (problem !== undefined) throw new DliError('DLI-400', problem);
  return given;
}
