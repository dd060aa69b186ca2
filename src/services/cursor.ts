import { DliError } from '../contract/errors.ts';

/** Writes where a list's next page begins, as text that means nothing to the caller. */
export function writeCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Reads a cursor back as `shape` says. @throws DLI-400 for one that this list did not give */
export function readCursor<const Shape extends readonly ('string' | 'number')[]>(
  cursor: string,
  shape: Shape,
): { readonly [index in keyof Shape]: Shape[index] extends 'string' ? string : number } {
  const place = parse(cursor);
  if (
    !Array.isArray(place) ||
    place.length !== shape.length ||
    !place.every((part, index) => typeof part === shape[index])
  ) {
    throw new DliError('DLI-400', 'cursor is not one that this list gave', {
      hints: ["Give a list's next_cursor unchanged, or leave it out"],
    });
  }
  // Each part was just compared with the shape.
  return place as never;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
