import { DliError, formatPlace } from '../contract/errors.ts';
import { counted } from '../core/counted.ts';
import { parseSpec } from '../spec/parse.ts';
import type { Registration } from '../store/rows.ts';
import type { ServiceParts } from './parts.ts';

/** Says why the file of a manual registration, changed since it was taken over, is not in force; null when it is. */
export function specErrorOf(
  { specDirectory }: Pick<ServiceParts, 'specDirectory'>,
  { dataset, sourceType, fileDigest }: Registration,
): string | null {
  if (sourceType !== 'manual') return null;
  try {
    const { text, digest } = specDirectory.readManual(dataset);
    if (digest === fileDigest) return null;
    parseSpec({ text, file: `manual/${dataset}.yaml` });
    return `manual/${dataset}.yaml was changed and not looked at since`;
  } catch (error) {
    if (!(error instanceof DliError)) throw error;
    const [first, ...others] = error.problems;
    if (!first) return error.message;
    const place = formatPlace(first);
    return `${first.message}${place === '' ? '' : ` (${place})`}${others.length === 0 ? '' : `, and ${counted(others.length, 'more problem')}`}`;
  }
}
