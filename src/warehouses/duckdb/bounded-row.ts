import type { Json } from '@duckdb/node-api';
import { boundText } from '../bounded-text.ts';

/** Longest text of one previewed value, in UTF-16 units; of a list or object, of its JSON. */
export const longestValue = 10_000;
const longestPreview = 1_048_576;

/**
 * Returns a function that bounds one row after the other: a long value is cut and ends in `…`, and once a preview has
 * 1 MiB of JSON every further value that is longer is `…` alone, so that no row is missing.
 */
export function boundRows(): (row: Readonly<Record<string, Json>>) => Readonly<Record<string, Json>> {
  let left = longestPreview;
  return (row) => {
    // Object.fromEntries keeps a column called __proto__, which an assignment would lose.
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const bounded = boundValue(value);
        const size = name.length + lengthOf(bounded);
        if (size > left) return [name, '…'];
        left -= size;
        return [name, bounded];
      }),
    );
  };
}

function boundValue(value: Json): Json {
  if (typeof value === 'string') return boundText(value, longestValue);
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  return text.length > longestValue ? boundText(text, longestValue) : value;
}

function lengthOf(value: Json): number {
  return typeof value === 'string' ? value.length : JSON.stringify(value).length;
}
