import { DliError, formatPlace } from '../contract/errors.ts';
import { counted } from '../core/counted.ts';

/** Says in one sentence why a spec is not in force: the first problem with its place, and how many more there are. */
export function specErrorText(error: unknown): string {
  if (!(error instanceof DliError)) return error instanceof Error ? error.message : String(error);
  const [first, ...others] = error.problems;
  if (!first) return error.message;
  const place = formatPlace(first);
  const placed = place === '' ? first.message : `${place}: ${first.message}`;
  return `${placed}${others.length === 0 ? '' : `, and ${counted(others.length, 'more problem')}`}`;
}
